import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aDaemonWithSockets, aLine, post } from './listening.ts'

/** One request of the seeds and what they say of its answer; the README beside the fixture tells more. */
interface Step {
  seed: string
  chain: Record<string, unknown>
  ok?: Record<string, unknown>
  exact?: string[]
  keep?: Record<string, string>
  passes_ms?: number
}

const conversation = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'seeds', 'conversation.json'), 'utf8'),
) as Step[]

const MOMENT = /^\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}$/
/** Maps from ids: which ids is this run's affair. */
const byId = (key: string) =>
  key.endsWith('_records') || key === 'records' || /(ewallet|clock|sheet|list)_archive$/.test(key)
const isId = (value: unknown) => Number.isInteger(value) && Number(value) > 0

/** How an answer differs from what the seeds show: nothing where it has the same keys of the same kinds. */
function differences(answer: unknown, ok: unknown, exact: readonly string[], key = 'answer'): string[] {
  const differs = (why: string) => [`${key}: ${JSON.stringify(answer)} ${why}`]
  if (typeof ok === 'string' && MOMENT.test(ok)) return MOMENT.test(String(answer)) ? [] : differs('is no moment')
  if (typeof ok === 'number' && !exact.includes(key)) return typeof answer === 'number' ? [] : differs('is no number')
  if (typeof ok !== 'object' || ok === null) return answer === ok ? [] : differs(`is not ${JSON.stringify(ok)}`)
  if (typeof answer !== 'object' || answer === null) return differs('is no object')
  const [found, shown] = [Object.entries(answer), Object.entries(ok)]
  if (byId(key)) {
    if (!found.every(([id]) => isId(Number(id)))) return differs('is not by id')
    if (shown.length === 0 || found.length === 0) return shown.length === found.length ? [] : differs('is not as many')
    return found.flatMap(([, value]) => differences(value, shown[0]?.[1], exact, `${key} each`))
  }
  const keys = (entries: typeof found) => JSON.stringify(entries.map(([name]) => name).sort())
  if (keys(found) !== keys(shown)) return differs(`has other keys than ${keys(shown)}`)
  return shown.flatMap(([name, value]) => differences((answer as typeof ok)[name as never], value, exact, name))
}

/** A request with what was kept from answers before. */
function filled(chain: Step['chain'], kept: ReadonlyMap<string, unknown>): Step['chain'] {
  const value = (text: unknown) => (typeof text === 'string' && text.startsWith('$') ? kept.get(text.slice(1)) : text)
  return Object.fromEntries(Object.entries(chain).map(([key, text]) => [key, value(text)]))
}

/** The seeds' example of a frame: credentials and what the daemon knows by itself stand in a header. */
function framed({ client_id, session_token, ...chain }: Step['chain'], isToken: boolean) {
  const known = { src_address: '127.0.0.1', src_port: 8080, loggin_user: 'TestEWalletUser1', session_id: 1 }
  if (isToken) return { id: 1, header: known, command_chain: { client_id, session_token, ...chain } }
  return { id: 1, header: { client_id, session_token, ...known }, command_chain: chain }
}

describe.each(['WebSocket, framed', 'WebSocket, flat', 'HTTP, flat'])('the seeds, over %s', (way) => {
  it('every example is answered as they show it, up to what is settled', async () => {
    const { daemon, operator, sockets } = await aDaemonWithSockets({ scryptN: 16 })
    await sockets.startListener()
    const { port } = new URL(sockets.url)
    const line = await aLine(sockets.url)
    const kept = new Map<string, unknown>()
    const wrong: unknown[] = []
    for (const { seed, chain, ok, exact = [], keep = {}, passes_ms = 0 } of conversation) {
      const request = filled(chain, kept)
      const isSystem = chain.controller === 'system'
      const frame =
        way === 'WebSocket, framed' ? framed(request, isSystem || chain.request === 'session_token') : request
      const answer = isSystem
        ? await operator.sends(JSON.parse(JSON.stringify(frame)))
        : way === 'HTTP, flat'
          ? (await post({ port: Number(port) }, frame)).body
          : await line.says({ id: 1, ...frame })
      if (answer.failed) wrong.push([seed, answer])
      if (ok) wrong.push(...differences(answer, ok, exact).map((difference) => [seed, difference]))
      for (const [name, key] of Object.entries(keep)) kept.set(name, answer[key])
      daemon.time.turn(passes_ms)
    }
    expect(wrong).toEqual([])
  })
})

describe('a difference from the seeds', () => {
  const ok = {
    id: 1,
    name: 'Ada',
    create_date: '10-07-2020 00:45:15',
    records: { 1: 'Transfer Sheet Record' },
    credits: 5,
  }

  it.each<[string, object, number]>([
    ['none', { ...ok, id: 7, records: { 9: 'Transfer Sheet Record', 8: 'Transfer Sheet Record' } }, 0],
    ['another figure', { ...ok, credits: 6 }, 1],
    ['another text', { ...ok, name: 'Bob' }, 1],
    ['another kind', { ...ok, id: '1' }, 1],
    ['a key more', { ...ok, more: 1 }, 1],
    ['another moment', { ...ok, create_date: '2020-07-10T00:45:15Z' }, 1],
    ['another reference', { ...ok, records: { 1: 'Transfer record' } }, 1],
    ['no record', { ...ok, records: {} }, 1],
  ])('is seen: %s', (_, answer, count) => {
    expect(differences(answer, ok, ['credits'])).toHaveLength(count)
  })
})
