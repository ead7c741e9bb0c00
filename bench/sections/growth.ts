import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { medianOf, spreadOf } from '../figures.ts'
import { copyHistory } from '../history.ts'
import { type Measured, offer } from '../load.ts'
import { granted, logIn, PASSWORD, type Person } from '../people.ts'
import { aFolder, program, type Server, startDaemon } from '../process.ts'
import type { Figure, Section } from '../section.ts'
import { transfersAround } from './throughput.ts'

const ACCOUNTS = 8
const SMALL = 1_000
const PAGES = 200
const TIMES = 100_000
/** How many transfers the last checkpoint has to draw where that is measured. */
const LAST = 10_000
/**
 * After how many megabytes a checkpoint is drawn where that is measured: sooner than the daemon does by itself, so that several fall
 * into a round, and as large a part of the time.
 */
const DRAWN_MB = '16'
/** Rounds with a checkpoint; each starts the large store twice. */
const DRAWING_ROUNDS = 3
/** The most that one file may hold. */
const IMPORTED = 10_000

/** A daemon upon a history, with those in it logged in. */
interface Grown {
  daemon: Server
  people: Person[]
  home: string
  /** When the history began and ended. */
  from: number
  to: number
}

async function grown(name: string, transfers: number): Promise<Grown> {
  const home = aFolder(name)
  const told = await copyHistory(join(home, 'data'), { accounts: ACCOUNTS, transfers })
  return { ...(await served(home)), home, ...told }
}

async function served(home: string, settings: Record<string, string> = {}) {
  const daemon = await startDaemon(home, settings)
  const people: Person[] = []
  for (let place = 0; place < ACCOUNTS; place += 1) people.push(await logIn(daemon.url, `h${place}@example.org`))
  return { daemon, people }
}

/** Ends the daemon; gives back how long that took, in ms, the last checkpoint included. */
async function ended({ daemon, people }: Pick<Grown, 'daemon' | 'people'>): Promise<number> {
  for (const { client } of people) client.close()
  const from = performance.now()
  await daemon.stop()
  return performance.now() - from
}

/** Has everybody send a credit to the next, so many times in all. */
async function sent({ people }: Pick<Grown, 'people'>, count: number): Promise<void> {
  let left = count
  const send = async (from: Person, to: Person) => {
    while (left > 0) {
      left -= 1
      granted(await from.client.say('client action transfer credits', { transfer_to: to.email, credits: 1 }))
    }
  }
  const senders = Array.from({ length: 128 }, (_, n) => {
    const at = (place: number) => people[place % people.length] as Person
    return send(at(n), at(n + 1))
  })
  await Promise.all(senders)
}

/** How long pages of 50 records take that end at moments all over a history, in ms. */
async function pagesMs({ people, from, to }: Grown): Promise<number[]> {
  const took: number[] = []
  for (let page = 0; page < PAGES; page += 1) {
    const { client } = people[page % people.length] as Person
    const moment = new Date(from + ((to - from) * (page + 1)) / PAGES).toISOString()
    const begun = performance.now()
    granted(await client.say('client action view transfer records', { to: moment, limit: 50 }))
    took.push(performance.now() - begun)
  }
  return took
}

/** How long a report over many time records takes as a command, in ms. */
function reportMs(rounds: number): number {
  const home = aFolder('report')
  const env = { PATH: process.env.PATH ?? '', EWALLET_HOME: home, TZ: 'UTC' }
  const run = (args: string[], input = '') =>
    execFileSync(process.execPath, [program('ewallet'), ...args], { env, input })
  run(['signup', '--name', 'ada', '--email', 'ada@example.org', '--password-stdin'], `${PASSWORD}\n`)
  run(['supply', '1000000'])
  run(['convert', '--credits', '1000000'])
  const at = (minute: number) => new Date(Date.UTC(2025, 0, 1) + minute * 60_000).toISOString()
  const file = join(home, 'times.csv')
  for (let from = 0; from < TIMES; from += IMPORTED) {
    const lines = Array.from({ length: IMPORTED }, (_, n) => `${at((from + n) * 5)},${at((from + n) * 5 + 3)},`)
    writeFileSync(file, `start,stop,notes\n${lines.join('\n')}\n`)
    run(['import', 'time', file])
  }
  const took = Array.from({ length: rounds }, () => {
    const from = performance.now()
    run(['report', 'all', '--json'])
    return performance.now() - from
  })
  run(['daemon', 'stop'])
  return medianOf(took)
}

