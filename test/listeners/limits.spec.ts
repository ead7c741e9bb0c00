import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { settings } from '../../packages/cli/src/settings.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { Backlog } from '../../packages/server/src/listeners/backlog.ts'
import { aDaemon, PASSWORD } from '../harness.ts'
import { aLine, aListeningDaemon, bytesTo, type Line, post } from '../listening.ts'
import { aRunningDaemon } from '../process.ts'

const ASK = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }

const chain = (action: string, rest: object) => ({ controller: 'client', ctype: 'action', action, ...rest })
const LICENSE = chain('view', { view: 'license' })

const aLineTo = (port: number): Promise<Line> => aLine(`ws://127.0.0.1:${port}`)
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

/** A line whose reader never reads: what it asks for is answered, and the answers stay where they are. */
function fillWith(line: Line, frame: object, count: number): void {
  line.socket.pause()
  for (let id = 0; id < count; id += 1) line.sends(JSON.stringify({ id, ...frame }))
}

describe('every limit', () => {
  it('is a setting that `ewallet config list` tells, with the default the daemon has', async () => {
    const { held } = await readConfig({ EWALLET_HOME: '/nowhere' })
    const daemons = held.filter(({ name }) => name !== 'EWALLET_PORT_FALLBACK')
    const told = settings.map(({ name, default: value }) => ({ name: `EWALLET_${name.toUpperCase()}`, value }))
    expect(
      daemons.filter(({ name, value }) => !told.some((each) => each.name === name && each.value === value)),
    ).toEqual([])
  })
})

describe('the depth of a request', () => {
  it('is at most EWALLET_JSON_DEPTH, over WebSocket and HTTP', async () => {
    const { port } = await aListeningDaemon({ jsonDepthMax: 20 })
    const refused = { code: 'malformed_request', error: 'A request should be at most 20 levels deep.' }
    const line = await aLineTo(port)
    line.sends(deep(21))
    expect((await line.next()).response).toMatchObject(refused)
    expect((await post({ port }, deep(21))).body).toMatchObject(refused)
    expect((await post({ port }, deep(20))).body.error).not.toBe(refused.error)
  })
})

describe('the body of a request', () => {
  it('is at most EWALLET_BODY_BYTES, whatever its head says', async () => {
    const { port } = await aListeningDaemon({ bodyBytesMax: 2_048, frameBytesMax: 4_096 })
    const body = (bytes: number) => JSON.stringify(ASK).padEnd(bytes)
    expect((await post({ port }, body(2_048))).status).toBe(200)
    expect((await post({ port }, body(2_049))).status).toBe(413)
    const chunked = await post({ port }, body(2_049), { 'transfer-encoding': 'chunked' })
    expect(chunked.status).toBe(413)
  })
})

describe('the header of a request', () => {
  const half = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n'

  it.each([
    ['half of a header', half, /^HTTP\/1\.1 408 /],
    ['nothing at all', '', /^(HTTP\/1\.1 408 |$)/],
    ['half of a handshake', `${half}Connection: Upgrade\r\nUpgrade: websocket\r\n`, /^HTTP\/1\.1 408 /],
  ])('may take EWALLET_HEADER_SECONDS, then the connection ends: %s', async (_, bytes, answer) => {
    const { port } = await aListeningDaemon({ headerMs: 100 })
    expect(await bytesTo(port, bytes)).toMatch(answer)
  })
})

