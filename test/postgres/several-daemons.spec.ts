import { describe, expect, it, vi } from 'vitest'
import type { Sweeps } from '../../packages/server/src/handler.ts'
import { SweepingCleaners } from '../../packages/server/src/sessions/cleaners.ts'
import { aDaemon, aHandTurnedClock, type Client, type HandTurned, PASSWORD, type TestDaemon } from '../harness.ts'
import { aDatabase, aPostgresStore, told, whyNoServer } from './database.ts'

const missing = await whyNoServer()

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const MINUTE = 60_000

/** Daemons on one database, with one clock. */
async function daemons(count: number): Promise<{ all: TestDaemon[]; time: HandTurned; url: string }> {
  const [url, time] = [await aDatabase(), aHandTurnedClock()]
  const all = await Promise.all(
    Array.from({ length: count }, async () => aDaemon({ time, store: await aPostgresStore(time, url) })),
  )
  return { all, time, url }
}

async function two(): Promise<{ one: TestDaemon; other: TestDaemon; time: HandTurned; url: string }> {
  const { all, ...rest } = await daemons(2)
  return { one: all[0] as TestDaemon, other: all[1] as TestDaemon, ...rest }
}

/** The same person at another daemon: the same client id and token on a connection there. */
function at(daemon: TestDaemon, { header }: Client): Client {
  const client = daemon.stranger()
  Object.assign(client.header, header)
  return client
}

/** What all ledger accounts hold together, by unit, and what is below zero that may not be. */
async function sums(url: string) {
  return told(
    url,
    `SELECT unit, sum(amount)::int AS amount, count(*) FILTER (WHERE amount < 0 AND ledger ~ '^(wallet|clock)')::int AS owing
      FROM balances GROUP BY unit ORDER BY unit`,
  )
}

