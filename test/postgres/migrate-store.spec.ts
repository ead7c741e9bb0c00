import { execFile } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import { relocate } from '../../packages/server/src/store/relocation/relocation.ts'
import { aDaemon, aHandTurnedClock, type Client, type TestDaemon } from '../harness.ts'
import { aHome } from '../process.ts'
import { aDatabase, aPostgresStore, told, whyNoServer } from './database.ts'

const missing = await whyNoServer()
const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const program = join(import.meta.dirname, '..', '..', 'bin', 'ewallet.js')

function ewallet(home: string, args: string[], env: Record<string, string> = {}) {
  const settings = { PATH: process.env.PATH ?? '', EWALLET_HOME: home, ...env }
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], { env: settings }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

/** What a person sees of a store: everything that is theirs. */
async function sight(ada: Client): Promise<unknown> {
  return [
    await ada.says('client action view credit ewallet'),
    await ada.says('client action view transfer list'),
    await ada.says('client action view statement'),
    await ada.says('client action view events'),
    await ada.says('client action view sessions'),
    await ada.says('client action pay', { pay: BOB, credits: 3 }, { idempotency_key: 'once' }),
  ]
}

/** Two people with a past: payments, a clock that ran, rows that went, an answered key. */
async function lived(daemon: TestDaemon): Promise<Client> {
  const ada = await daemon.has(ADA, { credits: 100, minutes: 10 })
  const bob = await daemon.has(BOB, { credits: 5 })
  await ada.says('client action pay', { pay: BOB, credits: 3 }, { idempotency_key: 'once' })
  await bob.says('client action transfer credits', { transfer_to: ADA, credits: 2, notes: 'a\u0000b "c"' })
  await ada.says('client action start clock_timer')
  daemon.time.turn(90_000)
  await ada.says('client action stop clock_timer')
  const { ewallet } = await ada.says('client action new credit ewallet', { reference: 'second' })
  await ada.says('client action unlink credit ewallet', { ewallet_id: ewallet })
  return ada
}

describe.skipIf(missing)('ewallet system migrate-store', () => {
  it('moves a data folder into a database and back: the same ids, rows, balances, sessions and ledger', async () => {
    const [home, url, time] = [aHome(), await aDatabase(), aHandTurnedClock()]
    const lowdb = (folder: string) => openLowdbStore({ folder, time, checkpointBytes: 1_048_576, report: () => {} })
    const first = await lowdb(join(home, 'data'))
    const before = await aDaemon({ store: first, time })
    const ada = await lived(before)
    const seen = await sight(ada)
    await before.house.close()
    await first.close()

    const moved = await ewallet(home, ['system', 'migrate-store', '--to', url, '--json'])
    expect(moved).toMatchObject({ code: 0 })
    expect(JSON.parse(moved.stdout).entries).toBeGreaterThan(10)

    const inDatabase = await aPostgresStore(time, url)
    const daemon = await aDaemon({ store: inDatabase, time })
    const there = daemon.stranger()
    Object.assign(there.header, ada.header)
    expect(await sight(there)).toEqual(seen)
    await there.says('client action transfer credits', { transfer_to: BOB, credits: 1 })
    const later = await sight(there)
    await daemon.house.close()

    const other = aHome()
    const back = await ewallet(other, ['system', 'migrate-store', '--to', 'lowdb'], { EWALLET_STORE: url })
    expect(back).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Moved and compared: \d+ rows, \d+ balances\./),
    })
    const last = await lowdb(join(other, 'data'))
    const again = await aDaemon({ store: last, time })
    const here = again.stranger()
    Object.assign(here.header, ada.header)
    expect(await sight(here)).toEqual(later)
    expect(await last.disk?.verify(() => {})).toMatchObject({ entries: expect.any(Number) })
  })

  it('goes on where it was broken off, and till then no daemon uses what is half there', async () => {
    const [home, url, time] = [aHome(), await aDatabase(), aHandTurnedClock()]
    const from = { folder: join(home, 'data'), checkpointBytes: 1_048_576 }
    const store = await openLowdbStore({ ...from, time, report: () => {} })
    const daemon = await aDaemon({ store, time })
    await lived(daemon)
    await daemon.house.close()
    await store.close()
    const to = { url, connectionsMax: 4, timeoutMs: 10_000 }
    let pages = 0
    const breaksOff = relocate(from, to, () => {
      pages += 1
      if (pages === 8) throw new Error('The power went.')
    })
    await expect(breaksOff).rejects.toThrow('The power went.')
    await expect(aPostgresStore(time, url)).rejects.toThrow('run ewallet system migrate-store again')
    const moved = await relocate(from, to, () => {})
    expect(moved.rows).toBeGreaterThan(40)
    const there = await aPostgresStore(time, url)
    expect(await there.transaction(async (tx) => tx.accounts.get(3))).toMatchObject({ email: BOB })
  })

  it('leaves alone what is there already, and says so', async () => {
    const [home, url, time] = [aHome(), await aDatabase(), aHandTurnedClock()]
    const store = await aPostgresStore(time, url)
    await (await aDaemon({ store, time })).has(ADA)
    const here = await openLowdbStore({
      folder: join(home, 'data'),
      time,
      checkpointBytes: 1_048_576,
      report: () => {},
    })
    await here.transaction(async (tx) => tx.workers.add({ createdAt: 1, state: 0, stateAt: 1 }))
    await here.close()
    const refused = await ewallet(home, ['system', 'migrate-store', '--to', url])
    expect(refused.code).toBe(8)
    expect(refused.stderr).toContain('There is a store already where it is to be moved to.')
    expect(await told(url, 'SELECT count(*)::int FROM accounts')).toEqual([{ count: 2 }])
  })

  it('finds a row that is not the same on both sides', async () => {
    const [home, url, time] = [aHome(), await aDatabase(), aHandTurnedClock()]
    const folder = join(home, 'data')
    const from = { folder, checkpointBytes: 1_048_576 }
    const store = await openLowdbStore({ ...from, time, report: () => {} })
    const daemon = await aDaemon({ store, time })
    await lived(daemon)
    await daemon.house.close()
    await store.close()
    const to = { url, connectionsMax: 4, timeoutMs: 10_000 }
    const breaksOff = relocate(from, to, (done, of) => {
      if (done > of / 2) throw new Error('The power went.')
    })
    await expect(breaksOff).rejects.toThrow('The power went.')
    await told(url, "UPDATE clocks SET reference = 'changed' WHERE id = 2")
    await expect(relocate(from, to, () => {})).rejects.toThrow('row 2 of clocks is not the same on both sides')
    expect(readdirSync(folder)).toContain('journal')
    rmSync(folder, { recursive: true })
  })
})
