import { paths } from '@ewallet/protocol'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { expose } from '../../packages/server/src/metrics/exposition.ts'
import { Metrics } from '../../packages/server/src/metrics/metrics.ts'
import { aListeningDaemon, ask, post } from '../listening.ts'
import { aRunningDaemon } from '../process.ts'

const ASK = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }

/** The value of a line of figures. */
function figure(text: string, line: string): number {
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length + 1),
  )
}

describe('GET /ewallet/instruction-set', () => {
  it('tells every instruction, with its schemas and refusals', async () => {
    const { port } = await aListeningDaemon()
    const { status, body, headers } = await ask({ port }, 'GET', '/ewallet/instruction-set')
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json; charset=utf-8' })
    const { instructions } = body as unknown as { instructions: Record<string, object> }
    expect(Object.keys(instructions)).toEqual(paths)
    expect(instructions['client action pay']).toMatchObject({
      access: 'account',
      permission: 'pay',
      takes_idempotency_key: true,
      chain: { controller: 'client', ctype: 'action', action: 'pay' },
      request: { properties: { credits: { type: 'integer' } } },
      response: { properties: { paid: {} } },
      refusals: expect.arrayContaining(['insufficient_credits', 'too_busy']),
    })
  })
})

describe('GET /openapi.json', () => {
  it('is an OpenAPI 3.1 document, as a validator sees it that knows the standard alone', async () => {
    const { port } = await aListeningDaemon()
    const { status, body } = await ask({ port }, 'GET', '/openapi.json')
    expect(status).toBe(200)
    const validator = new Validator()
    expect(await validator.validate(structuredClone(body))).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
    // It does find what is wrong.
    const wrong = { ...structuredClone(body), paths: { '/ewallet': { post: { responses: 'none' } } } }
    expect(await new Validator().validate(wrong)).toMatchObject({ valid: false })
  })

  it('names what there is, and all of it is there', async () => {
    const { port } = await aListeningDaemon()
    const { body } = await ask({ port }, 'GET', '/openapi.json')
    const named = body as unknown as { paths: Record<string, Record<string, unknown>> }
    for (const [path, methods] of Object.entries(named.paths)) {
      for (const method of Object.keys(methods)) {
        const said = method === 'post' ? await post({ port }, ASK) : await ask({ port }, method.toUpperCase(), path)
        expect(said.status).toBe(200)
      }
    }
  })
})

describe.each(['/openapi.json', '/metrics', '/healthz'])('%s', (path) => {
  it('is only read', async () => {
    const { port } = await aListeningDaemon()
    expect(await ask({ port }, 'HEAD', path)).toMatchObject({ status: 200, text: '' })
    expect((await ask({ port }, 'DELETE', path)).status).toBe(405)
  })

  it('is refused to pages of other sites', async () => {
    const { port } = await aListeningDaemon()
    expect((await ask({ port }, 'GET', path, { headers: { origin: 'https://evil.example' } })).status).toBe(403)
    expect((await ask({ port }, 'GET', path, { headers: { host: 'evil.example' } })).status).toBe(403)
  })
})

describe('GET /metrics', () => {
  it('counts instructions by what they came to, and how long they took', async () => {
    const { port } = await aListeningDaemon()
    for (let n = 0; n < 3; n += 1) await post({ port }, ASK)
    await post({ port }, { ...ASK, colour: 'red' })
    await post({ port }, { controller: 'client', ctype: 'action', action: 'view', view: 'account' })
    const { text, headers, status } = await ask({ port }, 'GET', '/metrics')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const count = (labels: string) => figure(text, `ewallet_instructions_total{${labels}}`)
    expect(count('instruction="client action request client_id",outcome="done"')).toBe(3)
    expect(count('instruction="none",outcome="malformed_request"')).toBe(1)
    expect(count('instruction="client action view account",outcome="client_id_invalid"')).toBe(1)
    const latency = 'ewallet_instruction_seconds'
    const asked = 'instruction="client action request client_id"'
    expect(figure(text, `${latency}_bucket{${asked},le="+Inf"}`)).toBe(3)
    expect(figure(text, `${latency}_count{${asked}}`)).toBe(3)
    expect(figure(text, `${latency}_sum{${asked}}`)).toBeGreaterThan(0)
  })

  it('tells commits, fsyncs, sessions, connections, queues and the process of a real daemon', async () => {
    const { url } = await aRunningDaemon()
    const port = Number(new URL(url).port)
    const { client_id } = (await post({ port }, ASK)).body
    await post({ port }, { ...ASK, request: 'session_token', client_id })
    const { text } = await ask({ port }, 'GET', '/metrics')
    expect(figure(text, 'ewallet_sessions')).toBe(1)
    expect(figure(text, 'ewallet_connections')).toBe(1)
    expect(figure(text, 'ewallet_fsync_seconds_count')).toBeGreaterThan(0)
    expect(figure(text, 'ewallet_fsync_seconds_sum')).toBeGreaterThan(0)
    expect(figure(text, 'ewallet_commit_transactions_count')).toBe(figure(text, 'ewallet_fsync_seconds_count'))
    expect(figure(text, 'ewallet_subscriptions')).toBe(0)
    expect(text).toContain('# TYPE ewallet_queue gauge')
    expect(figure(text, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
  })

  it('is told on the admin channel too', async () => {
    const { admin } = await aRunningDaemon()
    expect((await ask({ socketPath: admin }, 'GET', '/metrics')).status).toBe(200)
  })

  it.each([{ 'x-forwarded-for': '203.0.113.9' }, { forwarded: 'for=203.0.113.9' }])(
    'is refused to whom a proxy on this machine speaks for: %j',
    async (headers) => {
      const { port } = await aListeningDaemon()
      expect((await ask({ port }, 'GET', '/metrics', { headers })).status).toBe(403)
    },
  )

  it('puts every figure where it belongs', async () => {
    const metrics = new Metrics()
    metrics.synced(1, 0.2)
    metrics.synced(100, 3)
    metrics.synced(5_000, 2_000)
    metrics.answered('client action pay', undefined, 2.5)
    metrics.answered('client action pay', 'insufficient_credits', 10_000)
    const queues = new Map([[7, 3]])
    const standing = {
      sessions: undefined,
      queues,
      subscriptions: 1,
      passwordsWaiting: 2,
      connections: 3,
      unsentBytes: 4,
    }
    const { text } = await expose(metrics, standing)
    const figures = [
      ['ewallet_commit_transactions_bucket{le="1"}', 1],
      ['ewallet_commit_transactions_bucket{le="64"}', 1],
      ['ewallet_commit_transactions_bucket{le="128"}', 2],
      ['ewallet_commit_transactions_bucket{le="+Inf"}', 3],
      ['ewallet_commit_transactions_sum', 5_101],
      ['ewallet_fsync_seconds_bucket{le="0.00025"}', 1],
      ['ewallet_fsync_seconds_bucket{le="0.005"}', 2],
      ['ewallet_fsync_seconds_sum', 2.0032],
      ['ewallet_instruction_seconds_bucket{instruction="client action pay",le="0.001"}', 0],
      ['ewallet_instruction_seconds_bucket{instruction="client action pay",le="0.0025"}', 1],
      ['ewallet_instructions_total{instruction="client action pay",outcome="insufficient_credits"}', 1],
      ['ewallet_queue{worker="7"}', 3],
      ['ewallet_passwords_waiting', 2],
      ['ewallet_sessions', Number.NaN],
    ] as const
    for (const [line, value] of figures) expect([line, figure(text, line)]).toEqual([line, value])
  })
})