/** What a store that is full costs beside one that is nearly empty. */
export const growth: Section = {
  name: 'growth',
  async measure({ rounds, forMs, records }, say) {
    const load = (
      { daemon, people }: Pick<Grown, 'daemon' | 'people'>,
      connections: number,
      inFlight: number,
      windows = 1,
    ) => {
      const says = Array.from({ length: connections }, (_, place) => transfersAround(people)[place % ACCOUNTS] as never)
      return offer({ url: daemon.url, says, inFlight, forMs: forMs * windows })
    }
    say(`writing ${records.toLocaleString('en')} transfers`)
    const small = await grown('small', SMALL)
    const large = await grown('large', records)
    const costs: Record<'small' | 'large', number[]> = { small: [], large: [] }
    for (let round = 1; round <= rounds; round += 1) {
      say(`transfers, round ${round} of ${rounds}`)
      costs.small.push(1_000 / (await load(small, ACCOUNTS, 32)).rate)
      costs.large.push(1_000 / (await load(large, ACCOUNTS, 32)).rate)
    }
    say('pages')
    const pages = spreadOf(await pagesMs(large))
    await ended(small)
    await ended(large)
    const stops: Record<'small' | 'large', number[]> = { small: [], large: [] }
    for (let round = 1; round <= rounds; round += 1) {
      say(`last checkpoints, round ${round} of ${rounds}`)
      for (const [kind, { home }] of [
        ['small', small],
        ['large', large],
      ] as const) {
        // What ending a process takes that has nothing to draw follows its memory, and is no part of a checkpoint.
        const idle = await ended(await served(home))
        // From a picture of all that is there, so that both have the same to draw.
        const again = await served(home)
        await sent(again, LAST)
        stops[kind].push((await ended(again)) - idle)
      }
    }

    say('checkpoints under load')
    const p99: Record<'calm' | 'drawing', number[]> = { calm: [], drawing: [] }
    const take = (kind: 'calm' | 'drawing', { latency }: Measured) => p99[kind].push(latency.p99)
    for (let round = 1; round <= Math.min(rounds, DRAWING_ROUNDS); round += 1) {
      for (const [kind, megabytes] of [
        ['calm', '4096'],
        ['drawing', DRAWN_MB],
      ] as const) {
        const again = await served(large.home, { EWALLET_CHECKPOINT_MB: megabytes })
        take(kind, await load(again, 100, 1, 2))
        await ended(again)
      }
    }
    say(`a report over ${TIMES.toLocaleString('en')} time records`)
    const report = reportMs(rounds)
    const count = records.toLocaleString('en')
    return [
      {
        what: `a transfer where ${count} are stored`,
        value: medianOf(costs.large),
        unit: 'ms',
        baseline: { what: `${SMALL} are stored`, value: medianOf(costs.small) },
        target: { atMost: 1.1 },
      },
      { what: `a page of 50 of ${count}, p99`, value: pages.p99, unit: 'ms', target: { atMost: 10 } },
      {
        what: 'what a checkpoint under load adds to p99',
        value: medianOf(p99.drawing) - medianOf(p99.calm),
        unit: 'ms',
        target: { atMost: 20 },
      },
      {
        what: `the checkpoint of ${LAST.toLocaleString('en')} where ${count} are stored`,
        value: medianOf(stops.large),
        unit: 'ms',
        baseline: { what: `${SMALL} are stored`, value: medianOf(stops.small) },
      },
      { what: 'ewallet report over 100,000 time records', value: report, unit: 'ms', target: { atMost: 1_000 } },
    ] satisfies Figure[]
  },
}
