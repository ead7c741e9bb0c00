import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { declarationOf, paths } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Files, machineFiles, type OpenFile } from '../../packages/server/src/store/lowdb/files.ts'
import { StoreUnavailable } from '../../packages/server/src/store/store.ts'
import { aDaemon } from '../harness.ts'
import { aRequest } from '../sample-request.ts'
import { aFolder, open, paid, pay, upTo } from './folder.ts'

/** What a disk does in place of what it should; nothing where it does that. */
interface Fault {
  write?: (file: OpenFile, bytes: Uint8Array, position: number) => number
  sync?: (file: OpenFile) => Promise<void>
}

/** The machine's files, whose journal breaks in some way once it is told to. */
function aDiskThat(fault: Fault): { files: Files; breaks(): void } {
  let broken = false
  const files: Files = {
    ...machineFiles,
    open(path) {
      const file = machineFiles.open(path)
      if (!/^\d+\.ndjson$/.test(basename(path))) return file
      return {
        write: (bytes, position) =>
          broken && fault.write ? fault.write(file, bytes, position) : file.write(bytes, position),
        sync: () => (broken && fault.sync ? fault.sync(file) : file.sync()),
        truncate: (size) => file.truncate(size),
        syncNow: () => file.syncNow(),
        close: () => file.close(),
      }
    },
  }
  return {
    files,
    breaks() {
      broken = true
    },
  }
}

const full = () => {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
}

const halfAndFail: Fault['write'] = (file, bytes, position) => {
  file.write(bytes.subarray(0, bytes.length >> 1), position)
  return full()
}

const faults: [string, Fault, 'lost' | 'kept' | 'either'][] = [
  ['an append fails', { write: full }, 'lost'],
  ['an append writes half and fails', { write: halfAndFail }, 'lost'],
  ['fdatasync fails', { sync: () => Promise.reject(new Error('EIO: i/o error, fdatasync')) }, 'either'],
  ['fdatasync fails though all is there', { sync: (file) => file.sync().then(full) }, 'either'],
]

describe.each(faults)('where %s', (_, fault, outcome) => {
  it('the payment is not acknowledged, nor anything after it, until a restart', async () => {
    const folder = aFolder()
    const { files, breaks } = aDiskThat(fault)
    const { store } = await open(folder, { files })
    for (const n of upTo(5)) await pay(store, n)
    breaks()
    const open6 = [6, 7].map((n) => pay(store, n))
    const read = store.transaction(async (tx) => tx.balance('core', 'credits'))
    for (const each of [...open6, read]) await expect(each).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(pay(store, 8)).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(store.transaction(async (tx) => tx.issueReports.get(1))).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(store.transaction(async () => 1, { dryRun: true })).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(store.disk?.verify(() => {})).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(store.close()).rejects.toBeInstanceOf(StoreUnavailable)

    const { store: next } = await open(folder)
    const kept = await paid(next)
    // Nothing is half kept, and nothing that was said after the failure.
    if (outcome === 'lost') expect(kept).toEqual(upTo(5))
    else expect([upTo(5), upTo(6), upTo(7)]).toContainEqual(kept)
    await pay(next, kept.length + 1)
    expect(await paid(next)).toEqual(upTo(kept.length + 1))
    await next.close()
  })
})

describe('a daemon whose disk is full', () => {
  it('answers every instruction with store_unavailable, reads included, until it is started again', async () => {
    const folder = aFolder()
    const { files, breaks } = aDiskThat({ write: full })
    const { store } = await open(folder, { files })
    const daemon = await aDaemon({ store })
    const ada = await daemon.has('ada@example.org', { credits: 10 })
    const operator = daemon.stranger({ isLocal: true })
    breaks()
    expect(await ada.says('client action supply credits', { credits: 5 })).toMatchObject({
      code: 'store_unavailable',
      warning: expect.stringContaining('idempotency key'),
    })
    for (const path of paths) {
      const speaker = declarationOf(path).access === 'system' ? operator : ada
      const answer = await speaker.says(path, aRequest(path) as never).catch((error: Error) => error.message)
      if (path === 'system action stop daemon') continue
      expect([path, (answer as { code?: string }).code]).toEqual([path, 'store_unavailable'])
    }
    expect(await operator.says('system action stop daemon')).toEqual({ failed: false, stopping: true })

    const { store: next } = await open(folder)
    expect(await next.transaction(async (tx) => tx.balance('wallet:2', 'credits'))).toBe(10)
    await next.close()
  })

  it('keeps all that was acknowledged, and nothing by halves, on a disk that is really full', async ({ skip }) => {
    const mount = aSmallDisk(2)
    if (!mount) return skip('this machine mounts no tmpfs')
    const folder = join(mount, 'data')
    const { store } = await open(folder)
    const acknowledged: number[] = []
    let n = 1
    for (; n < 20_000; n += 1) {
      const refused = await pay(store, n).then(
        () => undefined,
        (error: Error) => error,
      )
      if (refused) {
        expect(refused).toBeInstanceOf(StoreUnavailable)
        expect(refused.message).toContain('ENOSPC')
        break
      }
      acknowledged.push(n)
    }
    expect(acknowledged.length).toBeGreaterThan(100)
    await expect(pay(store, n)).rejects.toBeInstanceOf(StoreUnavailable)
    await store.close().catch(() => {})
    const { store: next } = await open(folder)
    expect(await paid(next)).toEqual(acknowledged)
    await next.close().catch(() => {})
  })
})

/** A disk of some MiB in memory, taken away when the test is over; undefined where none can be mounted. */
function aSmallDisk(mebibytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-disk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'ewallet-test', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', [folder]))
  return folder
}