describe('a connection that gives no sign of life', () => {
  it('is cut where a ping has no pong within EWALLET_SILENT_SECONDS', async () => {
    const { port, sockets, refused } = await aListeningDaemon({ silentMs: 300 })
    const lively = await aLineTo(port)
    const dead = await aLine(`ws://127.0.0.1:${port}`, { autoPong: false })
    expect(await dead.closed).toBe(1006)
    expect(refused).toEqual(['no_pong'])
    expect(await lively.says(LICENSE)).toMatchObject({ failed: false })
    expect(sockets.connections).toBe(1)
  })

  it('is cut where nothing of an answer over HTTP is read within EWALLET_SILENT_SECONDS', async () => {
    const { port, sockets, refused } = await aListeningDaemon({ silentMs: 300 })
    const asks = 'GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(500)
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(asks)).pause()
    onTestFinished(() => {
      socket.destroy()
    })
    socket.on('error', () => {})
    await expect.poll(() => refused).toEqual(['answers_unread'])
    await expect.poll(() => sockets.connections).toBe(0)
  })

  it('is gone soon after its last word, whether its peer ends it too or not', async () => {
    const { port, sockets, refused } = await aListeningDaemon({ headerMs: 100, connectionsMax: 2 })
    const handshake = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
    for (const said of ['', `${handshake}Origin: https://evil.example\r\n\r\n`]) {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(said)).pause()
      onTestFinished(() => {
        socket.destroy()
      })
      socket.on('error', () => {})
    }
    await expect.poll(() => refused.toSorted()).toEqual(['header_time', 'origin'])
    await expect.poll(() => sockets.connections).toBe(0)
    expect(await (await aLineTo(port)).says(LICENSE)).toMatchObject({ failed: false })
  })
})

describe('a connection on which no session speaks', () => {
  it('is closed after EWALLET_UNAUTHENTICATED_SECONDS, whatever else was asked on it', async () => {
    const { port, daemon } = await aListeningDaemon({ unauthenticatedMs: 500 })
    const { header } = await daemon.client()
    const [silent, curious, known] = [await aLineTo(port), await aLineTo(port), await aLineTo(port)]
    expect(await known.says({ header, command_chain: chain('view', { view: 'session' }) })).toMatchObject({
      failed: false,
    })
    const stolen = { ...header, session_token: 'ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600' }
    await curious.says(LICENSE)
    await curious.says({ header: stolen, command_chain: chain('view', { view: 'session' }) })
    expect([await silent.closed, await curious.closed]).toEqual([1008, 1008])
    expect(await known.says(LICENSE)).toMatchObject({ failed: false })
  })
})

describe('a session', () => {
  it('may say EWALLET_PER_SECOND_PER_SESSION instructions a second; others are not held up', async () => {
    const daemon = await aDaemon({ config: { perSecondPerSessionMax: 10 } })
    const [ada, bob] = [await daemon.has('ada@example.org'), await daemon.has('bob@example.org')]
    daemon.time.turn(1_000)
    const said = []
    for (let n = 0; n < 12; n += 1) said.push(await ada.says('client action view account'))
    expect(said.map(({ failed }) => failed)).toEqual([...Array(10).fill(false), true, true])
    expect(said[11]).toMatchObject({ code: 'too_many_requests', details: { seconds: 1 } })
    expect(await bob.says('client action view account')).toMatchObject({ failed: false })
    daemon.time.turn(1_000)
    expect(await ada.says('client action view account')).toMatchObject({ failed: false })
  })

  it('that does not exist is bound by its connection, whatever token it names', async () => {
    const daemon = await aDaemon({ config: { perSecondPerSessionMax: 10 } })
    const stranger = daemon.stranger()
    const said = []
    for (let n = 0; n < 12; n += 1) said.push(await stranger.says('client action view license'))
    expect(said.filter(({ code }) => code === 'too_many_requests')).toHaveLength(2)
    expect(await daemon.stranger().says('client action view license')).toMatchObject({ failed: false })
  })

  it('over HTTP says when to come back, too', async () => {
    const { port, daemon } = await aListeningDaemon({ perSecondPerSessionMax: 2 })
    const { header } = await daemon.client()
    const view = { header, command_chain: chain('view', { view: 'session' }) }
    const answers = [await post({ port }, view), await post({ port }, view), await post({ port }, view)]
    expect(answers.map(({ status, headers }) => [status, headers['retry-after']])).toEqual([
      [200, undefined],
      [200, undefined],
      [429, '1'],
    ])
  })

  it('waits in its worker’s queue, which is EWALLET_QUEUE_PER_WORKER long', async () => {
    const daemon = await aDaemon({ config: { queuePerWorkerMax: 10 } })
    const people = [await daemon.has('ada@example.org'), await daemon.has('bob@example.org')]
    const said = await Promise.all(
      Array.from({ length: 12 }, (_, n) => people[n % 2]?.says('client action view account')),
    )
    expect(said.filter((answer) => answer?.code === 'too_busy')).toHaveLength(2)
  })
})

