import { describe, expect, it } from 'vitest'
import { aDaemon, type Client, expectAllRefusalsSeen, PASSWORD, type TestDaemon } from '../harness.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Another session of an account that is signed up. */
async function anotherSession(daemon: TestDaemon, user_email = ADA): Promise<Client> {
  const client = await daemon.client()
  await client.says('client action login', { user_email, user_pass: PASSWORD })
  return client
}

/** What a client holds. */
function held({ header: { client_id = '', session_token = '' } }: Client) {
  return { client_id, session_token }
}

/** The id of a client's session. */
async function sessionOf(client: Client): Promise<number> {
  const { session } = await client.says('client action verify ctoken session', { client_id: held(client).client_id })
  return session ?? 0
}

describe('client action request client_id', () => {
  it('gives a client id of the form ewsm-uid:<20 alphanumerics>:<unix seconds>', async () => {
    const daemon = await aDaemon()
    const { client_id } = await daemon.stranger().says('client action request client_id')
    expect(client_id).toMatch(/^ewsm-uid:[A-Za-z0-9]{20}:1767603600$/)
  })

  it('gives another one each time, and stores none', async () => {
    const daemon = await aDaemon()
    const stranger = daemon.stranger()
    const ids = [
      await stranger.says('client action request client_id'),
      await stranger.says('client action request client_id'),
    ]
    expect(new Set(ids.map(({ client_id }) => client_id)).size).toBe(2)
    expect(await daemon.store.transaction(async (tx) => tx.clients.get(1))).toBeUndefined()
  })

  it('refuses the 101st within a minute from one address', async () => {
    const daemon = await aDaemon()
    const stranger = daemon.stranger()
    for (let n = 0; n < 100; n += 1) await stranger.says('client action request client_id')
    daemon.time.turn(10_000)
    expect(await stranger.says('client action request client_id')).toMatchObject({
      code: 'too_many_requests',
      details: { seconds: 50 },
    })
    const elsewhere = daemon.stranger({ address: '127.0.0.2' })
    expect(await elsewhere.says('client action request client_id')).toMatchObject({ failed: false })
  })
})

describe('client action request session_token', () => {
  it('gives a token of the form ewsm-st:<20 alphanumerics>:<unix seconds>', async () => {
    const daemon = await aDaemon()
    const stranger = daemon.stranger()
    const { client_id } = await stranger.says('client action request client_id')
    const { session_token } = await stranger.says('client action request session_token', { client_id })
    expect(session_token).toMatch(/^ewsm-st:[A-Za-z0-9]{20}:1767603600$/)
  })

  it('takes the client id from the header where the chain names none', async () => {
    const daemon = await aDaemon()
    const stranger = daemon.stranger()
    const { client_id } = await stranger.says('client action request client_id')
    stranger.header.client_id = client_id
    expect(await stranger.says('client action request session_token', {} as never)).toMatchObject({ failed: false })
  })

  it('is for the client id that the chain names, whatever the header says', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { client_id } = await client.says('client action request client_id')
    expect(await client.says('client action request session_token', { client_id })).toMatchObject({ failed: false })
    expect(await client.says('client action verify ctoken linked', { client_id })).toMatchObject({ linked: true })
  })

  it('refuses a client id that already holds a live token; the old token stays good', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { client_id } = held(client)
    expect(await client.says('client action request session_token', { client_id })).toMatchObject({
      code: 'client_already_linked',
    })
    expect(await client.says('client action view session')).toMatchObject({ failed: false })
  })

  it('gives one token to a client id that asks for two at once', async () => {
    const daemon = await aDaemon()
    const stranger = daemon.stranger()
    const { client_id } = await stranger.says('client action request client_id')
    const answers = await Promise.all([
      stranger.says('client action request session_token', { client_id }),
      stranger.says('client action request session_token', { client_id }),
    ])
    expect(answers.map(({ code }) => code).sort()).toEqual(['client_already_linked', undefined])
  })

  it('gives another token once the old one is over', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    const { client_id, session_token: old } = held(client)
    daemon.time.turn(12 * HOUR)
    const { session_token } = await client.says('client action request session_token', { client_id })
    expect(await client.says('client action view session', {}, { session_token })).toMatchObject({ failed: false })
    expect(await client.says('client action view session', {}, { session_token: old })).toMatchObject({
      code: 'session_token_invalid',
    })
  })

  it.each([
    ['that is none', 'ewsm-uid:nobody'],
    ['of a wrong length', 'ewsm-uid:AAAAAAAAAAAAAAAAAAA:1767603600'],
    ['from the future', 'ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1767703600'],
    ['that is older than 30 days', 'ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1764000000'],
  ])('refuses a client id %s', async (_, client_id) => {
    const stranger = (await aDaemon()).stranger()
    expect(await stranger.says('client action request session_token', { client_id })).toMatchObject({
      code: 'client_id_invalid',
    })
  })

  it('refuses where every worker is full', async () => {
    const daemon = await aDaemon({ config: { workersMax: 1, sessionsPerWorkerMax: 1 } })
    await daemon.has(ADA)
    const stranger = daemon.stranger()
    const { client_id } = await stranger.says('client action request client_id')
    expect(await stranger.says('client action request session_token', { client_id })).toMatchObject({
      code: 'server_full',
    })
  })

  it('refuses the 101st within a minute from one address', async () => {
    const daemon = await aDaemon()
    for (let n = 0; n < 100; n += 1) await daemon.client()
    const elsewhere = daemon.stranger({ address: '127.0.0.2' })
    const { client_id } = await elsewhere.says('client action request client_id')
    expect(await daemon.stranger().says('client action request session_token', { client_id })).toMatchObject({
      code: 'too_many_requests',
      details: { seconds: 60 },
    })
    expect(await elsewhere.says('client action request session_token', { client_id })).toMatchObject({ failed: false })
  })
})

