import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, connect, isRefusal, type Path, type Request, type SocketConstructor } from '@ewallet/protocol'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { PASSWORD } from '../harness.ts'
import { aRunningDaemon } from '../process.ts'

/** A short one runs with the tests; `npm run soak` sets these for a long one. */
const connections = Number(process.env.SOAK_CONNECTIONS ?? 200)
const seconds = Number(process.env.SOAK_SECONDS ?? 5)
const perSecond = Number(process.env.SOAK_PER_SECOND ?? 1_000)
const SUPPLIED = 1_000

interface Person {
  client: Client
  account: number
  /** What is said in turn. */
  turn: number
}

const emailOf = (account: number) => `p${account}@example.org`

/** What is heard while everybody speaks. */
interface Figures {
  said: number
  failed: Map<string, number>
  latencies: number[]
  kilobytes: { at: number; rss: number }[]
  /** What the daemon worked, in ms. */
  workedMs: number
}

/** A client with a session of its own, from an address of its own. */
async function introduced(url: string, at: number): Promise<Client> {
  const address = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`
  const headers = { 'x-forwarded-for': address }
  const client = await connect(url, {
    WebSocket: WebSocket as unknown as SocketConstructor,
    headers,
    timeoutMs: 60_000,
  })
  onTestFinished(() => client.close())
  const { client_id } = granted(await client.say('client action request client_id', {}))
  client.identify(client_id)
  const { session_token } = granted(await client.say('client action request session_token', { client_id }))
  client.identify(client_id, session_token)
  return client
}

function granted<T extends object>(answer: T): Exclude<T, { failed: true }> {
  if (isRefusal(answer)) throw new Error(`${answer.code}: ${answer.error}`)
  return answer as Exclude<T, { failed: true }>
}

const reads: [Path, object][] = [
  ['client action view credit ewallet', {}],
  ['client action view account', {}],
  ['client action view transfer records', { limit: 20 }],
  ['client action view credit clock', {}],
  ['client action view session', {}],
]

/** The next thing a person says: reads, and every third time a movement of credits or minutes where there may be any. */
function nextSaid({ account, turn }: Person, accounts: number, moves: boolean): [Path, object] {
  const other = emailOf((account + 1 + (turn % (accounts - 1))) % accounts)
  if (moves && turn % 3 === 0) {
    const movements: [Path, object][] = [
      ['client action transfer credits', { transfer_to: other, credits: 1 }],
      ['client action pay', { pay: other, credits: 1, notes: 'soak' }],
      ['client action convert credits2clock', { credits: 1 }],
    ]
    return movements[(turn / 3) % 3] as [Path, object]
  }
  return reads[turn % reads.length] as [Path, object]
}

/** How long a process has worked, of the processor's time. */
function workedMs(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user = 0, system = 0] = rest.split(' ').slice(11, 13).map(Number)
  return (user + system) * 10
}

/** Lets everybody speak, each after the answer before and a while, until it is over. */
async function speakFor(ms: number, people: readonly Person[], accounts: number, moves: boolean, pid: number) {
  const figures: Figures = { said: 0, failed: new Map(), latencies: [], kilobytes: [], workedMs: 0 }
  const meanPause = (people.length / perSecond) * 1_000
  const began = performance.now()
  const workedBefore = workedMs(pid)
  const sampling = setInterval(() => {
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    figures.kilobytes.push({ at: (performance.now() - began) / 1_000, rss })
  }, 500)
  const speak = async (person: Person) => {
    while (performance.now() - began < ms) {
      await pause(Math.random() * 2 * meanPause)
      person.turn += 1
      const [path, request] = nextSaid(person, accounts, moves)
      const sentAt = performance.now()
      const answer = await person.client.say(path, request as Request<Path>)
      figures.latencies.push(performance.now() - sentAt)
      figures.said += 1
      if (isRefusal(answer)) figures.failed.set(answer.code, (figures.failed.get(answer.code) ?? 0) + 1)
    }
  }
  await Promise.all(people.map(speak))
  clearInterval(sampling)
  figures.workedMs = workedMs(pid) - workedBefore
  return figures
}

/** What grows by a second, by least squares over the second half. */
function slopeOf(kilobytes: Figures['kilobytes']): number {
  const late = kilobytes.slice(Math.floor(kilobytes.length / 2))
  const mean = (of: number[]) => of.reduce((sum, each) => sum + each, 0) / of.length
  const [at, rss] = [mean(late.map((each) => each.at)), mean(late.map((each) => each.rss))]
  const [over, under] = late.reduce(
    ([xy, xx], each) => [xy + (each.at - at) * (each.rss - rss), xx + (each.at - at) ** 2],
    [0, 0] as [number, number],
  )
  return under === 0 ? 0 : over / under
}

function report(what: string, { said, failed, latencies, kilobytes, workedMs }: Figures, ms: number): string {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number) => `${(sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)} ms`
  const refused = [...failed].map(([code, count]) => `${code} ${count}`).join(', ') || 'none'
  const [first, last] = [kilobytes[0]?.rss ?? 0, kilobytes.at(-1)?.rss ?? 0].map((each) => (each / 1_024).toFixed(0))
  const rate = Math.round((said / ms) * 1_000)
  return (
    `${what}: ${connections} connections, ${said} instructions in ${(ms / 1_000).toFixed(0)} s (${rate}/s), refused: ${refused}; ` +
    `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(0.9999)}; ${((workedMs / said) * 1_000).toFixed(0)} µs of work each; memory ${first} → ${last} MB, slope ${slopeOf(kilobytes).toFixed(0)} KB/s`
  )
}

it(
  `${connections} connections that say all kinds of things for ${seconds} s hear no error, and nothing is lost`,
  async () => {
    // Each connection counts as one of an address of its own, as behind a proxy.
    const daemon = await aRunningDaemon({ env: { EWALLET_TRUSTED_PROXIES: '127.0.0.1' } })
    const accounts = Math.max(2, Math.floor(connections / 20))
    const people: Person[] = []
    for (let at = 0; at < connections; at += 50) {
      const some = Array.from({ length: Math.min(50, connections - at) }, async (_, n) => {
        const account = (at + n) % accounts
        const client = await introduced(daemon.url, at + n)
        const person = { user_name: `p${account}`, user_email: emailOf(account), user_pass: PASSWORD }
        if (at + n < accounts) granted(await client.say('client action new account', person))
        return { client, account, turn: at + n }
      })
      people.push(...(await Promise.all(some)))
    }
    for (const { client, account } of people) {
      granted(await client.say('client action login', { user_email: emailOf(account), user_pass: PASSWORD }))
    }
    for (const { client } of people.slice(0, accounts)) {
      granted(await client.say('client action supply credits', { credits: SUPPLIED * 20 }))
    }

    const moving = await speakFor(seconds * 600, people, accounts, true, daemon.pid)
    const reading = await speakFor(seconds * 400, people, accounts, false, daemon.pid)
    console.log(report('moving and reading', moving, seconds * 600))
    console.log(report('reading alone', reading, seconds * 400))
    expect([...moving.failed, ...reading.failed]).toEqual([])
    expect(moving.said).toBeGreaterThan(connections)

    let held = 0
    for (const { client } of people.slice(0, accounts)) {
      const { ewallet_data } = granted(await client.say('client action view credit ewallet', {}))
      const { clock_data } = granted(await client.say('client action view credit clock', {}))
      held += ewallet_data.credits + clock_data.credit_clock
    }
    expect(held).toBe(accounts * SUPPLIED * 20)
    expect(await daemon.stop()).toBe(0)
  },
  120_000 + seconds * 3_000,
)