describe('what is said over the socket beyond a limit', () => {
  const SESSION = chain('view', { view: 'session' })

  /** Says something as several sessions at once, and gives back how often the answer was what. */
  async function saidAtOnce(port: number, headers: object[]): Promise<Record<string, number>> {
    const line = await aLineTo(port)
    for (const header of headers) line.sends(JSON.stringify({ header, command_chain: SESSION }))
    const outcomes: Record<string, number> = {}
    for (const _ of headers) {
      const { response } = await line.next()
      const outcome = response.failed ? String(response.code) : 'done'
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
    return outcomes
  }

  it('is refused: EWALLET_IN_FLIGHT_PER_SESSION of one session, while another is served', async () => {
    const { port, daemon } = await aListeningDaemon({ inFlightPerSessionMax: 4 })
    const [ada, bob] = [await daemon.client(), await daemon.client()]
    const headers = [...Array(6).fill(ada.header), bob.header]
    expect(await saidAtOnce(port, headers)).toEqual({ done: 5, too_busy: 2 })
  })

  it('is refused: EWALLET_QUEUE_PER_WORKER of all sessions of a worker', async () => {
    const { port, daemon } = await aListeningDaemon({ queuePerWorkerMax: 4 })
    const [ada, bob] = [await daemon.client(), await daemon.client()]
    await saidAtOnce(port, [ada.header])
    await saidAtOnce(port, [bob.header])
    expect(await saidAtOnce(port, [...Array(3).fill(ada.header), ...Array(3).fill(bob.header)])).toEqual({
      done: 4,
      too_busy: 2,
    })
  })

  it('is refused: EWALLET_PER_SECOND_PER_SESSION, while another is served', async () => {
    const { port, daemon } = await aListeningDaemon({ perSecondPerSessionMax: 4 })
    const [ada, bob] = [await daemon.client(), await daemon.client()]
    daemon.time.turn(1_000)
    expect(await saidAtOnce(port, [...Array(6).fill(ada.header), bob.header])).toEqual({
      done: 5,
      too_many_requests: 2,
    })
  })

  it('is refused: EWALLET_SESSIONS_PER_ACCOUNT, over HTTP with when to come back', async () => {
    const { port, daemon } = await aListeningDaemon({ sessionsPerAccountMax: 2 })
    await daemon.has('ada@example.org')
    const login = chain('login', { user_email: 'ada@example.org', user_pass: PASSWORD })
    const said = []
    for (const _ of [2, 3])
      said.push(await post({ port }, { header: (await daemon.client()).header, command_chain: login }))
    expect(said.map(({ status, body, headers }) => [status, body.code, headers['retry-after']])).toEqual([
      [200, undefined, undefined],
      [429, 'too_many_sessions', '1'],
    ])
  })
})

describe('a reader that does not read', () => {
  it('is not read from any more, and holds nobody up', async () => {
    const daemon = await aRunningDaemon()
    const kilobytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1])
    const before = kilobytes()
    const slow = await aLine(daemon.url)
    fillWith(slow, LICENSE, 60_000)
    const quick = await aLine(daemon.url)
    for (let n = 0; n < 500; n += 1) expect(await quick.says(LICENSE)).toMatchObject({ failed: false })
    // What it asked for is 70 MB of answers; what it sent still waits on its own side.
    expect(slow.socket.bufferedAmount).toBeGreaterThan(0)
    expect(kilobytes() - before).toBeLessThan(60_000)
  })

  it('is closed once EWALLET_EVENTS_BUFFERED events wait for it, and goes on from its cursor', async () => {
    const { port, daemon, refused } = await aListeningDaemon({ eventsBufferedMax: 20, unauthenticatedMs: 1_000_000 })
    const ada = await daemon.has('ada@example.org', { credits: 1_000 })
    const bob = await daemon.has('bob@example.org')
    const slow = await aLineTo(port)
    const subscribe = (from: number) => ({
      header: bob.header,
      command_chain: chain('subscribe', { subscribe: 'events', from }),
    })
    await slow.says(subscribe(0))
    expect(await slow.nextEvent()).toMatchObject({ cursor: 1, event: 'account.login' })
    fillWith(slow, LICENSE, 10_000)
    for (let n = 0; n < 1_000; n += 1)
      await ada.says('client action transfer credits', { transfer_to: 'bob@example.org', credits: 1 })
    slow.socket.resume()
    expect(await slow.closed).toBe(1013)
    expect(refused).toEqual(['events_unread'])

    const again = await aLineTo(port)
    await again.says(subscribe(1))
    for (let cursor = 2; cursor <= 1_001; cursor += 1) expect(await again.nextEvent()).toMatchObject({ cursor })
    expect(await again.says(LICENSE)).toMatchObject({ failed: false })
  })

  it('is cut before all such readers together fill the memory', async () => {
    const { port, reception, refused } = await aListeningDaemon()
    const backlog = reception.backlog as unknown as { bytes: number; allBytesMax: number }
    backlog.allBytesMax = 100_000
    const slow = await aLineTo(port)
    fillWith(slow, LICENSE, 20_000)
    await expect.poll(() => refused).toEqual(['answers_unread'])
    slow.socket.resume()
    expect(await slow.closed).toBe(1006)
    expect(backlog.bytes).toBe(0)
    expect(await (await aLineTo(port)).says(LICENSE)).toMatchObject({ failed: false })
  })

  it('counts as too slow only where much waits for it, and for all together', () => {
    const backlog = new Backlog(100)
    backlog.add(101)
    expect([backlog.isTooSlow(65_536), backlog.isTooSlow(65_537)]).toEqual([false, true])
    backlog.add(-1)
    expect(backlog.isTooSlow(65_537)).toBe(false)
  })
})

