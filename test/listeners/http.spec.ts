import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type RefusalCode, refusals, refuse } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { Reception } from '../../packages/server/src/listeners/reception.ts'
import { PASSWORD } from '../harness.ts'
import { aListeningDaemon, ask, bytesTo, post } from '../listening.ts'
import { aRunningDaemon } from '../process.ts'

const ASK = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }
const JSON_BODY = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(ASK) }

const chain = (action: string, rest: object) => ({ controller: 'client', ctype: 'action', action, ...rest })

/** Gets a client id and a token over HTTP. */
async function introduced(port: number): Promise<{ client_id: string; session_token: string }> {
  const client_id = String((await post({ port }, ASK)).body.client_id)
  const asked = chain('request', { request: 'session_token', client_id })
  return { client_id, session_token: String((await post({ port }, asked)).body.session_token) }
}

/** What a report says about where it came from. */
async function sourceOf(port: number, forwarded?: string): Promise<unknown> {
  const issue = { name: 'It broke', details: 'There.' }
  const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return (await post({ port }, chain('report', { report: 'issue', issue }), headers)).body.source
}

describe('POST /ewallet/instruction-set', () => {
  it('answers one flat instruction with one bare response', async () => {
    const { port } = await aListeningDaemon()
    const { status, headers, body } = await post({ port }, ASK)
    expect(body).toEqual({ failed: false, client_id: expect.stringMatching(/^ewsm-uid:/) })
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  })

  it('takes a framed instruction too', async () => {
    const { port } = await aListeningDaemon()
    const { body } = await post({ port }, { id: 1, header: {}, command_chain: ASK })
    expect(body).toMatchObject({ failed: false })
  })

  it('lets somebody sign up, log in and look at the wallet', async () => {
    const { port } = await aListeningDaemon()
    const held = await introduced(port)
    const person = { user_name: 'ada', user_email: 'ada@example.org', user_pass: PASSWORD }
    await post({ port }, { ...held, ...chain('new', { new: 'account', ...person }) })
    await post({ port }, { ...held, ...chain('login', { user_email: person.user_email, user_pass: PASSWORD }) })
    const wallet = await post({ port }, { ...held, ...chain('view', { view: 'credit', credit: 'ewallet' }) })
    expect(wallet.body).toMatchObject({ failed: false, ewallet_data: { credits: 0 } })
  })

  it('takes a charset beside the content type', async () => {
    const { port } = await aListeningDaemon()
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' }
    expect((await post({ port }, ASK, headers)).status).toBe(200)
  })

  it.each([
    ['what no instruction is called', chain('fly', { fly: 'away' }), 'unknown_instruction'],
    ['a field too many', { ...ASK, colour: 'red' }, 'malformed_request'],
    [
      'a system instruction',
      { controller: 'system', ctype: 'action', action: 'view', view: 'accounts' },
      'system_is_local',
    ],
    ['a caller without a client id', chain('view', { view: 'session' }), 'client_id_invalid'],
    [
      'a subscription, for nothing can be pushed',
      chain('subscribe', { subscribe: 'events' }),
      'subscription_needs_websocket',
    ],
  ] as const)('answers %s with the HTTP status of its refusal', async (_, instruction, code) => {
    const { port } = await aListeningDaemon()
    const held = await introduced(port)
    const person = { user_name: 'ada', user_email: 'ada@example.org', user_pass: PASSWORD }
    await post({ port }, { ...held, ...chain('new', { new: 'account', ...person }) })
    await post({ port }, { ...held, ...chain('login', { user_email: person.user_email, user_pass: PASSWORD }) })
    const isHers = code === 'subscription_needs_websocket'
    const { status, body } = await post({ port }, { ...(isHers ? held : {}), ...instruction })
    expect(body).toMatchObject({ failed: true, code })
    expect(status).toBe(refusals[code].status)
  })

  it('says when to come back after too many requests', async () => {
    const { port, daemon } = await aListeningDaemon()
    for (let n = 0; n < 100; n += 1) await post({ port }, ASK)
    daemon.time.turn(10_000)
    const { status, headers } = await post({ port }, ASK)
    expect({ status, wait: headers['retry-after'] }).toEqual({ status: 429, wait: '50' })
  })

  it('says when to come back while the daemon stops', async () => {
    const { port, reception } = await aListeningDaemon()
    await reception.close(0)
    const { status, headers, body } = await post({ port }, ASK)
    expect(body).toMatchObject({ failed: true, code: 'shutting_down' })
    expect({ status, wait: headers['retry-after'], connection: headers.connection }).toEqual({
      status: 503,
      wait: '1',
      connection: 'close',
    })
  })

  it.each<[string, string, string, object, number]>([
    ['another method', 'PATCH', '/ewallet/instruction-set', {}, 405],
    ['another method', 'PUT', '/ewallet/instruction-set', JSON_BODY, 405],
    ['another method', 'DELETE', '/healthz', {}, 405],
    ['another address', 'POST', '/ewallet', JSON_BODY, 404],
    ['another address', 'GET', '/', {}, 404],
    ['another address', 'GET', '/ewallet/instruction-set/', {}, 404],
    ['no content type', 'POST', '/ewallet/instruction-set', { body: '{}' }, 415],
    ['a form', 'POST', '/ewallet/instruction-set', { ...JSON_BODY, headers: { 'content-type': 'text/plain' } }, 415],
    [
      'a compressed body',
      'POST',
      '/ewallet/instruction-set',
      { ...JSON_BODY, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
      415,
    ],
    ['no body', 'POST', '/ewallet/instruction-set', { ...JSON_BODY, body: '' }, 400],
    ['half a body', 'POST', '/ewallet/instruction-set', { ...JSON_BODY, body: '{"controller":' }, 400],
    ['a list', 'POST', '/ewallet/instruction-set', { ...JSON_BODY, body: '[]' }, 400],
    ['too deep a body', 'POST', '/ewallet/instruction-set', { ...JSON_BODY, body: '['.repeat(2_000) }, 400],
    ['no UTF-8', 'POST', '/ewallet/instruction-set', { ...JSON_BODY, body: Buffer.from([0x22, 0xff, 0x22]) }, 400],
    ['too large a body', 'POST', '/ewallet/instruction-set', { ...JSON_BODY, body: ' '.repeat(5_000) }, 413],
    [
      'too large a body in pieces',
      'POST',
      '/ewallet/instruction-set',
      { headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }, body: ' '.repeat(5_000) },
      413,
    ],
  ])('refuses %s in JSON: %s %s', async (_, method, path, options, status) => {
    const { port } = await aListeningDaemon({ bodyBytesMax: 4_096 })
    const answer = await ask({ port }, method, path, options)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ failed: true, code: 'malformed_request', error: expect.stringMatching(/\.$/) })
    expect((await post({ port }, ASK)).status).toBe(200)
  })

  it('says which methods an address takes', async () => {
    const { port } = await aListeningDaemon()
    expect((await ask({ port }, 'PUT', '/ewallet/instruction-set')).headers.allow).toBe('GET, HEAD, POST')
    expect((await ask({ port }, 'POST', '/healthz')).headers.allow).toBe('GET, HEAD')
  })

  it('refuses a body of two lengths', async () => {
    const { port } = await aListeningDaemon()
    const head = 'POST /ewallet/instruction-set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n'
    expect(await bytesTo(port, `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`)).toMatch(/^HTTP\/1.1 400/)
  })

  it('refuses a request with two Host headers', async () => {
    const { port } = await aListeningDaemon()
    const hosts = 'Host: 127.0.0.1\r\nhost: evil.example\r\n'
    expect(await bytesTo(port, `GET /healthz HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 400/)
  })

  it('outlives a peer that leaves in the middle of its request', async () => {
    const { port } = await aListeningDaemon()
    const head = 'POST /ewallet/instruction-set HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n'
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(`${head}Content-Length: 10\r\n\r\n{`))
      socket.once('close', () => resolve()).resume()
    })
    expect((await post({ port }, ASK)).status).toBe(200)
  })
})

describe('the origin of a page', () => {
  it('is refused unless it is listed', async () => {
    const { port } = await aListeningDaemon()
    const { status, body } = await post({ port }, ASK, { origin: 'https://evil.example' })
    expect(status).toBe(403)
    expect(body).toMatchObject({ failed: true, warning: 'List it in EWALLET_ORIGINS.' })
  })

  it('may read the answer where it is listed', async () => {
    const origin = 'https://wallet.example.org'
    const { port } = await aListeningDaemon({ origins: [origin] })
    const allowed = await ask({ port }, 'OPTIONS', '/ewallet/instruction-set', { headers: { origin } })
    expect(allowed.status).toBe(204)
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
    })
    const answer = await post({ port }, ASK, { origin })
    expect(answer.headers['access-control-allow-origin']).toBe(origin)
    expect(answer.status).toBe(200)
  })
})

describe('the Host header', () => {
  it('is refused where it names another machine, as of a name that was pointed here', async () => {
    const { port } = await aListeningDaemon()
    expect((await post({ port }, ASK, { host: 'evil.example' })).status).toBe(403)
    expect((await post({ port }, ASK, { host: `localhost:${port}` })).status).toBe(200)
  })
})

describe('the address of a caller', () => {
  it("is the peer's, whatever X-Forwarded-For says", async () => {
    const { port } = await aListeningDaemon()
    expect(await sourceOf(port, '203.0.113.9')).toBe('127.0.0.1')
  })

  it.each([
    ['what a trusted proxy says', '203.0.113.9', '203.0.113.9'],
    ['the last that is not a trusted proxy', '198.51.100.1, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['IPv6 as it is', '2001:db8::1', '2001:db8::1'],
    ['the proxy itself where it says nothing', undefined, '127.0.0.1'],
    ['the proxy itself where it says no address', 'unknown', '127.0.0.1'],
  ])('is %s', async (_, forwarded, source) => {
    const { port } = await aListeningDaemon({ trustedProxies: ['127.0.0.1', '10.0.0.0/8'] })
    expect(await sourceOf(port, forwarded)).toBe(source)
  })
})

describe('a refusal', () => {
  const codes = Object.keys(refusals) as RefusalCode[]

  it.each(codes)('%s has its own HTTP status, and says when to come back where that makes sense', async (code) => {
    const { sockets } = await aListeningDaemon()
    await sockets.end(0)
    const refusal = refuse(code as 'too_many_attempts', { seconds: 6.2 })
    sockets.serve(new Reception((_frame, _connection, reply) => reply({ ...refusal })))
    await sockets.startListener()
    const port = Number(new URL(sockets.url).port)
    const { status, headers, body } = await post({ port }, ASK)
    expect(body).toMatchObject({ failed: true, code, error: refusals[code].error })
    expect(status).toBe(refusals[code].status)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(headers['retry-after']).toBe(status === 429 || status === 503 ? '7' : undefined)
  })
})

describe('GET /healthz', () => {
  it('answers 503 while the store cannot be read or written', async () => {
    const daemon = await aRunningDaemon()
    const port = Number(new URL(daemon.url).port)
    expect((await ask({ port }, 'GET', '/healthz')).status).toBe(200)
    rmSync(join(daemon.home, 'data'), { recursive: true })
    await post({ port }, ASK)
    const asked = { ...ASK, request: 'session_token', client_id: (await post({ port }, ASK)).body.client_id }
    expect((await post({ port }, asked)).body).toMatchObject({ code: 'store_unavailable' })
    const { status, headers, body } = await ask({ port }, 'GET', '/healthz')
    expect({ status, wait: headers['retry-after'], code: body.code }).toEqual({
      status: 503,
      wait: '1',
      code: 'store_unavailable',
    })
  })

  it('answers 200 while the daemon serves, and 503 once it stops', async () => {
    const { port, reception } = await aListeningDaemon()
    const well = await ask({ port }, 'GET', '/healthz?from=here')
    expect({ status: well.status, body: well.body }).toEqual({ status: 200, body: { status: 'ok' } })
    expect(await ask({ port }, 'HEAD', '/healthz')).toMatchObject({ status: 200, text: '' })
    await reception.close(0)
    expect((await ask({ port }, 'GET', '/healthz')).status).toBe(503)
  })
})
