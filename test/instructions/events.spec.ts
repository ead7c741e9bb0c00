import { describe, expect, it, vi } from 'vitest'
import { aDaemon, type Client, expectAllRefusalsSeen, NINE, PASSWORD, type TestDaemon } from '../harness.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const login = (user_email: string) => ({ user_email, user_pass: PASSWORD })

/** Another session of an account that is signed up; each such login is told as an event. */
async function anotherSession(daemon: TestDaemon, email = ADA): Promise<Client> {
  const client = await daemon.client()
  await client.says('client action login', login(email))
  return client
}

/** The cursors a client heard so far, once they are as many as expected. */
async function heard(client: Client, count: number): Promise<(number | null)[]> {
  await vi.waitFor(() => expect(client.heard.length).toBeGreaterThanOrEqual(count))
  return client.heard.map(({ cursor }) => cursor)
}

/** Waits until all that is on its way was pushed. */
async function quiet(daemon: TestDaemon): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    await daemon.store.transaction(() => Promise.resolve())
  }
}

describe('client action subscribe events', () => {
  it('pushes what happens from now on', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    expect(await ada.says('client action subscribe events')).toEqual({ failed: false, cursor: 1 })
    daemon.time.turn(MINUTE)
    await anotherSession(daemon)
    await heard(ada, 1)
    expect(ada.heard).toEqual([
      {
        event: 'account.login',
        cursor: 2,
        account: ADA,
        data: { address: '127.0.0.1', at: '05-01-2026 09:01:00' },
      },
    ])
  })

  it('pushes what stands already after a cursor, in order, once', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    for (let n = 0; n < 3; n += 1) await anotherSession(daemon)
    expect(await ada.says('client action subscribe events', { from: 1 })).toMatchObject({ cursor: 1 })
    await anotherSession(daemon)
    expect(await heard(ada, 4)).toEqual([2, 3, 4, 5])
    await quiet(daemon)
    expect(ada.heard).toHaveLength(4)
  })

  it('pushes hundreds that stand already, in order', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    for (let n = 0; n < 250; n += 1) await ada.says('client action login', login(ADA))
    await ada.says('client action subscribe events', { from: 0 })
    expect(await heard(ada, 251)).toEqual(Array.from({ length: 251 }, (_, n) => n + 1))
  })

  it('answers before it pushes', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action subscribe events', { from: 0 })
    expect(ada.heard).toEqual([])
    await heard(ada, 1)
  })

  it('words moments as the caller asked for timestamps', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action subscribe events', { from: 0 }, { timestamps: 'iso' })
    await heard(ada, 1)
    expect(ada.heard[0]?.data).toEqual({ address: '127.0.0.1', at: '2026-01-05T09:00:00.000Z' })
  })

  it('pushes only to who subscribed, and only what happens to the account', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const bob = await daemon.has(BOB)
    const silent = await anotherSession(daemon)
    await ada.says('client action subscribe events')
    await bob.says('client action subscribe events')
    await anotherSession(daemon, BOB)
    await heard(bob, 1)
    await quiet(daemon)
    expect(bob.heard).toMatchObject([{ account: BOB }])
    expect(ada.heard).toEqual([])
    expect(silent.heard).toEqual([])
  })

  it('begins anew from the cursor it names where it is said again', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action subscribe events', { from: 0 })
    await heard(ada, 1)
    await ada.says('client action subscribe events')
    await anotherSession(daemon)
    expect(await heard(ada, 2)).toEqual([1, 2])
    await quiet(daemon)
    expect(ada.heard).toHaveLength(2)
  })

  it('goes on with the last cursor where it is given one that was never given out', async () => {
    const ada = await (await aDaemon()).has(ADA)
    expect(await ada.says('client action subscribe events', { from: 1_000 })).toMatchObject({ cursor: 1 })
  })

  it('ends with the connection', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action subscribe events')
    ada.leaves()
    await anotherSession(daemon)
    await quiet(daemon)
    expect(ada.heard).toEqual([])
  })

  it.each([
    ['its account logs out there', (ada: Client) => ada.says('client action logout')],
    [
      'its session is revoked',
      async (_: Client, daemon: TestDaemon) =>
        (await anotherSession(daemon)).says('client action revoke session', { all: true }),
    ],
    [
      'the password is changed elsewhere',
      async (_: Client, daemon: TestDaemon) =>
        (await anotherSession(daemon)).says('client action edit account', {
          user_pass: 'analytical-engine-2',
          current_pass: PASSWORD,
        }),
    ],
    ['its session is over', async (_: Client, daemon: TestDaemon) => daemon.time.turn(12 * HOUR)],
  ])('ends when %s', async (_, end) => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action subscribe events')
    await end(ada, daemon)
    await quiet(daemon)
    const before = ada.heard.length
    await daemon.store.transaction(async (tx) => {
      await tx.events.add({ account: 2, cursor: 100, event: 'clock.started', at: tx.now, data: { clock: 2 } })
    })
    daemon.house.daemon.subscriptions.poke(2)
    await quiet(daemon)
    expect(ada.heard).toHaveLength(before)
  })

  it('is refused where nothing can be pushed', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const overHttp = { address: '127.0.0.1', isLocal: false }
    const chain = { controller: 'client', ctype: 'action', action: 'subscribe', subscribe: 'events' }
    const said = { ...ada.header, ...chain }
    expect(await new Promise((resolve) => daemon.house.answer(said, overHttp, resolve))).toMatchObject({
      code: 'subscription_needs_websocket',
    })
    delete (ada.connection as { push?: unknown }).push
    expect(await ada.says('client action subscribe events')).toMatchObject({ code: 'subscription_needs_websocket' })
  })

  it('refuses a cursor after which events are no longer kept', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    await anotherSession(daemon)
    daemon.time.turn(90 * DAY)
    const ada = await anotherSession(daemon)
    const refused = { code: 'cursor_too_old', details: { oldest: 3 } }
    expect(await ada.says('client action subscribe events', { from: 1 })).toMatchObject(refused)
    expect(await ada.says('client action subscribe events', { from: 2 })).toMatchObject({ cursor: 2 })
    expect(await heard(ada, 1)).toEqual([3])
  })
})

