import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Path, paths, permissions } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import { MemoryStore } from '../../packages/server/src/store/memory/memory-store.ts'
import { aDaemon, aHandTurnedClock, type Client, expectAllRefusalsSeen, PASSWORD, type TestDaemon } from '../harness.ts'
import { aDaemonWithSockets, aTakenPort, listens } from '../listening.ts'
import { aHome } from '../process.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const operatorOf = (daemon: TestDaemon) => daemon.stranger({ isLocal: true })

/** What a client holds. */
const held = ({ header: { client_id = '', session_token = '' } }: Client) => ({ client_id, session_token })

/** Where a client's session is. */
function sessionOf(operator: Client, client: Client) {
  return operator.says('system action search session', { session_token: held(client).session_token })
}

describe('every system instruction', () => {
  it.each(paths.filter((path) => path.startsWith('system ')))('%s is heard on the admin channel only', async (path) => {
    const daemon = await aDaemon()
    const stranger = daemon.stranger()
    expect(await stranger.says(path as Path, {} as never)).toMatchObject({ failed: true, code: 'system_is_local' })
  })

  it('is not heard over TCP even from somebody who is logged in', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    expect(await ada.says('system action view accounts')).toMatchObject({ code: 'system_is_local' })
  })
})

describe('system action start instruction_listener', () => {
  it('opens the listener if it is not open yet', async () => {
    const { operator, sockets } = await aDaemonWithSockets()
    expect(await operator.says('system action start instruction_listener')).toEqual({
      failed: false,
      listener: 'started',
    })
    const { url } = sockets
    expect(await operator.says('system action start instruction_listener')).toMatchObject({ listener: 'started' })
    expect(sockets.url).toBe(url)
    expect(await listens(Number(new URL(url).port))).toBe(true)
  })

  it('refuses a port that is taken, unless another will do', async () => {
    const port = await aTakenPort()
    const { operator } = await aDaemonWithSockets({ port })
    expect(await operator.says('system action start instruction_listener')).toMatchObject({
      code: 'port_unavailable',
      details: { port, reason: 'EADDRINUSE' },
    })
    const fallingBack = await aDaemonWithSockets({ port, portFallback: true })
    expect(await fallingBack.operator.says('system action start instruction_listener')).toMatchObject({
      failed: false,
    })
  })
})

describe('system action open sockets', () => {
  it('opens a listener that answers, and names all opened this way', async () => {
    const { operator } = await aDaemonWithSockets()
    const { sockets } = await operator.says('system action open sockets', { in_port: 0 })
    expect(sockets).toMatchObject([{ host: '127.0.0.1' }])
    expect(await listens(sockets[0]?.port ?? 0)).toBe(true)
    const again = await operator.says('system action open sockets', { in_port: 0, out_port: 8081, host: '::1' })
    expect(again.sockets.map(({ host }) => host)).toEqual(['127.0.0.1', '::1'])
  })

  it('is said in the words of the seeds too', async () => {
    const { operator } = await aDaemonWithSockets()
    const chain = { controller: 'system', ctype: 'action', action: 'open', opening: 'sockets', in_port: 0, out_port: 0 }
    expect(await operator.sends(chain)).toMatchObject({ failed: false, sockets: [{ host: '127.0.0.1' }] })
  })

  it('refuses a port that is taken', async () => {
    const { operator } = await aDaemonWithSockets()
    const in_port = await aTakenPort()
    expect(await operator.says('system action open sockets', { in_port })).toMatchObject({ code: 'port_unavailable' })
  })

  it('refuses a host that other machines reach, without TLS and without EWALLET_INSECURE', async () => {
    const { operator } = await aDaemonWithSockets()
    expect(await operator.says('system action open sockets', { in_port: 0, host: '0.0.0.0' })).toMatchObject({
      code: 'host_not_permitted',
      details: { host: '0.0.0.0' },
    })
  })

  it('grants supply one by one while other machines reach the daemon', async () => {
    const { daemon, operator } = await aDaemonWithSockets({ insecure: true })
    const ada = await daemon.has(ADA)
    await operator.says('system action open sockets', { in_port: 0, host: '0.0.0.0' })
    expect(await ada.says('client action supply credits', { credits: 1 })).toMatchObject({ code: 'permission_denied' })
    await operator.says('system action close sockets')
    expect(await ada.says('client action supply credits', { credits: 1 })).toMatchObject({ failed: false })
  })
})

