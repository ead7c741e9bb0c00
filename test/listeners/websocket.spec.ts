import { connect } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Connection } from '../../packages/server/src/handler.ts'
import { Reception } from '../../packages/server/src/listeners/reception.ts'
import { ListeningSockets } from '../../packages/server/src/listeners/sockets.ts'
import { openLog } from '../../packages/server/src/log.ts'
import { PASSWORD } from '../harness.ts'
import { aConfig, aLine, aListeningDaemon, bytesTo, type Line } from '../listening.ts'

const ASK = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }

const chain = (action: string, rest: object) => ({ controller: 'client', ctype: 'action', action, ...rest })

async function aLineTo(port: number, options = {}): Promise<Line> {
  return aLine(`ws://127.0.0.1:${port}`, options)
}

/** Gets a client id and a token over a line. */
async function introduced(line: Line): Promise<{ client_id: string; session_token: string }> {
  const { client_id } = (await line.says(ASK)) as unknown as { client_id: string }
  const asked = chain('request', { request: 'session_token', client_id })
  const { session_token } = (await line.says(asked)) as unknown as { session_token: string }
  return { client_id, session_token }
}

/** Signs somebody up and logs in over a line. */
async function ada(line: Line): Promise<{ client_id: string; session_token: string }> {
  const header = await introduced(line)
  const person = { user_name: 'ada', user_email: 'ada@example.org', user_pass: PASSWORD }
  await line.says({ header, ...chain('new', { new: 'account', ...person }) })
  await line.says({ header, ...chain('login', { user_email: 'ada@example.org', user_pass: PASSWORD }) })
  return header
}

describe('a frame on the WebSocket', () => {
  it('is answered as { id, response } in both of its forms', async () => {
    const { port } = await aListeningDaemon()
    const line = await aLineTo(port)
    line.sends(JSON.stringify({ id: 1, ...ASK }))
    expect(await line.next()).toEqual({ id: 1, response: { failed: false, client_id: expect.any(String) } })
    line.sends(JSON.stringify({ id: 2, header: {}, command_chain: ASK }))
    expect(await line.next()).toEqual({ id: 2, response: { failed: false, client_id: expect.any(String) } })
  })

  it.each([7, -1, 0, 'seven', ''])('is answered with its own id %j', async (id) => {
    const { port } = await aListeningDaemon()
    const line = await aLineTo(port)
    line.sends(JSON.stringify({ id, ...ASK }))
    expect(await line.next()).toMatchObject({ id })
  })

  it('is answered with id null where it has none', async () => {
    const { port } = await aListeningDaemon()
    const line = await aLineTo(port)
    line.sends(JSON.stringify(ASK))
    expect(await line.next()).toMatchObject({ id: null, response: { failed: false } })
  })

  it('need not wait for the one before', async () => {
    const { port } = await aListeningDaemon()
    const line = await aLineTo(port)
    const ids = Array.from({ length: 3_000 }, (_, n) => n)
    for (const id of ids) line.sends(JSON.stringify({ id, ...chain('view', { view: 'license' }) }))
    const heard = []
    for (const _ of ids) heard.push((await line.next()).id)
    expect(heard.toSorted((a, b) => Number(a) - Number(b))).toEqual(ids)
  })

  it('is answered as soon as its answer is ready, before an earlier one that takes long', async () => {
    const { port } = await aListeningDaemon({ scryptN: 65_536 })
    const line = await aLineTo(port)
    const header = await introduced(line)
    const login = chain('login', { user_email: 'nobody@example.org', user_pass: PASSWORD })
    line.sends(JSON.stringify({ id: 'slow', header, ...login }))
    line.sends(JSON.stringify({ id: 'quick', ...ASK }))
    expect([(await line.next()).id, (await line.next()).id]).toEqual(['quick', 'slow'])
  })
})