describe('client action unsubscribe events', () => {
  it('has no more pushed on this connection, and tells the last cursor', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const other = await anotherSession(daemon)
    for (const client of [ada, other]) await client.says('client action subscribe events')
    expect(await ada.says('client action unsubscribe events')).toEqual({ failed: false, cursor: 2 })
    await anotherSession(daemon)
    await heard(other, 1)
    expect(ada.heard).toEqual([])
  })

  it('is no mistake where nothing was subscribed', async () => {
    const ada = await (await aDaemon()).has(ADA)
    expect(await ada.says('client action unsubscribe events')).toEqual({ failed: false, cursor: 1 })
  })
})

describe('client action view events', () => {
  it('lists what happened, oldest first', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    daemon.time.turn(MINUTE)
    await ada.says('client action login', login(ADA))
    expect(await ada.says('client action view events')).toEqual({
      failed: false,
      events: [
        {
          event: 'account.login',
          cursor: 1,
          at: '05-01-2026 09:00:00',
          data: { address: '127.0.0.1', at: '05-01-2026 09:00:00' },
        },
        {
          event: 'account.login',
          cursor: 2,
          at: '05-01-2026 09:01:00',
          data: { address: '127.0.0.1', at: '05-01-2026 09:01:00' },
        },
      ],
      cursor: 2,
    })
  })

  it('goes on from a cursor, page by page', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    for (let n = 0; n < 4; n += 1) await ada.says('client action login', login(ADA))
    const cursorsOf = async (from: number) =>
      (await ada.says('client action view events', { from, limit: 2 })).events.map(({ cursor }) => cursor)
    expect(await cursorsOf(0)).toEqual([1, 2])
    expect(await cursorsOf(2)).toEqual([3, 4])
    expect(await cursorsOf(4)).toEqual([5])
    expect(await ada.says('client action view events', { from: 5 })).toEqual({ failed: false, events: [], cursor: 5 })
  })

  it('lists 50 where no limit is named', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    for (let n = 0; n < 51; n += 1) await ada.says('client action login', login(ADA))
    expect((await ada.says('client action view events')).events).toHaveLength(50)
  })

  it('leaves out what is older than 90 days, swept or not', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    for (let n = 0; n < 9; n += 1) await anotherSession(daemon)
    daemon.time.turn(90 * DAY - 1)
    const ada = await anotherSession(daemon)
    expect((await ada.says('client action view events')).events[0]).toMatchObject({ cursor: 1 })
    daemon.time.turn(1)
    expect(await ada.says('client action view events')).toMatchObject({ events: [{ cursor: 11 }], cursor: 11 })
    expect(await ada.says('client action view events', { from: 9 })).toMatchObject({
      code: 'cursor_too_old',
      details: { oldest: 11 },
    })
    expect(await ada.says('client action view events', { from: 10 })).toMatchObject({ events: [{ cursor: 11 }] })
  })

  it('is empty where nothing is kept', async () => {
    const daemon = await aDaemon({ config: { tokenMs: 200 * DAY, clientMs: 200 * DAY } })
    const ada = await daemon.has(ADA)
    daemon.time.turn(91 * DAY)
    expect(await ada.says('client action view events')).toEqual({ failed: false, events: [], cursor: 1 })
    expect(await ada.says('client action view events', { from: 0 })).toMatchObject({
      code: 'cursor_too_old',
      details: { oldest: 2 },
    })
  })

  it('is removed for good, a few at a time, when something new is told, and by the cleaner where a store is shared', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    for (let n = 0; n < 3; n += 1) await anotherSession(daemon)
    daemon.time.turn(90 * DAY)
    await anotherSession(daemon)
    const ids = async () =>
      daemon.store.transaction(async (tx) => (await tx.events.list('account', [2])).map(({ id }) => id))
    if (daemon.store.neighbours) {
      expect(await ids()).toEqual([1, 2, 3, 4, 5])
      await daemon.stranger({ isLocal: true }).says('system action cleanup accounts')
      expect(await ids()).toEqual([5])
      return
    }
    expect(await ids()).toEqual([3, 4, 5])
    await anotherSession(daemon)
    expect(await ids()).toEqual([5, 6])
  })
})