describe('system action close sockets', () => {
  it('closes the socket of a port, or all opened this way, and names those still open', async () => {
    const { operator } = await aDaemonWithSockets()
    await operator.says('system action open sockets', { in_port: 0 })
    await operator.says('system action open sockets', { in_port: 0 })
    const { sockets } = await operator.says('system action open sockets', { in_port: 0 })
    const ports = sockets.map(({ port }) => port)
    const [first = 0] = ports
    expect(await operator.says('system action close sockets', { port: first })).toEqual({
      failed: false,
      sockets: sockets.slice(1),
    })
    expect(await listens(first)).toBe(false)
    expect(await operator.says('system action close sockets')).toEqual({ failed: false, sockets: [] })
    expect(await Promise.all(ports.map(listens))).toEqual([false, false, false])
  })

  it("leaves the daemon's own listener open", async () => {
    const { operator, sockets } = await aDaemonWithSockets()
    await operator.says('system action start instruction_listener')
    await operator.says('system action close sockets')
    const port = Number(new URL(sockets.url).port)
    expect(await listens(port)).toBe(true)
    expect(await operator.says('system action close sockets', { port })).toMatchObject({ code: 'listener_not_found' })
  })
})

describe('system action new worker', () => {
  it('adds a vacant worker', async () => {
    const daemon = await aDaemon()
    expect(await operatorOf(daemon).says('system action new worker')).toEqual({
      failed: false,
      worker: 1,
      worker_data: {
        id: 1,
        create_date: '05-01-2026 09:00:00',
        state_code: 0,
        state_label: 'vacant',
        state_timestamp: '05-01-2026 09:00:00',
        session_pool: [],
        queue: 0,
      },
    })
  })

  it('refuses more workers than EWALLET_WORKERS', async () => {
    const daemon = await aDaemon({ config: { workersMax: 1 } })
    const operator = operatorOf(daemon)
    await operator.says('system action new worker')
    expect(await operator.says('system action new worker')).toMatchObject({ code: 'server_full' })
  })
})

describe('a worker', () => {
  it('is in use with its first session, full with its last, and vacant again when its last session leaves', async () => {
    const daemon = await aDaemon({ config: { sessionsPerWorkerMax: 2 } })
    const operator = operatorOf(daemon)
    const state = async () => {
      const { workers } = await operator.says('system action interogate workers')
      return Object.values(workers).map(({ state_code, state_label }) => `${state_code} ${state_label}`)
    }
    await operator.says('system action new worker')
    expect(await state()).toEqual(['0 vacant'])
    const first = await operator.says('system action new session')
    expect(await state()).toEqual(['1 in_use'])
    const second = await operator.says('system action new session')
    expect(await state()).toEqual(['2 full'])
    await operator.says('system action new session')
    expect(await state()).toEqual(['2 full', '1 in_use'])
    await operator.says('system action scrape session', { session_id: first.ewallet_session })
    expect(await state()).toEqual(['1 in_use', '1 in_use'])
    await operator.says('system action scrape session', { session_id: second.ewallet_session })
    expect(await state()).toEqual(['0 vacant', '1 in_use'])
  })

  it('tells since when it is in its state', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    await operator.says('system action new worker')
    daemon.time.turn(MINUTE)
    await operator.says('system action new session')
    daemon.time.turn(MINUTE)
    await operator.says('system action new session')
    const { workers } = await operator.says('system action interogate workers')
    expect(workers[1]).toMatchObject({ state_timestamp: '05-01-2026 09:01:00', session_pool: [1, 2] })
  })
})

describe('system action new session', () => {
  it('opens a session that no client holds, on a worker made for it', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    expect(await operator.says('system action new session', { reference: 'desk' })).toEqual({
      failed: false,
      worker: 1,
      ewallet_session: 1,
    })
    const { session_data } = await operator.says('system action interogate session', { session_id: 1 })
    expect(session_data).toMatchObject({ reference: 'desk', user_account: null })
  })

  it('takes the place of the oldest session where nobody ever logged in, when all are full', async () => {
    const daemon = await aDaemon({ config: { workersMax: 1, sessionsPerWorkerMax: 2 } })
    const operator = operatorOf(daemon)
    await operator.says('system action new session')
    await operator.says('system action new session')
    expect(await operator.says('system action new session')).toMatchObject({ worker: 1, ewallet_session: 3 })
    expect(await operator.says('system action interogate session', { session_id: 1 })).toMatchObject({
      code: 'session_not_found',
    })
  })

  it('refuses when somebody is logged in on every session there may be', async () => {
    const daemon = await aDaemon({ config: { workersMax: 1, sessionsPerWorkerMax: 1 } })
    await daemon.has(ADA)
    expect(await operatorOf(daemon).says('system action new session')).toMatchObject({ code: 'server_full' })
  })
})