describe('what is sent and never finished', () => {
  it('is cut before all of it together fills the memory, the largest first', async () => {
    const { port, reception, refused } = await aListeningDaemon()
    const unfinished = reception.unfinished as unknown as { allBytesMax: number; senders: Set<unknown> }
    unfinished.allBytesMax = 100_000
    const [small, large, quiet] = [await aLineTo(port), await aLineTo(port), await aLineTo(port)]
    small.socket.send('x'.repeat(20_000), { fin: false })
    large.socket.send('x'.repeat(90_000), { fin: false })
    expect(await large.closed).toBe(1006)
    const head = 'POST /ewallet/instruction-set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n'
    expect(await bytesTo(port, `${head}Content-Length: 200000\r\n\r\n${' '.repeat(90_000)}`)).toBe('')
    expect(refused).toEqual(['unfinished', 'unfinished'])
    expect(await quiet.says(LICENSE)).toMatchObject({ failed: false })
    small.socket.send(' ', { fin: true })
    expect(await small.next()).toMatchObject({ response: { code: 'malformed_request' } })
    expect(unfinished.senders.size).toBe(2)
  })

  it('in however many pieces closes its connection before it is many', async () => {
    const { port, refused } = await aListeningDaemon()
    const line = await aLineTo(port)
    for (let n = 0; n < 20_000; n += 1) line.socket.send('', { fin: false })
    expect(await line.closed).toBe(1008)
    expect(refused).toEqual(['bad_frame'])
  })
})

describe('a peer that pings without end and reads nothing', () => {
  it('is cut', async () => {
    const { port } = await aListeningDaemon()
    const line = await aLineTo(port)
    line.socket.pause()
    for (let n = 0; n < 100_000 && line.socket.readyState === line.socket.OPEN; n += 1)
      line.socket.ping('x'.repeat(125))
    line.socket.resume()
    expect(await line.closed).toBe(1006)
    expect(await (await aLineTo(port)).says(LICENSE)).toMatchObject({ failed: false })
  })
})

describe('a peer that is gone', () => {
  it('in the middle of everything leaves nothing behind', async () => {
    const { port, sockets } = await aListeningDaemon()
    for (let n = 0; n < 50; n += 1) {
      const line = await aLineTo(port)
      fillWith(line, LICENSE, 20)
      line.socket.terminate()
    }
    await expect.poll(() => sockets.connections).toBe(0)
  })
})