describe('account.login', () => {
  it('tells from where somebody logged in, and when', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action subscribe events')
    const elsewhere = daemon.stranger({ address: '192.0.2.7' })
    elsewhere.header.client_id = (await elsewhere.says('client action request client_id')).client_id
    const { session_token } = await elsewhere.says('client action request session_token', {
      client_id: elsewhere.header.client_id,
    })
    elsewhere.header.session_token = session_token
    await elsewhere.says('client action login', login(ADA))
    await heard(ada, 1)
    expect(ada.heard[0]).toMatchObject({ event: 'account.login', data: { address: '192.0.2.7' } })
  })

  it('is told of a recovery too', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action unlink account')
    await ada.says('client action recover account', login(ADA))
    expect((await ada.says('client action view events')).events).toMatchObject([
      { cursor: 1 },
      { event: 'account.login' },
    ])
  })

  it('is not told of a login that was refused', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action login', { user_email: ADA, user_pass: 'wrong' })
    expect((await ada.says('client action view events')).events).toHaveLength(1)
  })
})

describe('session.expiring', () => {
  it('is pushed once, five minutes before a subscribed session ends, with no cursor', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action subscribe events')
    const { subscriptions } = daemon.house.daemon

    daemon.time.turn(12 * HOUR - 5 * MINUTE - 1)
    await subscriptions.warn()
    expect(ada.heard).toEqual([])
    daemon.time.turn(1)
    await subscriptions.warn()
    await subscriptions.warn()
    expect(ada.heard).toEqual([
      { event: 'session.expiring', cursor: null, account: ADA, data: { valid_to: '05-01-2026 21:00:00' } },
    ])
  })

  it('is pushed again for the new end of a session that was extended', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action subscribe events', {}, { timestamps: 'iso' })
    for (let n = 0; n < 2; n += 1) {
      daemon.time.turn(12 * HOUR - MINUTE)
      await daemon.house.daemon.subscriptions.warn()
      await ada.says('client action alive stoken')
    }
    expect(ada.heard.map(({ data }) => data.valid_to)).toEqual(['2026-01-05T21:00:00.000Z', '2026-01-06T08:59:00.000Z'])
    expect(daemon.time.now()).toBe(NINE + 2 * (12 * HOUR - MINUTE))
  })

  it("is in nobody's list of events", async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action subscribe events')
    daemon.time.turn(12 * HOUR - MINUTE)
    await daemon.house.daemon.subscriptions.warn()
    expect((await ada.says('client action view events')).events).toHaveLength(1)
  })
})

describe('events', () => {
  it('refused all that they declare, somewhere above', () => {
    expectAllRefusalsSeen('events')
  })
})