describe('system action interogate session', () => {
  it('shows who is logged in on it', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    await ada.says('client action new account', { user_name: 'bob', user_email: BOB, user_pass: PASSWORD })
    await ada.says('client action login', { user_email: BOB, user_pass: PASSWORD })
    const bob = await ada.says('client action view account')
    expect(await operator.says('system action interogate session', { session_id: 1 })).toEqual({
      failed: false,
      ewallet_session: 1,
      worker: 1,
      session_data: {
        id: 1,
        reference: 'Session',
        create_date: '05-01-2026 09:00:00',
        write_date: '05-01-2026 09:00:00',
        expiration_date: '05-01-2026 21:00:00',
        worker: 1,
        user_account: BOB,
        user_account_archive: [ADA, BOB],
        credit_ewallet: bob.account_data.ewallet,
        contact_list: bob.account_data.contact_list,
      },
    })
  })

  it('refuses a session that does not exist', async () => {
    const daemon = await aDaemon()
    const refused = await operatorOf(daemon).says('system action interogate session', { session_id: 7 })
    expect(refused).toMatchObject({ code: 'session_not_found' })
  })
})

describe('system action interogate session_pool', () => {
  it('shows which sessions a worker holds', async () => {
    const daemon = await aDaemon({ config: { sessionsPerWorkerMax: 2 } })
    const operator = operatorOf(daemon)
    for (let n = 0; n < 3; n += 1) await operator.says('system action new session')
    expect(await operator.says('system action interogate session_pool', { worker_id: 1 })).toEqual({
      failed: false,
      worker: 1,
      session_pool: [1, 2],
    })
    expect(await operator.says('system action interogate session_pool', { worker_id: 2 })).toMatchObject({
      session_pool: [3],
    })
  })

  it('refuses a worker that does not exist', async () => {
    const daemon = await aDaemon()
    const refused = await operatorOf(daemon).says('system action interogate session_pool', { worker_id: 7 })
    expect(refused).toMatchObject({ code: 'worker_not_found' })
  })
})

describe('system action search session', () => {
  it('finds the session of a token', async () => {
    const daemon = await aDaemon()
    await daemon.client()
    const second = await daemon.client()
    expect(await sessionOf(operatorOf(daemon), second)).toEqual({ failed: false, ewallet_session: 2, worker: 1 })
  })

  it('refuses a token that is not known', async () => {
    const daemon = await aDaemon()
    const session_token = 'ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600'
    const refused = await operatorOf(daemon).says('system action search session', { session_token })
    expect(refused).toMatchObject({ code: 'session_not_found' })
  })
})

describe('system action add session', () => {
  it('assigns a session to another worker', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const client = await daemon.client()
    await operator.says('system action new worker')
    const moved = await operator.says('system action add session', { session_id: 1, worker_id: 2 })
    expect(moved).toEqual({ failed: false, ewallet_session: 1, worker: 2 })
    const { workers } = await operator.says('system action interogate workers')
    expect(workers).toMatchObject({ 1: { state_code: 0, session_pool: [] }, 2: { state_code: 1, session_pool: [1] } })
    expect(await client.says('client action view session')).toMatchObject({ failed: false })
  })

  it('leaves a session where it is when no worker is named', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    await operator.says('system action new session')
    await operator.says('system action new worker')
    expect(await operator.says('system action add session', { session_id: 1 })).toMatchObject({ worker: 1 })
  })

  it.each([
    ['a session that does not exist', { session_id: 7 }, 'session_not_found'],
    ['a worker that does not exist', { session_id: 1, worker_id: 7 }, 'worker_not_found'],
    ['a worker that is full', { session_id: 1, worker_id: 2 }, 'worker_full'],
  ])('refuses %s', async (_, request, code) => {
    const daemon = await aDaemon({ config: { sessionsPerWorkerMax: 1 } })
    const operator = operatorOf(daemon)
    await operator.says('system action new session')
    await operator.says('system action new session')
    expect(await operator.says('system action add session', request)).toMatchObject({ code })
  })
})