describe('what is no frame', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['words', 'ewallet pay everybody'],
    ['half of a frame', '{"id":1,"controller":"cli'],
    ['two frames in one message', '{"id":1}{"id":2}'],
    ['a number', '1'],
    ['a text', '"pay"'],
    ['null', 'null'],
    ['a list', '[1,2]'],
    ['bytes', Buffer.from(JSON.stringify({ id: 1, ...ASK }))],
    ['101 levels', deep(101)],
    ['half a million levels', deep(500_000)],
    ['objects within objects', `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`],
    ['an id that is an object', '{"id":{},"controller":"client"}'],
    ['an id that is no whole number', '{"id":1.5,"controller":"client"}'],
    ['a number beyond all numbers as its id', '{"id":1e999,"controller":"client"}'],
  ])('is refused as malformed_request with id null: %s', async (_, message) => {
    const { port } = await aListeningDaemon()
    const line = await aLineTo(port)
    line.sends(message)
    expect(await line.next()).toMatchObject({ id: null, response: { failed: true, code: 'malformed_request' } })
    expect(await line.says(ASK)).toMatchObject({ failed: false })
  })

  it.each([
    ['a hundred levels', { id: 1, controller: JSON.parse(deep(99)) }, 'unknown_instruction'],
    ['no words', { id: 1 }, 'unknown_instruction'],
    ['words of no instruction', { id: 1, ...chain('fly', { fly: 'away' }) }, 'unknown_instruction'],
    [
      '__proto__ as a field',
      JSON.parse(`{"id":1,"__proto__":{"a":1},${JSON.stringify(ASK).slice(1)}`),
      'malformed_request',
    ],
    ['constructor as a field', { id: 1, ...ASK, constructor: {} }, 'malformed_request'],
    ['a header that is a list', { id: 1, header: [], command_chain: ASK }, 'malformed_request'],
    ['a chain that is a text', { id: 1, command_chain: 'pay' }, 'malformed_request'],
    ['fields beside a chain', { id: 1, command_chain: ASK, credits: 5 }, 'malformed_request'],
  ])('is refused under its id, with what is wrong: %s', async (_, frame, code) => {
    const { port } = await aListeningDaemon()
    const line = await aLineTo(port)
    line.sends(JSON.stringify(frame))
    expect(await line.next()).toMatchObject({ id: 1, response: { failed: true, code } })
  })

  it('closes the connection where it is larger than EWALLET_FRAME_BYTES', async () => {
    const { port } = await aListeningDaemon({ frameBytesMax: 2_048 })
    const line = await aLineTo(port)
    line.sends(JSON.stringify({ id: 1, ...ASK, padding: 'x'.repeat(2_048) }))
    expect(await line.closed).toBe(1009)
    expect(await (await aLineTo(port)).says(ASK)).toMatchObject({ failed: false })
  })

  it.each([
    ['a text that is no UTF-8', Buffer.from([0x81, 0x84, 1, 2, 3, 4, 0xff ^ 1, 0xfe ^ 2, 0xff ^ 3, 0xfe ^ 4])],
    ['a frame without a mask', Buffer.from([0x81, 0x02, 0x7b, 0x7d])],
    ['a reserved opcode', Buffer.from([0x8b, 0x80, 1, 2, 3, 4])],
    ['half of a frame', Buffer.from([0x81, 0xfe, 0x10])],
  ])('ends only its own connection: %s', async (_, bytes) => {
    const { port } = await aListeningDaemon()
    const handshake = [
      'GET / HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]
    const socket = connect(port, '127.0.0.1', () => socket.write(`${handshake.join('\r\n')}\r\n\r\n`))
    await new Promise((resolve) => socket.once('data', resolve))
    socket.end(bytes)
    await new Promise((resolve) => socket.once('close', resolve).resume())
    expect(await (await aLineTo(port)).says(ASK)).toMatchObject({ failed: false })
  })

  it.each([
    ['garbage', Buffer.from([0, 1, 2, 3, 13, 10, 13, 10]), 'HTTP/1.1 400'],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03]), 'HTTP/1.1 400'],
    ['a header without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 'HTTP/1.1 431'],
  ])('before the handshake ends the connection: %s', async (_, bytes, status) => {
    const { port } = await aListeningDaemon()
    expect((await bytesTo(port, bytes)).slice(0, status.length)).toBe(status)
    expect(await (await aLineTo(port)).says(ASK)).toMatchObject({ failed: false })
  })
})

