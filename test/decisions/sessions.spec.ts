import { describe, expect, it } from 'vitest'
import { aDaemon, type Client, NINE, PASSWORD, type TestDaemon } from '../harness.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Another connection with the credentials of a client. */
function anotherConnection(daemon: TestDaemon, { header }: Client): Client {
  const client = daemon.stranger()
  Object.assign(client.header, header)
  return client
}

/** When a client's token and client id end, as they are stored. */
async function stored({ store }: TestDaemon) {
  return store.transaction(async (tx) => ({
    token: (await tx.tokens.get(1))?.validTo,
    session: (await tx.sessions.get(1))?.validTo,
    client: (await tx.clients.get(1))?.validTo,
  }))
}

/** Whether others share the store: they know only what is stored, so a use is stored without waiting for something else. */
const isShared = ({ store }: TestDaemon) => store.neighbours !== undefined

describe('client ids and tokens', () => {
  it('a client id is stored only once it gets a token', async () => {
    const daemon = await aDaemon()
    const stranger = daemon.stranger()
    const { client_id } = await stranger.says('client action request client_id')
    const registered = async () =>
      (await stranger.says('client action verify ctoken validity', { client_id })).registered
    expect(await registered()).toBe(false)
    await stranger.says('client action request session_token', { client_id })
    expect(await registered()).toBe(true)
  })

  it('the store keeps only a SHA-256 of a token', async () => {
    const daemon = await aDaemon()
    const { header } = await daemon.client()
    const kept = await daemon.store.transaction(async (tx) => JSON.stringify(await tx.tokens.get(1)))
    expect(kept).not.toContain(header.session_token?.split(':')[1])
  })

  it('a token works only together with its own client id', async () => {
    const daemon = await aDaemon()
    const [ada, bob] = [await daemon.has(ADA), await daemon.has(BOB)]
    const { client_id = '' } = bob.header
    expect(await ada.says('client action view account', {}, { client_id })).toMatchObject({
      code: 'session_token_invalid',
    })
  })

  it('a client id that already holds a live token is refused another; the old token stays good', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const { client_id = '' } = ada.header
    expect(await ada.says('client action request session_token', { client_id })).toMatchObject({
      code: 'client_already_linked',
    })
    expect(await ada.says('client action view account')).toMatchObject({ account: ADA })
  })
})

describe('lifetimes', () => {
  it('lifetimes slide: client id 30 days', async () => {
    const daemon = await aDaemon({ config: { tokenMs: 100 * DAY } })
    const ada = await daemon.has(ADA)
    for (let n = 0; n < 3; n += 1) {
      daemon.time.turn(30 * DAY - 1)
      expect(await ada.says('client action view account')).toMatchObject({ account: ADA })
    }
    daemon.time.turn(30 * DAY)
    expect(await ada.says('client action view account')).toMatchObject({ code: 'client_id_invalid' })
  })

  it('lifetimes slide: token 12 hours', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    for (let n = 0; n < 3; n += 1) {
      daemon.time.turn(12 * HOUR - 1)
      expect(await ada.says('client action view account')).toMatchObject({ account: ADA })
    }
    daemon.time.turn(12 * HOUR)
    expect(await ada.says('client action view account')).toMatchObject({ code: 'session_token_invalid' })
  })

  it('lifetimes slide: a session where nobody ever logged in 10 minutes', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    for (let n = 0; n < 3; n += 1) {
      daemon.time.turn(10 * MINUTE - 1)
      expect(await client.says('client action view session')).toMatchObject({ failed: false })
    }
    daemon.time.turn(10 * MINUTE)
    expect(await client.says('client action view session')).toMatchObject({ code: 'session_token_invalid' })
  })

  it('use extends in memory', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const before = await stored(daemon)
    daemon.time.turn(11 * HOUR)
    await ada.says('client action view account')
    if (!isShared(daemon)) expect(await stored(daemon)).toEqual(before)
    daemon.time.turn(11 * HOUR)
    expect(await ada.says('client action view account')).toMatchObject({ account: ADA })
  })

  it('and is stored at most every 10 minutes, with a batch that is written anyway', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const before = await stored(daemon)
    const write = () => ada.says('client action new contact record', { user_name: 'bob' })
    daemon.time.turn(10 * MINUTE - 1)
    await write()
    expect(await stored(daemon)).toEqual(before)
    daemon.time.turn(1)
    await ada.says('client action view account')
    if (!isShared(daemon)) expect(await stored(daemon)).toEqual(before)
    await write()
    const now = NINE + 10 * MINUTE
    expect(await stored(daemon)).toEqual({ token: now + 12 * HOUR, session: now + 12 * HOUR, client: now + 30 * DAY })
  })

  it('`alive …` stores at once', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    daemon.time.turn(MINUTE)
    await ada.says('client action alive stoken')
    const now = NINE + MINUTE
    expect(await stored(daemon)).toEqual({ token: now + 12 * HOUR, session: now + 12 * HOUR, client: NINE + 30 * DAY })
    await ada.says('client action alive ctoken')
    expect(await stored(daemon)).toMatchObject({ client: now + 30 * DAY })
  })

  it('an expired token is refused at once, not when swept', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    daemon.time.turn(12 * HOUR)
    expect(await ada.says('client action view account')).toMatchObject({ code: 'session_token_invalid' })
    expect(await daemon.store.transaction(async (tx) => tx.tokens.get(1))).toBeDefined()
    // Having been refused did not count as a use.
    expect(await ada.says('client action view account')).toMatchObject({ code: 'session_token_invalid' })
  })
})