describe('system action add session_map', () => {
  it('maps a client id and its session token to another session', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    const { ewallet_session } = await operator.says('system action new session')
    const entry = { ...held(ada), session_id: ewallet_session }
    expect(await operator.says('system action add session_map', entry)).toEqual({
      failed: false,
      map_entry: { client_id: held(ada).client_id, ewallet_session },
    })
    expect(await sessionOf(operator, ada)).toMatchObject({ ewallet_session })
    expect(await ada.says('client action view session')).toMatchObject({ session_data: { session_user_account: null } })
  })

  it('gives back a session whose map was removed, with whoever is logged in there', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    const { client_id, session_token } = held(ada)
    await operator.says('system action remove session_map', { identifier: 'client_id', client_id })
    expect(await ada.says('client action view session')).toMatchObject({ code: 'session_token_invalid' })
    await operator.says('system action add session_map', { client_id, session_token, session_id: 1 })
    expect(await ada.says('client action view account')).toMatchObject({ account: ADA })
  })

  it('gives a client id that was never seen its first session', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const stranger = daemon.stranger()
    const { client_id } = await stranger.says('client action request client_id')
    const { ewallet_session: session_id } = await operator.says('system action new session')
    const session_token = 'ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600'
    await operator.says('system action add session_map', { client_id, session_token, session_id })
    expect(await stranger.says('client action view session', {}, { client_id, session_token })).toMatchObject({
      failed: false,
    })
  })

  it('refuses what does not go together', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const [ada, bob] = [await daemon.client(), await daemon.client()]
    const says = (entry: object) =>
      operator.says('system action add session_map', { ...held(ada), session_id: 1, ...entry })
    expect(await says({ client_id: 'ewsm-uid:nobody' })).toMatchObject({ code: 'client_id_invalid' })
    expect(await says({ session_token: 'no token' })).toMatchObject({ code: 'session_token_invalid' })
    expect(await says({ session_token: held(bob).session_token })).toMatchObject({ code: 'session_token_invalid' })
    const another = 'ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600'
    expect(await says({ session_token: another })).toMatchObject({ code: 'client_already_linked' })
    expect(await says({ session_id: 7 })).toMatchObject({ code: 'session_not_found' })
    expect(await says({ session_id: 2 })).toMatchObject({
      code: 'client_already_linked',
      error: 'Another client id already holds that session.',
    })
  })
})

describe('system action remove session_map', () => {
  it.each(['ewallet_session', 'session_token', 'client_id'] as const)(
    'takes a client id off its session, by %s, and says what is left on that worker',
    async (identifier) => {
      const daemon = await aDaemon()
      const operator = operatorOf(daemon)
      const [first, second] = [await daemon.client(), await daemon.client()]
      const known = { ...held(first), ewallet_session: 1 }
      expect(
        await operator.says('system action remove session_map', { identifier, [identifier]: known[identifier] }),
      ).toEqual({ failed: false, session_map: { [held(second).client_id]: 2 } })
      expect(await first.says('client action view session')).toMatchObject({ code: 'session_token_invalid' })
      expect(await second.says('client action view session')).toMatchObject({ failed: false })
      expect(await operator.says('system action interogate session', { session_id: 1 })).toMatchObject({
        failed: false,
      })
    },
  )

  it.each([
    [{ identifier: 'ewallet_session', ewallet_session: 7 }, 'session_not_found'],
    [{ identifier: 'ewallet_session', ewallet_session: 1 }, 'session_not_found'],
    [
      { identifier: 'session_token', session_token: 'ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600' },
      'session_token_not_found',
    ],
    [{ identifier: 'client_id', client_id: 'ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1767603600' }, 'client_id_not_found'],
  ] as const)('refuses %j, which maps nothing', async (request, code) => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    await operator.says('system action new session')
    expect(await operator.says('system action remove session_map', request)).toMatchObject({ code })
  })

  it('refuses an identifier without its value', async () => {
    const daemon = await aDaemon()
    const refused = await operatorOf(daemon).says('system action remove session_map', { identifier: 'client_id' })
    expect(refused).toMatchObject({ code: 'malformed_request' })
  })
})

