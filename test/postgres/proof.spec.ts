import { describe, expect, it } from 'vitest'
import { aDaemon, aHandTurnedClock, type TestDaemon } from '../harness.ts'
import { aDatabase, aPostgresStore, told, whyNoServer } from './database.ts'

const missing = await whyNoServer()

/** Two people, one of whom paid the other, and whoever runs the daemon. */
async function lived(): Promise<{ daemon: TestDaemon; url: string }> {
  const [url, time] = [await aDatabase(), aHandTurnedClock()]
  const daemon = await aDaemon({ time, store: await aPostgresStore(time, url) })
  const ada = await daemon.has('ada@example.org', { credits: 10, minutes: 5 })
  await daemon.has('bob@example.org')
  await ada.says('client action pay', { pay: 'bob@example.org', credits: 3 })
  return { daemon, url }
}

/** What somebody did to a database, and what is to be heard of it. `npm test` has time for some. */
const damages = (
  [
    ['a changed balance', "UPDATE balances SET amount = 8 WHERE ledger = 'wallet:2'", 'wallet:2 holds 8 credits'],
    ['a balance that is gone', "DELETE FROM balances WHERE ledger = 'wallet:2'", 'wallet:2 holds 0 credits'],
    ['a posting that is gone', 'DELETE FROM postings WHERE id = (SELECT min(id) FROM postings)', '8 entries tell of 3'],
    ['a changed posting', 'UPDATE postings SET amount = amount + 1', 'posting 1 is not told by its two entries'],
    ['an entry that is gone', 'DELETE FROM entries WHERE id = 2', 'posting 1 is not told by its two entries'],
    [
      'another balance in an entry',
      'UPDATE entries SET balance = 99 WHERE id = 2',
      'entry 2 says that wallet:2 held 99',
    ],
    [
      'an amount that was changed wherever it stands but in the balance',
      `UPDATE postings SET amount = 4 WHERE id = (SELECT max(id) FROM postings);
        UPDATE entries SET amount = 4 * sign(amount), balance = balance + sign(amount) WHERE id >= (SELECT max(id) FROM postings)`,
      'holds',
    ],
    ['a record of no movement', 'UPDATE transfer_records SET movement = 99', 'is of movement 99, which is not there'],
    ['a cursor that went back', 'DELETE FROM event_cursors', 'its cursor stands at 0'],
    ['an id that would come twice', "SELECT setval('wallets_ids', 1)", 'id 3 is used, and 1 was given out last'],
  ] as const
).filter((_, place) => process.env.EWALLET_TEST_STORE === 'postgres' || place % 4 === 0)

const operatorOf = (daemon: TestDaemon) => daemon.stranger({ isLocal: true })

describe.skipIf(missing)('system action verify store, of a database', () => {
  it('proves it by its ledger while the daemon goes on, counts what it proved, and tells how far it is', async () => {
    const { daemon } = await lived()
    const progress: number[] = []
    const proof = await daemon.store.disk?.verify((done, of) => progress.push(done / of))
    expect(proof).toEqual({ seq: 0, entries: 8, postings: 4, wallets: 3, clocks: 3 })
    expect(progress.at(0)).toBe(0)
    expect(progress.at(-1)).toBe(1)
    expect(await operatorOf(daemon).says('system action verify store')).toMatchObject({ failed: false, postings: 4 })
  })

  it.each(damages)('names %s', async (_, sql, reason) => {
    const { daemon, url } = await lived()
    const off = ['postings', 'entries'].map((table) => `ALTER TABLE ${table} DISABLE TRIGGER USER`).join('; ')
    await told(url, `${off}; ${sql}`)
    const refused = await operatorOf(daemon).says('system action verify store')
    expect(refused).toMatchObject({ code: 'store_damaged', details: { reason: expect.stringContaining(reason) } })
  })
})

describe.skipIf(missing)('system action backup store, of a database', () => {
  it('says what to do instead', async () => {
    const { daemon } = await lived()
    expect(await operatorOf(daemon).says('system action backup store', { path: '/tmp/backup' })).toMatchObject({
      code: 'store_not_kept',
      warning: expect.stringContaining('pg_dump --serializable-deferrable'),
      details: { run: expect.stringMatching(/^pg_dump .*"\$EWALLET_STORE"$/) },
    })
  })
})