describe('sessions', () => {
  it('sessions survive a restart of the daemon', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const before = await ada.says('client action view session')
    await daemon.restarts()
    expect(await ada.says('client action view session')).toEqual(before)
  })

  it('and are bound to no connection', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const other = anotherConnection(daemon, ada)
    ada.leaves()
    expect(await other.says('client action view account')).toMatchObject({ account: ADA })
    const elsewhere = daemon.stranger({ address: '192.0.2.1' })
    Object.assign(elsewhere.header, ada.header)
    expect(await elsewhere.says('client action view account')).toMatchObject({ account: ADA })
  })

  it('`new account`, tokens and issue reports: 100 a minute per address', async () => {
    const daemon = await aDaemon()
    const clients: Client[] = []
    for (let n = 0; n < 100; n += 1) clients.push(await daemon.client())
    const [client] = clients
    const stranger = daemon.stranger()
    const refused = { code: 'too_many_requests', details: { seconds: 60 } }
    expect(await stranger.says('client action request client_id')).toMatchObject(refused)
    const client_id = 'ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1767603600'
    expect(await stranger.says('client action request session_token', { client_id })).toMatchObject(refused)

    const issue = { name: 'It hums', details: 'Softly.' }
    const account = (n: number) => ({ user_name: `a${n}`, user_email: `a${n}@example.org`, user_pass: PASSWORD })
    for (let n = 0; n < 100; n += 1) {
      expect(await stranger.says('client action report issue', { issue })).toMatchObject({ failed: false })
      expect(await client?.says('client action new account', account(n))).toMatchObject({ failed: false })
    }
    expect(await stranger.says('client action report issue', { issue })).toMatchObject(refused)
    expect(await client?.says('client action new account', account(100))).toMatchObject(refused)
  })
})