describe('system action scrape session', () => {
  it('ends all its logins and removes it from its worker and maps', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    expect(await operator.says('system action scrape session', { session_id: 1 })).toEqual({
      failed: false,
      ewallet_session: 1,
      scraped: true,
    })
    expect(await ada.says('client action view session')).toMatchObject({ code: 'session_token_invalid' })
    expect(await operator.says('system action interogate session_pool', { worker_id: 1 })).toMatchObject({
      session_pool: [],
    })
    const { accounts } = await operator.says('system action view accounts')
    expect(accounts[1]).toMatchObject({ email: ADA, state_name: 'LoggedOut' })
  })

  it('refuses a session that does not exist', async () => {
    const daemon = await aDaemon()
    const refused = await operatorOf(daemon).says('system action scrape session', { session_id: 7 })
    expect(refused).toMatchObject({ code: 'session_not_found' })
  })
})

describe('system action cleanup sessions', () => {
  it('removes the expired sessions with their tokens, and no other', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    const unused = await daemon.client()
    await operator.says('system action new session')
    daemon.time.turn(10 * MINUTE)
    expect(await operator.says('system action cleanup sessions')).toEqual({
      failed: false,
      sessions_cleaned: 2,
      sessions: [2, 3],
      stokens: [held(unused).session_token.slice(0, 12)],
      workers: [1],
    })
    expect(await ada.says('client action view session')).toMatchObject({ failed: false })
    expect(await operator.says('system action cleanup sessions')).toMatchObject({ sessions_cleaned: 0, sessions: [] })
  })

  it('leaves a session that was used since it was last stored, and stores its use', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    daemon.time.turn(11 * HOUR)
    await ada.says('client action view session')
    daemon.time.turn(2 * HOUR)
    expect(await operator.says('system action cleanup sessions')).toMatchObject({ sessions_cleaned: 0 })
    await daemon.restarts()
    expect(await ada.says('client action view session')).toMatchObject({ failed: false })
  })

  it('removes one by its id, expired or not', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    expect(await operator.says('system action cleanup sessions', { session_id: 1 })).toEqual({
      failed: false,
      sessions_cleaned: 1,
      sessions: [1],
      stokens: [held(ada).session_token.slice(0, 12)],
      workers: [1],
    })
    expect(await operator.says('system action cleanup sessions', { session_id: 1 })).toMatchObject({
      code: 'session_not_found',
    })
  })

  it('sweeps more than one page', async () => {
    const daemon = await aDaemon({ config: { sessionsPerWorkerMax: 2_000 } })
    const operator = operatorOf(daemon)
    await Promise.all(Array.from({ length: 1_001 }, () => operator.says('system action new session')))
    daemon.time.turn(10 * MINUTE)
    expect(await operator.says('system action cleanup sessions')).toMatchObject({ sessions_cleaned: 1_001 })
  })
})

describe('system action cleanup ctokens', () => {
  it('removes the expired client ids, with what they hold', async () => {
    const daemon = await aDaemon({ config: { tokenMs: 60 * DAY } })
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    daemon.time.turn(30 * DAY)
    const fresh = await daemon.has(BOB)
    expect(await operator.says('system action cleanup ctokens')).toEqual({
      failed: false,
      ctokens_cleaned: 1,
      ctokens: [held(ada).client_id.slice(0, 12)],
      stokens: [held(ada).session_token.slice(0, 12)],
      sessions: [1],
    })
    expect(await fresh.says('client action view session')).toMatchObject({ failed: false })
    expect(await operator.says('system action cleanup ctokens')).toMatchObject({ ctokens_cleaned: 0 })
  })

  it('removes one by its name; it stays known as expired until its own date has passed', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    const { client_id } = held(ada)
    expect(await operator.says('system action cleanup ctokens', { client_id })).toMatchObject({ ctokens_cleaned: 1 })
    expect(await ada.says('client action verify ctoken validity', { client_id })).toMatchObject({
      valid: false,
      expired: true,
    })
    expect(await operator.says('system action cleanup ctokens')).toMatchObject({ ctokens_cleaned: 0 })
    daemon.time.turn(30 * DAY)
    expect(await operator.says('system action cleanup ctokens')).toMatchObject({ ctokens_cleaned: 1 })
  })

  it('refuses a client id that is not known', async () => {
    const daemon = await aDaemon()
    const { client_id } = await daemon.stranger().says('client action request client_id')
    const refused = await operatorOf(daemon).says('system action cleanup ctokens', { client_id })
    expect(refused).toMatchObject({ code: 'client_id_not_found' })
  })
})