describe.skipIf(missing)('several daemons on one database', () => {
  it('open it together, and there is one SystemCore, which is account 1', async () => {
    const { url } = await daemons(3)
    expect(await told(url, 'SELECT id::int, name FROM accounts')).toEqual([{ id: 1, name: 'SystemCore' }])
  })

  it('know a session that was made on another', async () => {
    const { one, other } = await two()
    const ada = await one.has(ADA, { credits: 10 })
    expect(await at(other, ada).says('client action view credit ewallet')).toMatchObject({ failed: false })
    await at(other, ada).says('client action logout')
    expect(await ada.says('client action view credit ewallet')).toMatchObject({ code: 'not_logged_in' })
  })

  it('know a use of a session on another once it is older than ten minutes, also where nothing was changed', async () => {
    const { one, other, time } = await two()
    const ada = await one.has(ADA)
    for (let hour = 0; hour < 14; hour += 1) {
      time.turn(60 * MINUTE)
      expect(await ada.says('client action view account')).toMatchObject({ failed: false })
    }
    expect(await at(other, ada).says('client action view account')).toMatchObject({ failed: false })
  })

  it('give the first answer to a key again, whichever is asked, and make nothing twice', async () => {
    const { one, other, url } = await two()
    const ada = await one.has(ADA, { credits: 100 })
    await one.has(BOB)
    const pay = (daemon: TestDaemon) =>
      at(daemon, ada).says('client action pay', { pay: BOB, credits: 7 }, { idempotency_key: 'once' })
    const answers = await Promise.all([pay(one), pay(other), pay(one), pay(other)])
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(await told(url, "SELECT count(*)::int FROM movements WHERE kind = 'payment'")).toEqual([{ count: 1 }])
  })

  it('take no credit twice, whoever is quicker, and lose none', async () => {
    const { one, other, url } = await two()
    const ada = await one.has(ADA, { credits: 50 })
    const bob = await other.has(BOB, { credits: 50 })
    const says = (daemon: TestDaemon, who: Client, transfer_to: string) =>
      at(daemon, who).says('client action transfer credits', { transfer_to, credits: 3 })
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        n % 2 === 0 ? says(n % 4 === 0 ? one : other, ada, BOB) : says(n % 3 === 0 ? one : other, bob, ADA),
      ),
    )
    expect(new Set(answers.map(({ failed, code }) => (failed ? code : 'kept')))).not.toContain('store_unavailable')
    expect(await sums(url)).toEqual([{ unit: 'credits', amount: 0, owing: 0 }])
    const [held] = await told(url, "SELECT sum(amount)::int AS credits FROM balances WHERE ledger LIKE 'wallet:%'")
    expect(held).toEqual({ credits: 100 })
    const kept = answers.filter(({ failed }) => !failed).length
    expect(await told(url, "SELECT count(*)::int FROM movements WHERE kind = 'transfer'")).toEqual([{ count: kept }])
    expect(
      await told(
        url,
        `SELECT count(*)::int FROM (SELECT balance, sum(amount) OVER (PARTITION BY ledger, unit ORDER BY at, id) AS running FROM entries) e
          WHERE balance <> running`,
      ),
    ).toEqual([{ count: 0 }])
  })

  it('may all pay one person at once, and none is refused for being in another’s way', async () => {
    const { all, url } = await daemons(3)
    const [one] = all as [TestDaemon]
    await one.has(BOB)
    const payers = await Promise.all(
      all.map(async (daemon, n) => ({ daemon, payer: await one.has(`payer${n}@example.org`, { credits: 40 }) })),
    )
    const answers = await Promise.all(
      payers.flatMap(({ daemon, payer }) =>
        Array.from({ length: 40 }, () => at(daemon, payer).says('client action pay', { pay: BOB, credits: 1 })),
      ),
    )
    expect(answers.filter(({ failed }) => failed)).toEqual([])
    const [held] = await told(url, "SELECT amount::int FROM balances WHERE ledger = 'wallet:2'")
    expect(held).toEqual({ amount: 120 })
  })

  it('let nobody have a name twice', async () => {
    const { one, other } = await two()
    const [here, there] = [await one.client(), await other.client()]
    const person = { user_name: 'ada', user_email: ADA, user_pass: PASSWORD }
    const codes = (
      await Promise.all([
        here.says('client action new account', person),
        there.says('client action new account', person),
      ])
    ).map(({ code }) => code)
    expect(codes.sort()).toEqual(['name_taken', undefined])
  })

  it('count failed logins together', async () => {
    const { one, other, time } = await two()
    await one.has(ADA)
    const [here, there] = [await one.client(), await other.client()]
    const guess = (client: Client, user_pass: string) =>
      client.says('client action login', { user_email: ADA, user_pass })
    for (let n = 0; n < 5; n += 1)
      expect((await guess(n % 2 ? here : there, 'wrong-guess-1')).code).toBe('login_failed')
    for (const client of [here, there]) {
      expect(await guess(client, PASSWORD)).toMatchObject({ code: 'too_many_attempts', details: { seconds: 2 } })
    }
    time.turn(2_000)
    expect(await guess(here, PASSWORD)).toMatchObject({ failed: false })
    expect((await guess(there, 'wrong-guess-1')).code).toBe('login_failed')
  })

  it('try no more of many guesses sent to all of them at once than of those sent one by one', async () => {
    const { all, time } = await daemons(3)
    const [one] = all as [TestDaemon]
    await one.has(ADA)
    const clients = await Promise.all(Array.from({ length: 24 }, (_, n) => (all[n % 3] as TestDaemon).client()))
    const guesses = await Promise.all(
      clients.map((client) => client.says('client action login', { user_email: ADA, user_pass: 'wrong-guess-1' })),
    )
    expect(guesses.filter(({ code }) => code === 'login_failed')).toHaveLength(5)
    expect(guesses.filter(({ code }) => code === 'too_many_attempts')).toHaveLength(19)
    const right = () => clients[0]?.says('client action login', { user_email: ADA, user_pass: PASSWORD })
    expect(await right()).toMatchObject({ code: 'too_many_attempts', details: { seconds: 2 } })
    time.turn(2_000)
    expect(await right()).toMatchObject({ failed: false })
  })

  it('change a count with nobody else in between', async () => {
    const { all, time } = await daemons(3)
    const counts = all.flatMap(({ store }) => store.neighbours?.counts ?? [])
    const names = ['both', 'one', 'gone']
    const more = () =>
      counts.map((each, place) => {
        const [here = '', there = ''] = place % 2 ? names : [...names].reverse()
        return each.change([here, there], time.now(), (times) => times.map((before) => [...before, before.length]))
      })
    await Promise.all(Array.from({ length: 10 }, more).flat())
    await counts[0]?.change(['gone'], time.now(), () => [[]])
    const inTurn = (length: number) => Array.from({ length }, (_, place) => place)
    expect(await counts[1]?.of(names)).toEqual([inTurn(10), inTurn(30), []])
  })

  it('count what an address asks for in a minute together', async () => {
    const { one, other, time } = await two()
    const ask = (daemon: TestDaemon) =>
      daemon.stranger({ address: '192.0.2.1' }).says('client action request client_id')
    const answers = await Promise.all(Array.from({ length: 110 }, (_, n) => ask(n % 2 ? one : other)))
    expect(answers.filter(({ code }) => code === 'too_many_requests')).toHaveLength(10)
    time.turn(MINUTE)
    expect(await ask(other)).toMatchObject({ failed: false })
  })

  it('tell each subscriber every event once, in order, wherever it was made', async () => {
    const { one, other } = await two()
    const ada = await one.has(ADA, { credits: 100 })
    const bob = await one.has(BOB)
    const [here, there] = [at(one, bob), at(other, bob)]
    for (const listener of [here, there]) await listener.says('client action subscribe events', { from: 0 })
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        at(n % 2 ? one : other, ada).says('client action transfer credits', { transfer_to: BOB, credits: 1 }),
      ),
    )
    for (const { heard } of [here, there]) {
      await vi.waitFor(() => expect(heard.at(-1)?.cursor).toBe(21), { timeout: 20_000 })
      expect(heard.map(({ cursor }) => cursor)).toEqual(Array.from({ length: 21 }, (_, place) => place + 1))
    }
    there.leaves()
    await ada.says('client action transfer credits', { transfer_to: BOB, credits: 1 })
    const again = at(other, bob)
    await again.says('client action subscribe events', { from: 21 })
    await vi.waitFor(() => expect(again.heard.map(({ cursor }) => cursor)).toEqual([22]), { timeout: 20_000 })
  })

  it('settle a clock that runs out exactly once, at its instant', async () => {
    const { all, time, url } = await daemons(3)
    const [one] = all as [TestDaemon]
    const ada = await one.has(ADA, { minutes: 1 })
    await ada.says('client action start clock_timer')
    const ends = time.now() + MINUTE
    time.turn(2 * MINUTE)
    await Promise.all(all.map(({ house }) => house.settle()))
    expect(await told(url, 'SELECT stopped_at::float8 AS at, spent_ms::int AS spent FROM time_records')).toEqual([
      { at: ends, spent: MINUTE },
    ])
    expect(await told(url, "SELECT count(*)::int FROM events WHERE event = 'clock.exhausted'")).toEqual([{ count: 1 }])
  })

  it('have one moment: none is before one that another had', async () => {
    const url = await aDatabase()
    const [early, late] = [aHandTurnedClock(), aHandTurnedClock()]
    late.turn(10 * MINUTE)
    const [behind, ahead] = [await aPostgresStore(early, url), await aPostgresStore(late, url)]
    const now = (store: typeof behind) => store.transaction(async (tx) => tx.now)
    expect(await now(ahead)).toBe(late.now())
    expect(await now(behind)).toBe(late.now())
    expect(behind.now()).toBe(late.now())
    early.turn(11 * MINUTE)
    expect(await now(behind)).toBe(early.now())
    expect(await now(ahead)).toBe(early.now())
  })

  it('sweep one at a time', async () => {
    const { one, other } = await two()
    const running = { now: 0, most: 0, times: 0 }
    const sweep = async () => {
      running.now += 1
      running.times += 1
      running.most = Math.max(running.most, running.now)
      await one.store.transaction(async (tx) => tx.now)
      running.now -= 1
    }
    const neighbours = [one, other].map(({ store }) => store.neighbours)
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(neighbours.map((each) => each?.alone('a sweep', sweep)))
    }
    expect(running.most).toBe(1)
    expect(running.times).toBeGreaterThanOrEqual(5)
  })

  it('start their cleaners all, and each sweep is left to one', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const sessions = vi.fn(() => Promise.resolve({ sessions: [], tokens: [], workers: [] }))
    const asked: string[] = []
    const neighbours = {
      alone: async (what: string) => void asked.push(what),
    } as unknown as NonNullable<TestDaemon['store']['neighbours']>
    const cleaners = new SweepingCleaners({ sessions } as unknown as Sweeps, () => {}, neighbours)
    cleaners.start('sessions')
    vi.advanceTimersByTime(5 * MINUTE)
    await cleaners.close()
    vi.useRealTimers()
    expect(asked).toEqual(['cleaner sessions'])
    expect(sessions).not.toHaveBeenCalled()
  })
})
