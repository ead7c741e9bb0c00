import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defaults } from '../../packages/server/src/config.ts'
import { restoreBackup } from '../../packages/server/src/restoration.ts'
import { machineFiles } from '../../packages/server/src/store/lowdb/files.ts'
import { formats } from '../../packages/server/src/store/lowdb/format.ts'
import { commitRestore, stageRestore } from '../../packages/server/src/store/lowdb/restore.ts'
import { aCopy, aFolder, journalOf, open, paid, pay, rewrite, upTo } from '../faults/folder.ts'
import { aDaemon, type Client, PASSWORD } from '../harness.ts'

const silent = () => {}
const config = (folder: string) => ({ ...defaults, dataFolder: folder, runtimeFolder: '' })

/** Bob heard of two payments; then a backup was taken; then of two more. */
async function aHistory() {
  const folder = aFolder()
  const { store } = await open(folder)
  const daemon = await aDaemon({ store })
  const ada = await daemon.has('ada@example.org', { credits: 100 })
  const bob = await daemon.has('bob@example.org')
  const pays = (credits: number) => ada.says('client action pay', { pay: 'bob@example.org', credits })
  await pays(1)
  await pays(2)
  const backup = join(dirname(folder), 'backup')
  expect(await store.disk?.backup(backup, silent)).toMatchObject({ path: backup })
  daemon.time.turn(5_000)
  await pays(4)
  const last = await pays(8)
  const { events } = await bob.says('client action view events')
  await store.close()
  return { folder, backup, last, cursor: events.at(-1)?.cursor as number }
}

async function loggedIn(folder: string): Promise<{ bob: Client; ada: Client; close(): Promise<void> }> {
  const { store, said } = await open(folder)
  expect(said).toEqual([])
  const daemon = await aDaemon({ store })
  const [bob, ada] = [await daemon.client(), await daemon.client()]
  await ada.says('client action login', { user_email: 'ada@example.org', user_pass: PASSWORD })
  await bob.says('client action login', { user_email: 'bob@example.org', user_pass: PASSWORD })
  return { bob, ada, close: () => store.close() }
}

describe('a restore', () => {
  it('gives out no id, cursor or moment again that the replaced store gave out', async () => {
    const { folder, backup, last, cursor } = await aHistory()
    await restoreBackup(config(folder), backup, {}, silent)
    const { ada, bob } = await loggedIn(folder)
    expect((await bob.says('client action view credit ewallet')).ewallet_data.credits).toBe(3)
    const paid = await ada.says('client action pay', { pay: 'bob@example.org', credits: 5 })
    expect(paid.transfer_record).toBeGreaterThan(last.transfer_record)
    expect(paid.invoice_record).toBeGreaterThan(last.invoice_record)
    const { events } = await bob.says('client action view events', { from: cursor })
    expect(events.map(({ event }) => event)).toEqual(['account.login', 'payment.received'])
    expect(events.every((event) => event.cursor > cursor)).toBe(true)
  })

  it('does so even where the store that it replaces is damaged', async () => {
    const { folder, backup, last } = await aHistory()
    const [name] = journalOf(folder)
    rewrite(join(folder, 'manifest.json'), (bytes) => bytes.subarray(0, bytes.length >> 1))
    // One line of the journal can be read no more; those after it still tell their ids.
    rewrite(join(folder, 'journal', name as string), (bytes) => {
      const lines = gunzipSync(bytes).toString().split('\n')
      return gzipSync([lines[0], '{"seq":2,"bat', ...lines.slice(2)].join('\n'))
    })
    await expect(open(folder)).rejects.toThrow('manifest.json')
    await restoreBackup(config(folder), backup, {}, silent)
    const { ada } = await loggedIn(folder)
    const paid = await ada.says('client action pay', { pay: 'bob@example.org', credits: 5 })
    expect(paid.transfer_record).toBeGreaterThan(last.transfer_record)
  })

  it('ends all sessions, and writes down every logout', async () => {
    const { folder, backup } = await aHistory()
    await restoreBackup(config(folder), backup, {}, silent)
    const { store } = await open(folder)
    const left = await store.transaction(async (tx) => ({
      sessions: (await tx.sessions.list('expiry', [])).length,
      tokens: (await tx.tokens.list('expiry', [])).length,
      logouts: (await tx.logoutRecords.list('account', [2])).length,
      logins: (await tx.logins.list('account', [2])).length,
    }))
    expect(left).toEqual({ sessions: 0, tokens: 0, logouts: 1, logins: 0 })
    await store.close()
  })

  it('that the machine stopped in is ended by the next start, wherever it stopped', async () => {
    const folder = aFolder()
    const first = await open(folder)
    for (const n of upTo(5)) await pay(first.store, n)
    const backup = join(dirname(folder), 'backup')
    await first.store.disk?.backup(backup, silent)
    for (const n of upTo(5)) await pay(first.store, 5 + n)
    await first.store.close()
    let steps = 0
    for (let after = 0; ; after += 1) {
      const copy = aCopy(folder)
      let left = after
      const files = {
        ...machineFiles,
        rename(from: string, to: string) {
          left -= 1
          if (left < 0) throw new Error('The machine has stopped.')
          machineFiles.rename(from, to)
        },
      }
      const staged = stageRestore(machineFiles, copy, backup, formats, {})
      let isOver = false
      try {
        commitRestore(files, copy, staged, 'x')
        isOver = true
      } catch {
        steps += 1
      }
      const { store } = await open(copy)
      // Before it was decided, nothing happened; after that, all of it.
      expect(await paid(store)).toEqual(upTo(after === 0 ? 10 : 5))
      await store.close()
      expect(readdirSync(copy).filter((name) => name.startsWith('restored'))).toEqual([])
      if (after > 0) expect(existsSync(join(copy, 'before-x', 'journal'))).toBe(true)
      if (isOver) break
    }
    expect(steps).toBeGreaterThanOrEqual(5)
  })
})