describe('system action cleanup stokens', () => {
  it('removes the expired session tokens, with their sessions', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    daemon.time.turn(12 * HOUR)
    await daemon.client()
    expect(await operator.says('system action cleanup stokens')).toEqual({
      failed: false,
      stokens_cleaned: 1,
      stokens: [held(ada).session_token.slice(0, 12)],
      sessions: [1],
    })
  })

  it('removes one by its text', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const { session_token } = held(await daemon.client())
    expect(await operator.says('system action cleanup stokens', { session_token })).toMatchObject({
      stokens_cleaned: 1,
      sessions: [1],
    })
    expect(await operator.says('system action cleanup stokens', { session_token })).toMatchObject({
      code: 'session_token_not_found',
    })
  })
})

describe('system action cleanup workers', () => {
  it('removes the vacant workers but one, which is kept in reserve and not counted', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    await operator.says('system action new session')
    for (let n = 0; n < 4; n += 1) await operator.says('system action new worker')
    expect(await operator.says('system action cleanup workers')).toEqual({
      failed: false,
      workers_cleaned: 3,
      workers: [3, 4, 5],
      worker_reserved: 2,
    })
    expect(await operator.says('system action cleanup workers')).toEqual({
      failed: false,
      workers_cleaned: 0,
      workers: [],
      worker_reserved: 2,
    })
  })

  it('reserves none where none is vacant', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    await operator.says('system action new session')
    expect(await operator.says('system action cleanup workers')).toMatchObject({
      workers_cleaned: 0,
      worker_reserved: null,
    })
  })

  it('removes one by its id, and never gives the id out again', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    await operator.says('system action new worker')
    expect(await operator.says('system action cleanup workers', { worker_id: 1 })).toEqual({
      failed: false,
      workers_cleaned: 1,
      workers: [1],
      worker_reserved: null,
    })
    expect(await operator.says('system action new worker')).toMatchObject({ worker: 2 })
  })

  it.each([
    ['a worker that does not exist', 7, 'worker_not_found'],
    ['a worker that holds sessions', 1, 'worker_in_use'],
  ])('refuses %s', async (_, worker_id, code) => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    await operator.says('system action new session')
    expect(await operator.says('system action cleanup workers', { worker_id })).toMatchObject({ code })
  })
})

describe('system action cleanup accounts', () => {
  it('deletes the accounts whose 30 days are over', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA, { credits: 5 })
    await daemon.has(BOB)
    const { account_data } = await ada.says('client action view account')
    await ada.says('client action unlink account', { forfeit: true })
    daemon.time.turn(30 * DAY - 1)
    expect(await operator.says('system action cleanup accounts')).toMatchObject({ accounts_cleaned: 0 })
    daemon.time.turn(1)
    expect(await operator.says('system action cleanup accounts')).toEqual({
      failed: false,
      accounts_cleaned: 1,
      accounts: [account_data.id],
    })
    const { accounts } = await operator.says('system action view accounts')
    expect(accounts.map(({ email }) => email)).toEqual([
      'systemcore@ewallet.invalid',
      `deleted account #${account_data.id}`,
      BOB,
    ])
  })

  it('removes the events that are older than 90 days', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    daemon.time.turn(90 * DAY + 1)
    const again = await daemon.client()
    await again.says('client action login', { user_email: ADA, user_pass: PASSWORD })
    await operator.says('system action cleanup accounts')
    const { events } = await again.says('client action view events', { from: 1 })
    expect(events.map(({ event }) => event)).toEqual(['account.login'])
    expect(ada.heard).toEqual([])
  })
})

describe('system action start cleaner', () => {
  it('starts one, or all, and tells how often each sweeps', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    expect(await operator.says('system action start cleaner', { clean: 'sessions' })).toEqual({
      failed: false,
      cleaners: {
        accounts: { active: false, every_minutes: 60 },
        workers: { active: false, every_minutes: 60 },
        sessions: { active: true, every_minutes: 5 },
        ctokens: { active: false, every_minutes: 60 },
      },
    })
    const { cleaners } = await operator.says('system action start cleaner', { clean: 'all' })
    expect(Object.values(cleaners).map(({ active }) => active)).toEqual([true, true, true, true])
  })
})

