import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FormatTooNew } from '../../packages/server/src/store/lowdb/cannot-open.ts'
import { type Files, machineFiles } from '../../packages/server/src/store/lowdb/files.ts'
import type { Formats } from '../../packages/server/src/store/lowdb/format.ts'
import { inPlace } from '../../packages/server/src/store/lowdb/jobs.ts'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import { proveFolder } from '../../packages/server/src/store/lowdb/proof.ts'
import { aHandTurnedClock } from '../harness.ts'
import { aCopy, aFolder, journalOf, open, paid, pay, upTo } from './folder.ts'

const endless = Number.POSITIVE_INFINITY

/** The machine's files, until a count of changes is used up; then the machine stops. */
function aMachineThatStops(after: number): Files {
  let left = after
  const step = () => {
    left -= 1
    if (left < 0) throw new Error('The machine has stopped.')
  }
  return {
    ...machineFiles,
    open(path) {
      step()
      const file = machineFiles.open(path)
      return {
        write(bytes, position) {
          left -= 1
          if (left >= 0) return file.write(bytes, position)
          file.write(bytes.subarray(0, bytes.length >> 1), position)
          throw new Error('The machine has stopped.')
        },
        truncate: (size) => file.truncate(size),
        sync: () => file.sync(),
        syncNow: () => file.syncNow(),
        close: () => file.close(),
      }
    },
    rename(from, to) {
      step()
      machineFiles.rename(from, to)
    },
    remove(path) {
      step()
      machineFiles.remove(path)
    },
  }
}

describe('a picture', () => {
  it.each([
    ['all of it', ['manifest.json', 'stores']],
    ['its files', ['stores']],
    ['its manifest', ['manifest.json']],
  ])('can be deleted, %s, and nothing is lost', async (what, names) => {
    const folder = aFolder()
    const { store } = await open(folder, { checkpointBytes: 3000 })
    for (const n of upTo(25)) await pay(store, n)
    await store.close()
    for (const name of names) rmSync(join(folder, name), { recursive: true })
    // A manifest that names files which are not there is no picture that was deleted.
    if (what === 'its files') {
      await expect(open(folder)).rejects.toThrow('remove manifest.json and stores/')
      rmSync(join(folder, 'manifest.json'))
    }
    const next = await open(folder)
    expect(await paid(next.store)).toEqual(upTo(25))
    await pay(next.store, 26)
    await next.store.close()
    expect(proveFolder(machineFiles, folder, { current: 1, upgrades: {} }, endless).proof.postings).toBe(26)
  })

  it('that was half drawn when the machine stopped, wherever, loses nothing and is drawn anew', async () => {
    const folder = aFolder()
    const first = await open(folder, { checkpointBytes: 4000 })
    for (const n of upTo(12)) await pay(first.store, n)
    await first.store.close()
    const second = await open(folder, { files: { ...machineFiles } })
    for (const n of upTo(12)) await pay(second.store, 12 + n)
    let stops = 0
    for (let after = 0; ; after += 1) {
      const copy = aCopy(folder)
      // A machine that stops leaves a segment that goes on; the checkpoint begins with the next one.
      const { store } = await open(copy)
      const jobs = inPlace(aMachineThatStops(after), { current: 1, upgrades: {} })
      await pay(store, 25)
      const { journal } = (store.disk ?? {}) as unknown as { journal: { seal(): Promise<unknown>; onSealed: unknown } }
      journal.onSealed = () => {}
      await journal.seal()
      const stopped = await jobs.draw(copy).then(
        () => false,
        () => true,
      )
      stops += stopped ? 1 : 0
      const again = await open(copy)
      expect(await paid(again.store)).toEqual(upTo(25))
      await again.store.close()
      const { proof } = proveFolder(machineFiles, copy, { current: 1, upgrades: {} }, endless)
      expect(proof.postings).toBe(25)
      expect(readdirSync(join(copy, 'stores')).filter((name) => name.endsWith('.next'))).toEqual([])
      expect(journalOf(copy).filter((name) => name.startsWith('.'))).toEqual([])
      rmSync(copy, { recursive: true })
      if (!stopped) break
    }
    expect(stops).toBeGreaterThan(15)
    await second.store.close()
  })

  it('that cannot be drawn is reported, and fails no payment', async () => {
    const folder = aFolder()
    const files: Files = {
      ...machineFiles,
      rename(from, to) {
        if (to.includes('/stores/')) throw new Error('EROFS: read-only file system')
        machineFiles.rename(from, to)
      },
    }
    const { store, said } = await open(folder, { files, checkpointBytes: 1500 })
    for (const n of upTo(20)) await pay(store, n)
    expect(await paid(store)).toEqual(upTo(20))
    expect(said.length).toBeGreaterThan(1)
    expect(said[0]).toContain('nothing is lost')
    expect(said[0]).toContain('EROFS')
    await store.close()
    const next = await open(folder)
    expect(await paid(next.store)).toEqual(upTo(20))
    await next.store.close()
  })
})