describe('verifying a client id', () => {
  const unknown = 'ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1767603600'

  it('client action verify ctoken validity tells whether it is good, known and over', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { client_id } = held(client)
    const says = (client_id: string) => client.says('client action verify ctoken validity', { client_id })

    expect(await says(client_id)).toEqual({ failed: false, client_id, valid: true, registered: true, expired: false })
    expect(await says(unknown)).toMatchObject({ valid: true, registered: false, expired: false })
    expect(await says('junk')).toMatchObject({ client_id: 'junk', valid: false, registered: false, expired: false })
    daemon.time.turn(30 * DAY)
    expect(await says(client_id)).toMatchObject({ valid: false, registered: true, expired: true })
    expect(await says(unknown)).toMatchObject({ valid: false, registered: false, expired: true })
  })

  it('client action verify ctoken linked echoes a token only to who presented it', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { client_id, session_token } = held(client)
    const stranger = daemon.stranger()
    const other = held(await daemon.client()).session_token

    expect(await client.says('client action verify ctoken linked', { client_id })).toEqual({
      failed: false,
      client_id,
      linked: true,
      session_token,
    })
    const asked = (more: object) => stranger.says('client action verify ctoken linked', { client_id, ...more })
    expect(await asked({})).toMatchObject({ linked: true, session_token: null })
    expect(await asked({ session_token })).toMatchObject({ linked: true, session_token })
    expect(await asked({ session_token: other })).toMatchObject({ linked: true, session_token: null })
    expect(await client.says('client action verify ctoken linked', { client_id: unknown })).toMatchObject({
      linked: false,
      session_token: null,
    })
  })

  it('client action verify ctoken session tells the session it is plugged into', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { client_id } = held(client)
    expect(await client.says('client action verify ctoken session', { client_id })).toEqual({
      failed: false,
      client_id,
      plugged: true,
      session: 1,
    })
    daemon.time.turn(10 * MINUTE)
    expect(await client.says('client action verify ctoken session', { client_id })).toMatchObject({
      plugged: false,
      session: null,
    })
  })

  it('client action verify ctoken status tells all of it', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { client_id, session_token } = held(client)
    expect(await client.says('client action verify ctoken status', { client_id })).toEqual({
      failed: false,
      client_id,
      valid: true,
      linked: true,
      plugged: true,
      session_token,
      session: 1,
    })
    expect(await daemon.stranger().says('client action verify ctoken status', { client_id })).toMatchObject({
      linked: true,
      session_token: null,
    })
    expect(await client.says('client action verify ctoken status', { client_id: 'junk' })).toMatchObject({
      valid: false,
      linked: false,
      plugged: false,
      session_token: null,
      session: null,
    })
  })
})