describe('system action stop cleaner', () => {
  it('stops one, or all', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    await operator.says('system action start cleaner', { clean: 'all' })
    const { cleaners } = await operator.says('system action stop cleaner', { clean: 'accounts' })
    expect(Object.values(cleaners).map(({ active }) => active)).toEqual([false, true, true, true])
    const stopped = await operator.says('system action stop cleaner', { clean: 'all' })
    expect(Object.values(stopped.cleaners).map(({ active }) => active)).toEqual([false, false, false, false])
  })
})

describe('system action view accounts', () => {
  it('lists them page by page, SystemCore first, with what all their wallets hold', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA, { credits: 5 })
    await ada.says('client action new credit ewallet', {})
    const bob = await daemon.has(BOB)
    await bob.says('client action logout')
    const first = await operator.says('system action view accounts', { limit: 2 })
    expect(first.accounts).toEqual([
      { id: 1, name: 'SystemCore', email: 'systemcore@ewallet.invalid', state_name: 'LoggedOut', credits: -5 },
      { id: 2, name: 'ada', email: ADA, state_name: 'LoggedIn', credits: 5 },
    ])
    const rest = await operator.says('system action view accounts', { limit: 2, cursor: first.cursor ?? '' })
    expect(rest).toEqual({
      failed: false,
      accounts: [{ id: 3, name: 'bob', email: BOB, state_name: 'LoggedOut', credits: 0 }],
      cursor: null,
    })
  })
})

describe('system action view acl', () => {
  it('shows what an account may do: everything, where nothing was denied', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    expect(await operatorOf(daemon).says('system action view acl', { account: 'Ada@Example.org' })).toEqual({
      failed: false,
      account: ADA,
      acl: Object.fromEntries(permissions.map((permission) => [permission, 'allow'])),
    })
  })

  it('shows supply as denied where it is granted one by one', async () => {
    const daemon = await aDaemon({ config: { supply: 'granted' } })
    await daemon.has(ADA)
    expect(await operatorOf(daemon).says('system action view acl', { account: ADA })).toMatchObject({
      acl: { supply: 'deny', pay: 'allow' },
    })
  })

  it('refuses an account that does not exist', async () => {
    const daemon = await aDaemon()
    const refused = await operatorOf(daemon).says('system action view acl', { account: ADA })
    expect(refused).toMatchObject({ code: 'account_not_found' })
  })
})

describe('system action edit acl', () => {
  it('denies an account one thing, and allows it again', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const ada = await daemon.has(ADA)
    const denial = { account: ADA, permission: 'supply', allow: false } as const
    expect(await operator.says('system action edit acl', denial)).toMatchObject({
      account: ADA,
      acl: { supply: 'deny', transfer: 'allow' },
    })
    expect(await ada.says('client action supply credits', { credits: 1 })).toMatchObject({ code: 'permission_denied' })
    await operator.says('system action edit acl', { ...denial, allow: true })
    expect(await ada.says('client action supply credits', { credits: 1 })).toMatchObject({ failed: false })
  })

  it('grants supply to one account where EWALLET_SUPPLY is granted', async () => {
    const daemon = await aDaemon({ config: { supply: 'granted' } })
    const [ada, bob] = [await daemon.has(ADA), await daemon.has(BOB)]
    await operatorOf(daemon).says('system action edit acl', { account: ADA, permission: 'supply', allow: true })
    expect(await ada.says('client action supply credits', { credits: 1 })).toMatchObject({ failed: false })
    expect(await bob.says('client action supply credits', { credits: 1 })).toMatchObject({ code: 'permission_denied' })
  })

  it('refuses an account that does not exist', async () => {
    const daemon = await aDaemon()
    const request = { account: ADA, permission: 'pay', allow: false } as const
    expect(await operatorOf(daemon).says('system action edit acl', request)).toMatchObject({
      code: 'account_not_found',
    })
  })
})

describe('system action view issues', () => {
  it('lists the reported issues, newest first, page by page', async () => {
    const daemon = await aDaemon()
    const operator = operatorOf(daemon)
    const stranger = daemon.stranger()
    for (const name of ['one', 'two', 'three']) {
      await stranger.says('client action report issue', { issue: { name, details: 'It broke.', email: ADA } })
    }
    const first = await operator.says('system action view issues', { limit: 2 })
    expect(first.issues).toEqual([
      {
        id: 3,
        timestamp: '05-01-2026 09:00:00',
        source: '127.0.0.1',
        contact: ADA,
        name: 'three',
        details: 'It broke.',
        log: null,
      },
      expect.objectContaining({ id: 2 }),
    ])
    const rest = await operator.says('system action view issues', { cursor: first.cursor ?? '' })
    expect(rest).toMatchObject({ issues: [{ id: 1 }], cursor: null })
  })
})

