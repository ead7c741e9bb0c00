import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, connect, isRefusal, type Path, type Request, type SocketConstructor } from '@ewallet/protocol'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { PASSWORD } from '../harness.ts'
import { ask, post } from '../listening.ts'
import { aRunningDaemon, type RunningDaemon } from '../process.ts'
import { type Heap, heapOf, lookedInto } from './heap.ts'

/** A short one runs with the tests; `npm run soak` sets these for a long one. */
const connections = Number(process.env.SOAK_CONNECTIONS ?? 200)
const seconds = Number(process.env.SOAK_SECONDS ?? 5)
const perSecond = Number(process.env.SOAK_PER_SECOND ?? 1_000)
const SUPPLIED = 1_000
/** How often all connections are opened and closed. */
const ROUNDS = seconds < 60 ? 3 : 10
/** What the daemon may have more in use after all rounds than after the first, in bytes: less than a few hundred of each. */
const GROWN_BYTES_MAX = 2 * 1_048_576
/** What reading may leave in use, in bytes: rows that were read are kept ready, up to a number. */
const READ_BYTES_MAX = 8 * 1_048_576
/** How long it is remembered who spoke: the second in which their instructions are counted. */
const REMEMBERED_MS = 1_100
/** What may be in use before a restart and not after it: up to 8,192 rows a table that are kept ready, and compiled code. */
const READY_BYTES_MAX = 24 * 1_048_576

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
  /** How many of them moved something, and so left records. */
  moved: number
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

const movements = new Set<Path>([
  'client action transfer credits',
  'client action pay',
  'client action convert credits2clock',
])

/** The next thing a person says: reads, and every third time a movement of credits or minutes where there may be any. */
function nextSaid({ account, turn }: Person, accounts: number, moves: boolean): [Path, object] {
  const other = emailOf((account + 1 + (turn % (accounts - 1))) % accounts)
  if (moves && turn % 3 === 0) {
    const moving: [Path, object][] = [
      ['client action transfer credits', { transfer_to: other, credits: 1 }],
      ['client action pay', { pay: other, credits: 1, notes: 'soak' }],
      ['client action convert credits2clock', { credits: 1 }],
    ]
    return moving[(turn / 3) % 3] as [Path, object]
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
  const figures: Figures = { said: 0, moved: 0, failed: new Map(), latencies: [], kilobytes: [], workedMs: 0 }
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
      if (movements.has(path)) figures.moved += 1
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

const megabytes = (bytes = 0) => `${(bytes / 1_048_576).toFixed(1)} MB`

/** A figure of a daemon that has no labels. */
async function figureOf({ admin }: RunningDaemon, name: string): Promise<number> {
  const { text } = await ask({ socketPath: admin }, 'GET', '/metrics')
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
}

/** Opens as many connections as there are, says something on each and leaves, several times; tells what is in use after each. */
async function comesAndGoes(daemon: RunningDaemon, heap: Heap): Promise<number[]> {
  const staying = await figureOf(daemon, 'ewallet_connections')
  const used: number[] = []
  const license = JSON.stringify({ controller: 'client', ctype: 'action', action: 'view', view: 'license' })
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let at = 0; at < connections; at += 50) {
      const some = Array.from({ length: Math.min(50, connections - at) }, async () => {
        const socket = new WebSocket(daemon.url)
        await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
        socket.send(license)
        await new Promise((resolve) => socket.once('message', resolve))
        socket.close()
        await new Promise((resolve) => socket.once('close', resolve))
      })
      await Promise.all(some)
    }
    await expect.poll(() => figureOf(daemon, 'ewallet_connections'), { timeout: 60_000 }).toBe(staying)
    await pause(REMEMBERED_MS)
    await post({ port: Number(new URL(daemon.url).port) }, license)
    used.push(await heap.used())
  }
  return used
}

it(
  `${connections} connections that say all kinds of things for ${seconds} s hear no error, and nothing is lost`,
  async () => {
    // Each connection counts as one of an address of its own, as behind a proxy.
    const env = { EWALLET_TRUSTED_PROXIES: '127.0.0.1', ...lookedInto }
    const daemon = await aRunningDaemon({ env })
    const heap = await heapOf(daemon)
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

    const used = [await heap.used()]
    const speaks = async (what: string, share: number, moves: boolean) => {
      const ms = seconds * 1_000 * share
      const figures = await speakFor(ms, people, accounts, moves, daemon.pid)
      used.push(await heap.used())
      const grown = (used.at(-1) ?? 0) - (used.at(-2) ?? 0)
      const each = moves
        ? `${(grown / figures.moved).toFixed(0)} bytes a movement`
        : `${(grown / figures.said).toFixed(1)} bytes a read`
      console.log(`${report(what, figures, ms)}; in use ${megabytes(used.at(-1))}, grown by ${each}`)
      return figures
    }
    const moving = [await speaks('moving and reading', 0.3, true), await speaks('moving and reading', 0.3, true)]
    const reading = await speaks('reading alone', 0.4, false)
    expect((used.at(-1) ?? 0) - (used.at(-2) ?? 0)).toBeLessThan(READ_BYTES_MAX)
    expect([...moving, reading].flatMap(({ failed }) => [...failed])).toEqual([])
    expect(moving.reduce((sum, { said }) => sum + said, 0)).toBeGreaterThan(connections)

    let held = 0
    for (const { client } of people.slice(0, accounts)) {
      const { ewallet_data } = granted(await client.say('client action view credit ewallet', {}))
      const { clock_data } = granted(await client.say('client action view credit clock', {}))
      held += ewallet_data.credits + clock_data.credit_clock
    }
    expect(held).toBe(accounts * SUPPLIED * 20)

    const idle = await comesAndGoes(daemon, heap)
    const allIdle = idle.map((bytes) => megabytes(bytes)).join(', ')
    console.log(`${connections} connections come and go ${ROUNDS} times; in use after each: ${allIdle}`)
    expect((idle.at(-1) ?? 0) - (idle[0] ?? 0)).toBeLessThan(GROWN_BYTES_MAX)

    for (const { client } of people) client.close()
    await expect.poll(() => figureOf(daemon, 'ewallet_connections'), { timeout: 60_000 }).toBe(0)
    const before = await heap.used()
    heap.leave()
    expect(await daemon.stop()).toBe(0)
    const fresh = await aRunningDaemon({ home: daemon.home, env })
    const heapAgain = await heapOf(fresh)
    const after = await heapAgain.used()
    heapAgain.leave()
    console.log(
      `the same records before a restart and after it, nobody connected: ${megabytes(before)}, ${megabytes(after)}`,
    )
    expect(before).toBeLessThan(after * 1.1 + READY_BYTES_MAX)
    expect(await fresh.stop()).toBe(0)
  },
  120_000 + seconds * 3_000,
)