describe('verifying a session token', () => {
  const unknown = 'ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600'

  it('client action verify stoken validity tells whether it is good, known and over', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { session_token } = held(client)
    const says = (session_token: string) => client.says('client action verify stoken validity', { session_token })
    const good = { failed: false, session_token, valid: true, registered: true, expired: false }

    expect(await says(session_token)).toEqual(good)
    expect(await says(unknown)).toMatchObject({ valid: false, registered: false, expired: false })
    expect(await says('junk')).toMatchObject({ session_token: 'junk', valid: false, registered: false })
    daemon.time.turn(10 * MINUTE)
    expect(await says(session_token)).toMatchObject({ valid: false, registered: true, expired: true })
  })

  it('client action verify stoken linked echoes a client id only to who presented it', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { client_id, session_token } = held(client)
    const stranger = daemon.stranger()
    const asked = (more: object) => stranger.says('client action verify stoken linked', { session_token, ...more })

    expect(await client.says('client action verify stoken linked', { session_token })).toEqual({
      failed: false,
      session_token,
      linked: true,
      client_id,
    })
    expect(await asked({})).toMatchObject({ linked: true, client_id: null })
    expect(await asked({ client_id })).toMatchObject({ linked: true, client_id })
    expect(await asked({ client_id: held(await daemon.client()).client_id })).toMatchObject({ client_id: null })
    expect(await stranger.says('client action verify stoken linked', { session_token: unknown })).toMatchObject({
      linked: false,
      client_id: null,
    })
  })

  it('client action verify stoken session tells the session it opens', async () => {
    const client = await (await aDaemon()).client()
    const { session_token } = held(client)
    expect(await client.says('client action verify stoken session', { session_token })).toEqual({
      failed: false,
      session_token,
      plugged: true,
      session: 1,
    })
    expect(await client.says('client action verify stoken session', { session_token: unknown })).toMatchObject({
      plugged: false,
      session: null,
    })
  })

  it('client action verify stoken status tells all of it', async () => {
    const client = await (await aDaemon()).client()
    const { client_id, session_token } = held(client)
    expect(await client.says('client action verify stoken status', { session_token })).toEqual({
      failed: false,
      session_token,
      valid: true,
      linked: true,
      plugged: true,
      client_id,
      session: 1,
    })
  })
})

describe('client action alive ctoken', () => {
  it('extends the client id by its whole lifetime, stored at once', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    daemon.time.turn(MINUTE)
    const { client_id } = held(client)
    expect(await client.says('client action alive ctoken')).toEqual({
      failed: false,
      ctoken: client_id,
      extended: 43_200,
      time_unit: 'minutes',
      ctoken_data: {
        label: client_id.slice(0, 12),
        create_date: '05-01-2026 09:00:00',
        write_date: '05-01-2026 09:01:00',
        valid_to: '04-02-2026 09:01:00',
        active: true,
      },
    })
  })

  it('needs a session', async () => {
    const daemon = await aDaemon()
    const { client_id } = held(await daemon.client())
    expect(await daemon.stranger().says('client action alive ctoken', {}, { client_id })).toMatchObject({
      code: 'session_token_invalid',
    })
  })
})

describe('client action alive stoken', () => {
  it('extends the token by its whole lifetime, stored at once', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    daemon.time.turn(MINUTE)
    const { session_token } = held(client)
    expect(await client.says('client action alive stoken')).toEqual({
      failed: false,
      stoken: session_token,
      extended: 720,
      time_unit: 'minutes',
      stoken_data: {
        label: session_token.slice(0, 12),
        create_date: '05-01-2026 09:00:00',
        write_date: '05-01-2026 09:01:00',
        valid_to: '05-01-2026 21:01:00',
        active: true,
      },
    })
    daemon.time.turn(12 * HOUR - 1)
    await daemon.restarts()
    expect(await client.says('client action view account')).toMatchObject({ account: ADA })
  })

  it('extends a session where nobody ever logged in by its 10 minutes', async () => {
    const client = await (await aDaemon()).client()
    expect(await client.says('client action alive stoken')).toMatchObject({
      extended: 10,
      stoken_data: { valid_to: '05-01-2026 09:10:00' },
    })
  })
})

describe('client action view session', () => {
  it('shows nobody before a login', async () => {
    const client = await (await aDaemon()).client()
    expect(await client.says('client action view session')).toEqual({
      failed: false,
      session_data: {
        session_user_account: null,
        session_credit_ewallet: null,
        session_contact_list: null,
        session_account_archive: {},
      },
      valid_to: '05-01-2026 09:10:00',
    })
  })

  it('shows who is active and who else is logged in', async () => {
    const daemon = await aDaemon()
    await daemon.has(BOB)
    const client = await daemon.has(ADA)
    await client.says('client action login', { user_email: BOB, user_pass: PASSWORD })
    expect(await client.says('client action view session', {}, { timestamps: 'iso' })).toEqual({
      failed: false,
      session_data: {
        session_user_account: BOB,
        session_credit_ewallet: 2,
        session_contact_list: 2,
        session_account_archive: { [ADA]: 'ada', [BOB]: 'bob' },
      },
      valid_to: '2026-01-05T21:00:00.000Z',
    })
  })
})