describe('workers', () => {
  const rooms = { config: { workersMax: 2, sessionsPerWorkerMax: 2 } }
  const workers = async (daemon: TestDaemon) =>
    Object.values((await daemon.stranger({ isLocal: true }).says('system action interogate workers')).workers)

  it('workers are real: each holds at most `EWALLET_SESSIONS_PER_WORKER` (100) sessions', async () => {
    const daemon = await aDaemon(rooms)
    for (const email of [ADA, BOB, 'cid@example.org']) await daemon.has(email)
    expect(await workers(daemon)).toMatchObject([
      { session_pool: [1, 2], state_code: 2, state_label: 'full' },
      { session_pool: [3], state_code: 1, state_label: 'in_use' },
    ])
  })

  it("applies one session's instructions in order", async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const names = Array.from({ length: 50 }, (_, n) => `c${n}`)
    await Promise.all(names.map((user_name) => ada.says('client action new contact record', { user_name })))
    const { records } = await ada.says('client action view contact records')
    expect(records.map(({ name }) => name)).toEqual(names.reverse())
  })

  it("and different sessions' interleaved: a slow one holds up nobody else", async () => {
    const daemon = await aDaemon({ config: { scryptN: 16_384 } })
    const [ada, bob] = [await daemon.has(ADA), await daemon.has(BOB)]
    const done: string[] = []
    const slow = ada.says('client action login', { user_email: ADA, user_pass: PASSWORD }).then(() => done.push('ada'))
    const after = ada.says('client action view account').then(() => done.push('ada again'))
    const quick = bob.says('client action view account').then(() => done.push('bob'))
    await Promise.all([slow, after, quick])
    // Ada's are applied in order; a database may keep both at once, and then they are answered together.
    expect(done[0]).toBe('bob')
  })

  it('what follows in order sees what went before, whatever takes long', async () => {
    const daemon = await aDaemon({ config: { scryptN: 4_096 } })
    await daemon.has(BOB)
    const ada = await daemon.has(ADA)
    const [, active, , nobody] = await Promise.all([
      ada.says('client action login', { user_email: BOB, user_pass: PASSWORD }),
      ada.says('client action view account'),
      ada.says('client action logout').then(() => ada.says('client action logout')),
      ada.says('client action view account'),
    ])
    expect(active).toMatchObject({ account: BOB })
    expect(nobody).toMatchObject({ account: ADA })
  })

  it('has a bounded queue', async () => {
    const daemon = await aDaemon({ config: { inFlightPerSessionMax: 10 } })
    const ada = await daemon.has(ADA)
    const answers = await Promise.all(Array.from({ length: 15 }, () => ada.says('client action view account')))
    expect(answers.filter(({ code }) => code === 'too_busy')).toHaveLength(5)
    expect(answers.filter(({ failed }) => !failed)).toHaveLength(10)
    expect(await ada.says('client action view account')).toMatchObject({ account: ADA })
  })

  it('at most `EWALLET_WORKERS` (100); when all are full, the oldest never-logged-in session goes', async () => {
    const daemon = await aDaemon(rooms)
    const ada = await daemon.has(ADA)
    const unused: Client[] = []
    for (let n = 0; n < 4; n += 1) {
      daemon.time.turn(1_000)
      unused.push(await daemon.client())
    }
    expect((await workers(daemon)).length).toBe(2)
    const codes = []
    for (const client of unused) codes.push((await client.says('client action view session')).code)
    expect(codes).toEqual(['session_token_invalid', undefined, undefined, undefined])
    expect(await ada.says('client action view account')).toMatchObject({ account: ADA })
  })

  it('else `server_full`', async () => {
    const daemon = await aDaemon(rooms)
    for (const email of [ADA, BOB, 'cid@example.org', 'dan@example.org']) await daemon.has(email)
    const stranger = daemon.stranger()
    const { client_id } = await stranger.says('client action request client_id')
    expect(await stranger.says('client action request session_token', { client_id })).toMatchObject({
      code: 'server_full',
    })
  })

  it('a worker whose last session leaves is vacant again', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    expect(await workers(daemon)).toMatchObject([{ state_label: 'in_use' }])
    daemon.time.turn(12 * HOUR)
    await daemon.stranger({ isLocal: true }).says('system action cleanup sessions')
    expect(await workers(daemon)).toMatchObject([{ state_code: 0, state_label: 'vacant', session_pool: [] }])
    expect(await ada.says('client action view account')).toMatchObject({ code: 'session_token_invalid' })
  })
})
