import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { aLine, aListeningDaemon, ask, bytesTo, post } from '../listening.ts'
import { aRunningDaemon, type RunningDaemon } from '../process.ts'

const ASK = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }
const CANARY = 'canary-sings-in-a-header-7'

/** What was written down of connections that were refused. */
function linesOf(daemon: RunningDaemon): Record<string, unknown>[] {
  const lines = daemon.stderr().trim().split('\n')
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => String(event).includes('connections refused'))
}

/** What was written down one by one, as `reason address`. */
function told(daemon: RunningDaemon): string[] {
  const lines = daemon.stderr().trim().split('\n')
  const single = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'connection refused')
  return single.map(({ reason, address }) => `${reason} ${address}`)
}

/** A figure without labels. */
async function figure({ admin }: RunningDaemon, name: string): Promise<number> {
  const { text } = await ask({ socketPath: admin }, 'GET', '/metrics')
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
}

/** How many were counted, by reason, those that are none left out. */
async function counted({ admin }: RunningDaemon): Promise<Record<string, number>> {
  const { text } = await ask({ socketPath: admin }, 'GET', '/metrics')
  const lines = text.matchAll(/^ewallet_connections_refused_total\{reason="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries(
    [...lines].map(([, reason, count]) => [reason, Number(count)] as const).filter(([, n]) => n),
  )
}

describe('who is turned away', () => {
  it('is written down with the reason and the address, and counted', async () => {
    const daemon = await aRunningDaemon({
      env: {
        EWALLET_TRUSTED_PROXIES: '127.0.0.1',
        EWALLET_CONNECTIONS: '6',
        EWALLET_CONNECTIONS_PER_ADDRESS: '1',
        EWALLET_HEADER_SECONDS: '1',
        EWALLET_UNAUTHENTICATED_SECONDS: '4',
        EWALLET_FRAME_BYTES: '1024',
        EWALLET_BODY_BYTES: '1024',
      },
    })
    const port = Number(new URL(daemon.url).port)
    const as = (address: string, more = {}) => ({ headers: { 'x-forwarded-for': address, ...more } })
    await expect(aLine(daemon.url, as('192.0.2.1', { origin: 'https://evil.example' }))).rejects.toBe(403)
    await expect(aLine(daemon.url, as('192.0.2.2', { host: 'evil.example' }))).rejects.toBe(403)
    expect((await post({ port }, 'x'.repeat(2_000), as('192.0.2.3').headers)).status).toBe(413)
    expect(await bytesTo(port, 'GET /healthz HTTP/1.1\r\n')).toMatch(/^HTTP\/1.1 408/)
    expect(await bytesTo(port, `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`)).toMatch(/^HTTP\/1.1 431/)
    expect(await bytesTo(port, 'ewallet, please\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
    const large = await aLine(daemon.url, as('192.0.2.4'))
    large.sends('x'.repeat(2_000))
    expect(await large.closed).toBe(1009)
    const bad = await aLine(daemon.url, as('192.0.2.5'))
    bad.socket.send(Buffer.from([0xff]), { binary: false })
    expect(await bad.closed).toBe(1007)
    // The daemon hears of the end of a connection a moment after its peer.
    await expect.poll(() => figure(daemon, 'ewallet_connections')).toBe(0)
    const silent = await aLine(daemon.url, as('192.0.2.6'))
    // Another one of the same address is one too many; of another address it is not.
    await expect(aLine(daemon.url, as('192.0.2.6'))).rejects.toBe(503)
    const others = []
    for (const n of [1, 2, 3, 4, 5]) others.push(await aLine(daemon.url, as(`198.51.100.${n}`)))
    await expect(aLine(daemon.url, as('192.0.2.7'))).rejects.toBe(503)
    expect(await Promise.all([silent, ...others].map(({ closed }) => closed))).toEqual(Array(6).fill(1008))

    expect(await counted(daemon)).toEqual({
      origin: 1,
      host: 1,
      connections: 1,
      connections_per_address: 1,
      header_time: 1,
      header_bytes: 1,
      not_http: 1,
      body_bytes: 1,
      frame_bytes: 1,
      bad_frame: 1,
      no_session: 6,
    })
    expect(await daemon.stop()).toBe(0)
    expect(told(daemon)).toEqual([
      'origin 192.0.2.1',
      'host 192.0.2.2',
      'body_bytes 192.0.2.3',
      'header_time 127.0.0.1',
      'header_bytes 127.0.0.1',
      'not_http 127.0.0.1',
      'frame_bytes 192.0.2.4',
      'bad_frame 192.0.2.5',
      'connections_per_address 192.0.2.6',
      // Whom the proxy speaks for is not read any more.
      'connections 127.0.0.1',
      'no_session 192.0.2.6',
      ...[1, 2, 3, 4].map((n) => `no_session 198.51.100.${n}`),
    ])
    expect(linesOf(daemon)).toMatchObject([{ level: 'warn', reasons: { no_session: 1 } }])
  }, 120_000)

  it('by the hundreds is summed up, and nothing that was said stands in the log', async () => {
    const daemon = await aRunningDaemon({ env: { EWALLET_LOG_LEVEL: 'trace' } })
    const port = Number(new URL(daemon.url).port)
    const headers = { origin: `https://${CANARY}.example`, authorization: CANARY, cookie: CANARY, 'user-agent': CANARY }
    for (let n = 0; n < 300; n += 1) {
      expect((await post({ port }, { ...ASK, user_pass: CANARY }, headers)).status).toBe(403)
    }
    expect((await ask({ port }, 'GET', `/${CANARY}?session_token=${CANARY}`)).status).toBe(404)
    expect(await bytesTo(port, `${CANARY}\r\n\r\n`)).toMatch(/^HTTP\/1.1 400/)
    expect(await counted(daemon)).toEqual({ origin: 300, not_http: 1 })
    await daemon.stop()
    expect(told(daemon)).toEqual([...Array(5).fill('origin 127.0.0.1'), 'not_http 127.0.0.1'])
    expect(linesOf(daemon)).toMatchObject([{ event: 'further connections refused', reasons: { origin: 295 } }])
    expect(daemon.stderr()).not.toContain(CANARY)
  }, 120_000)
})

/** An address of this machine that others reach it by. */
const outer = Object.values(networkInterfaces())
  .flat()
  .find((each) => each && !each.internal && each.family === 'IPv4')?.address

if (!outer)
  console.log('The limit of connections by address is not tried from outside: this machine has no such address.')

describe('one address', () => {
  it.skipIf(!outer)('has at most EWALLET_CONNECTIONS_PER_ADDRESS connections, while others are served', async () => {
    const { port, refused } = await aListeningDaemon({ host: '0.0.0.0', insecure: true, connectionsPerAddressMax: 2 })
    const [away, here] = [`ws://${outer}:${port}`, `ws://127.0.0.1:${port}`]
    const from = (localAddress: string) => ({ localAddress })
    const lines = [await aLine(away, from(`${outer}`)), await aLine(away, from(`${outer}`))]
    await expect(aLine(away, from(`${outer}`))).rejects.toBe(503)
    for (const _ of [1, 2, 3]) expect(await (await aLine(here)).says(ASK)).toMatchObject({ failed: false })
    expect(refused).toEqual(['connections_per_address'])
    lines[0]?.socket.close()
    await lines[0]?.closed
    await expect
      .poll(() =>
        aLine(away, from(`${outer}`)).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
  })

  it('behind a trusted proxy is counted by what the proxy says', async () => {
    const { port, refused } = await aListeningDaemon({ trustedProxies: ['127.0.0.1'], connectionsPerAddressMax: 2 })
    const by = (address: string) => aLine(`ws://127.0.0.1:${port}`, { headers: { 'x-forwarded-for': address } })
    const [first] = [await by('192.0.2.1'), await by('192.0.2.1')]
    await expect(by('192.0.2.1')).rejects.toBe(503)
    expect(await (await by('192.0.2.2')).says(ASK)).toMatchObject({ failed: false })
    expect(refused).toEqual(['connections_per_address'])
    first?.socket.close()
    await first?.closed
    await expect
      .poll(() =>
        by('192.0.2.1').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
  })
})