describe('client action view sessions', () => {
  it('lists the sessions the account is logged in on', async () => {
    const daemon = await aDaemon()
    const first = await daemon.has(ADA)
    await daemon.has(BOB)
    daemon.time.turn(MINUTE)
    const second = await anotherSession(daemon)
    daemon.time.turn(MINUTE)
    await second.says('client action view account')

    expect(await first.says('client action view sessions')).toEqual({
      failed: false,
      sessions: [
        {
          id: 1,
          created: '05-01-2026 09:00:00',
          last_used: '05-01-2026 09:02:00',
          valid_to: '05-01-2026 21:02:00',
          address: '127.0.0.1',
          current: true,
        },
        {
          id: 3,
          created: '05-01-2026 09:01:00',
          last_used: '05-01-2026 09:02:00',
          valid_to: '05-01-2026 21:02:00',
          address: '127.0.0.1',
          current: false,
        },
      ],
    })
  })

  it('leaves out a session that is over, swept or not', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    daemon.time.turn(11 * HOUR)
    const client = await anotherSession(daemon)
    daemon.time.turn(HOUR)
    const { sessions } = await client.says('client action view sessions')
    expect(sessions.map(({ id }) => id)).toEqual([2])
  })
})

describe('client action revoke session', () => {
  it('ends another session of the account', async () => {
    const daemon = await aDaemon()
    const lost = await daemon.has(ADA)
    const client = await anotherSession(daemon)
    const session_id = await sessionOf(lost)
    expect(await client.says('client action revoke session', { session_id })).toEqual({
      failed: false,
      sessions_revoked: 1,
    })
    expect(await lost.says('client action view account')).toMatchObject({ code: 'session_token_invalid' })
    const { logout_records } = await client.says('client action view logout')
    expect(Object.values(logout_records)).toEqual(['05-01-2026 09:00:00'])
  })

  it('ends all others, and not the current one', async () => {
    const daemon = await aDaemon()
    const others = [await daemon.has(ADA), await anotherSession(daemon)]
    const bob = await daemon.has(BOB)
    const client = await anotherSession(daemon)
    expect(await client.says('client action revoke session', { all: true })).toMatchObject({ sessions_revoked: 2 })
    for (const other of others) {
      expect(await other.says('client action view account')).toMatchObject({ code: 'session_token_invalid' })
    }
    expect(await bob.says('client action view account')).toMatchObject({ account: BOB })
    expect(await client.says('client action revoke session', { all: true })).toMatchObject({ sessions_revoked: 0 })
  })

  it("refuses its own current session, another's and one that is over like one that does not exist", async () => {
    const daemon = await aDaemon()
    const over = await daemon.has(ADA)
    const overId = await sessionOf(over)
    daemon.time.turn(12 * HOUR)
    const bob = await daemon.has(BOB)
    const client = await anotherSession(daemon)
    const unknown = await client.says('client action revoke session', { session_id: 999 })
    expect(unknown).toMatchObject({ code: 'session_not_found' })
    for (const session_id of [await sessionOf(client), await sessionOf(bob), overId]) {
      expect(await client.says('client action revoke session', { session_id })).toEqual(unknown)
    }
    expect(await bob.says('client action view account')).toMatchObject({ account: BOB })
  })

  it.each([[{}], [{ session_id: 1, all: true }], [{ all: false }]])('does not understand %o', async (request) => {
    const client = await (await aDaemon()).has(ADA)
    expect(await client.says('client action revoke session', request)).toMatchObject({ code: 'malformed_request' })
  })
})

describe('every instruction of a session', () => {
  it.each(['client action alive ctoken', 'client action alive stoken', 'client action view session'] as const)(
    '%s refuses a token that belongs to another client id',
    async (path) => {
      const daemon = await aDaemon()
      const [one, two] = [await daemon.client(), await daemon.client()]
      const { session_token } = held(two)
      expect(await one.says(path, {}, { session_token })).toMatchObject({ code: 'session_token_invalid' })
    },
  )

  it('refused all that it declares, somewhere above', () => {
    expectAllRefusalsSeen('session')
  })
})