describe('a format', () => {
  const openWith = (folder: string, formats: Formats, said: string[] = []) =>
    openLowdbStore({
      folder,
      time: aHandTurnedClock(),
      checkpointBytes: 1 << 20,
      report: (sentence) => said.push(sentence),
      jobs: inPlace(machineFiles, formats),
      formats,
    })
  // In the next format the key of an answer is spelled in capitals.
  const next: Formats = {
    current: 2,
    upgrades: {
      1: (line) => {
        const { columns, put } = line as { columns?: Record<string, string[]>; put?: Record<string, unknown[][]> }
        for (const row of put?.answers ?? []) row[2] = String(row[2]).toUpperCase()
        return { ...line, ...(columns && { columns }) }
      },
    },
  }

  it('that is newer is refused, in the manifest and in the journal, and nothing is changed', async () => {
    const folder = aFolder()
    const store = await openWith(folder, next)
    await pay(store, 1)
    await store.close()
    const before = readFileSync(join(folder, 'manifest.json'))
    await expect(open(folder)).rejects.toBeInstanceOf(FormatTooNew)
    await expect(open(folder)).rejects.toThrow('format 2; this program knows none above 1')
    expect(readFileSync(join(folder, 'manifest.json'))).toEqual(before)
    rmSync(join(folder, 'manifest.json'))
    rmSync(join(folder, 'stores'), { recursive: true })
    await expect(open(folder)).rejects.toBeInstanceOf(FormatTooNew)
  })

  it.each(['with a picture', 'without one'])('that is older is migrated after a backup, %s', async (how) => {
    const folder = aFolder()
    const { store } = await open(folder, { checkpointBytes: 1500 })
    for (const n of upTo(10)) await pay(store, n)
    if (how === 'with a picture') await store.close()
    else {
      rmSync(join(folder, 'manifest.json'), { force: true })
      rmSync(join(folder, 'stores'), { recursive: true })
      mkdirSync(join(folder, 'stores'))
    }
    const journal = journalOf(folder)
    const said: string[] = []
    const migrated = await openWith(folder, next, said)
    expect(said[0]).toContain(`Format 1 becomes 2; the folder as it was is kept in ${join(folder, 'before-format-2')}`)
    expect(journalOf(join(folder, 'before-format-2'))).toEqual(journal)
    expect(await migrated.transaction(async (tx) => tx.answers.find('key', [1, 'KEY 3']))).toMatchObject({ id: 3 })
    expect(await paid(migrated)).toEqual(upTo(10))
    await pay(migrated, 11)
    await migrated.close()
    expect(proveFolder(machineFiles, folder, next, endless).proof.postings).toBe(11)
    const again = await openWith(folder, next, said)
    expect(await paid(again)).toEqual(upTo(11))
    expect(said).toHaveLength(1)
    await again.close()
    // What was kept is a store of the older format.
    renameSync(join(folder, 'before-format-2'), `${folder}-old`)
    const old = await open(`${folder}-old`)
    expect(await paid(old.store)).toEqual(upTo(10))
    await old.store.close()
  })
})