/** A daemon upon a store on disk, and its folder. */
async function aDaemonOnDisk() {
  const folder = aHome()
  const time = aHandTurnedClock()
  const store = await openLowdbStore({ folder, time, checkpointBytes: 1 << 26, report: () => {} })
  onTestFinished(() => store.close())
  return { folder, daemon: await aDaemon({ time, store }) }
}

describe('system action backup store', () => {
  it('copies the store into a new folder while the daemon goes on', async () => {
    const { daemon } = await aDaemonOnDisk()
    await daemon.has(ADA, { credits: 10 })
    const path = join(aHome(), 'backup')
    const { seq, ...rest } = await operatorOf(daemon).says('system action backup store', { path })
    expect(rest).toEqual({ failed: false, path })
    expect(seq).toBeGreaterThan(0)
    const { client_id } = await daemon.stranger().says('client action request client_id')
    expect(client_id).toMatch(/^ewsm-uid:/)
    const copy = await openLowdbStore({ folder: path, time: daemon.time, checkpointBytes: 1 << 26, report: () => {} })
    onTestFinished(() => copy.close())
    expect(await copy.transaction(async (tx) => tx.balance('wallet:2', 'credits'))).toBe(10)
  })

  it('refuses a folder that is not empty', async () => {
    const { folder, daemon } = await aDaemonOnDisk()
    await daemon.has(ADA)
    const refused = await operatorOf(daemon).says('system action backup store', { path: folder })
    expect(refused).toMatchObject({ code: 'path_unavailable' })
  })

  it('refuses a store that is only in memory', async () => {
    const time = aHandTurnedClock()
    const daemon = await aDaemon({ time, store: new MemoryStore(time) })
    const refused = await operatorOf(daemon).says('system action backup store', { path: '/tmp/backup' })
    expect(refused).toMatchObject({ code: 'store_not_kept' })
  })
})

describe('system action verify store', () => {
  it('proves the store from the first journal line, and counts what it proved', async () => {
    const { daemon } = await aDaemonOnDisk()
    await daemon.has(ADA, { credits: 10, minutes: 5 })
    const { seq, ...counts } = await operatorOf(daemon).says('system action verify store')
    // A supply is one posting, a conversion two; each has an entry on both sides.
    expect(counts).toEqual({ failed: false, entries: 6, postings: 3, wallets: 2, clocks: 2 })
    expect(seq).toBeGreaterThan(0)
  })

  it('refuses to call a store proved that somebody wrote in, and to copy it', async () => {
    const { folder, daemon } = await aDaemonOnDisk()
    await daemon.has(ADA, { credits: 10 })
    const [journal = ''] = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => readFileSync(file, 'latin1').includes('supply credits'))
    writeFileSync(journal, readFileSync(journal, 'latin1').replace('supply credits', 'supplx credits'), 'latin1')
    expect(await operatorOf(daemon).says('system action verify store')).toMatchObject({ code: 'store_damaged' })
    const path = join(aHome(), 'backup')
    const refused = await operatorOf(daemon).says('system action backup store', { path })
    expect(refused).toMatchObject({ code: 'store_damaged' })
  })

  it('refuses a store that is only in memory', async () => {
    const time = aHandTurnedClock()
    const daemon = await aDaemon({ time, store: new MemoryStore(time) })
    expect(await operatorOf(daemon).says('system action verify store')).toMatchObject({ code: 'store_not_kept' })
  })
})

describe('system action stop daemon', () => {
  it('asks the daemon to stop, and answers', async () => {
    let asked = 0
    const daemon = await aDaemon({
      stop: () => {
        asked += 1
      },
    })
    const answer = await operatorOf(daemon).says('system action stop daemon')
    expect(answer).toEqual({ failed: false, stopping: true })
    expect(asked).toBe(1)
  })
})

describe('system', () => {
  it('refused all that it declares, somewhere above', () => {
    expectAllRefusalsSeen('system')
  })
})