describe('compression', () => {
  it('is never agreed to, and what comes compressed all the same ends its connection', async () => {
    const { port } = await aListeningDaemon()
    const line = await aLineTo(port, { perMessageDeflate: true })
    expect(line.socket.extensions).toBe('')
    line.socket.send(Buffer.from('{}'), { compress: false, binary: false })
    expect(await line.next()).toMatchObject({ id: null })
    const { _socket } = line.socket as unknown as { _socket: { write(bytes: Buffer): void } }
    _socket.write(Buffer.from([0xc1, 0x80, 1, 2, 3, 4]))
    expect(await line.closed).toBe(1002)
  })
})

describe('who may connect', () => {
  it.each([
    ['a page of another site', { origin: 'https://evil.example' }, 403],
    ['a page of no site', { origin: 'null' }, 403],
    ["a page whose site's name was pointed here", { headers: { host: 'evil.example:7420' } }, 403],
  ])('is not %s', async (_, options, status) => {
    const { port } = await aListeningDaemon({ origins: ['https://wallet.example.org'] })
    await expect(aLineTo(port, options)).rejects.toBe(status)
  })

  it.each([
    ['a program', {}],
    ['a page of a listed origin', { origin: 'https://wallet.example.org' }],
    ['somebody who calls it localhost', { headers: { host: 'localhost:7420' } }],
    ['somebody who calls it by an address', { headers: { host: '[::1]' } }],
    ["somebody who calls it by a listed origin's name", { headers: { host: 'wallet.example.org' } }],
  ])('is %s', async (_, options) => {
    const { port } = await aListeningDaemon({ origins: ['https://wallet.example.org'] })
    expect(await (await aLineTo(port, options)).says(ASK)).toMatchObject({ failed: false })
  })

  it('is nobody more than EWALLET_CONNECTIONS; who leaves makes room', async () => {
    const { port } = await aListeningDaemon({ connectionsMax: 2 })
    const lines = [await aLineTo(port), await aLineTo(port)]
    await expect(aLineTo(port)).rejects.toBe(503)
    lines[0]?.socket.close()
    await lines[0]?.closed
    // The daemon hears of the end of a connection a moment after its peer.
    const again = await vi.waitFor(() => aLineTo(port), { timeout: 20_000 })
    expect(await again.says(ASK)).toMatchObject({ failed: false })
  })
})

describe('a subscribed connection', () => {
  it('hears events after the answer to its subscription, in order', async () => {
    const { port } = await aListeningDaemon()
    const line = await aLineTo(port)
    const header = await ada(line)
    expect(await line.says({ header, ...chain('subscribe', { subscribe: 'events', from: 0 }) })).toMatchObject({
      failed: false,
    })
    expect(await line.nextEvent()).toMatchObject({ event: 'account.login', cursor: 1, account: 'ada@example.org' })
  })

  it('is closed once EWALLET_EVENTS_BUFFERED events wait for it, to come back and go on from its cursor', async () => {
    const sockets = new ListeningSockets({ ...aConfig(), eventsBufferedMax: 10 }, openLog('silent'), () => {})
    let reader: Connection | undefined
    sockets.serve(
      new Reception((_, connection, reply) => {
        reader = connection
        reply({ failed: false })
      }),
    )
    await sockets.startListener()
    onTestFinished(() => sockets.end(0))
    const line = await aLine(sockets.url)
    await line.says(ASK)
    // Within one turn nothing is sent, as with a reader that does not read.
    const pushed = Array.from({ length: 12 }, (_, n) => reader?.push?.({ event: 'account.login', cursor: n + 1 }))
    expect(pushed).toEqual([...Array(10).fill(true), false, false])
    for (let cursor = 1; cursor <= 10; cursor += 1) expect(await line.nextEvent()).toMatchObject({ cursor })
    expect(await line.closed).toBe(1013)
  })
})
