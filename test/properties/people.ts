import type { Path } from '@ewallet/protocol'
import * as fc from 'fast-check'
import type { Client, TestDaemon } from '../harness.ts'

let strangers = 0

/** Somebody nobody has met before, with credits and minutes. */
export async function somebody(
  daemon: TestDaemon,
  holding: { credits?: number; minutes?: number } = {},
): Promise<{ email: string; client: Client }> {
  strangers += 1
  // At most 100 of them a minute may come from one address.
  daemon.time.turn(1_000)
  const email = `person${strangers}@example.org`
  return { email, client: await daemon.has(email, holding) }
}

/** One step of a history: somebody, by number, says something; of two more numbers it takes what it needs. */
export type Step = { who: number; verb: Verb; to: number; amount: number; ms: number }

const verbs = [
  'supply',
  'transfer',
  'pay',
  'refund',
  'credits2clock',
  'clock2credits',
  'start',
  'pause',
  'resume',
  'stop',
  'import',
  'wait',
] as const
type Verb = (typeof verbs)[number]

const PEOPLE = 3

/** Any step of three people. */
export const anyStep: fc.Arbitrary<Step> = fc.record({
  who: fc.nat({ max: PEOPLE - 1 }),
  verb: fc.constantFrom(...verbs),
  to: fc.nat({ max: PEOPLE - 1 }),
  amount: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 60 }) },
    fc.integer({ min: 1, max: 1_000_000_000 }),
  ),
  ms: fc.integer({ min: 1, max: 40 * 60_000 }),
})

/** Three people living through steps; each hears an answer, or time passes. */
export class Company {
  readonly daemon: TestDaemon
  readonly people: { email: string; client: Client; records: number[] }[] = []
  /** How many credits were supplied. */
  supplied = 0

  private constructor(daemon: TestDaemon) {
    this.daemon = daemon
  }

  static async of(daemon: TestDaemon): Promise<Company> {
    const company = new Company(daemon)
    for (let count = 0; count < PEOPLE; count += 1) {
      company.people.push({ ...(await somebody(daemon, { credits: 50, minutes: 20 })), records: [] })
      company.supplied += 70
    }
    return company
  }

  async takes({ who, verb, to, amount, ms }: Step): Promise<void> {
    const { daemon } = this
    const me = this.the(who)
    const partner = this.the(to)
    const says = async (path: Path, request: object) => {
      const answer: Record<string, unknown> = await me.client.says(path, request as never)
      return answer.failed === false ? answer : undefined
    }
    switch (verb) {
      case 'supply':
        if (await says('client action supply credits', { credits: amount })) this.supplied += amount
        return
      case 'transfer':
      case 'pay': {
        const request = verb === 'pay' ? { pay: partner.email } : { transfer_to: partner.email }
        const path = verb === 'pay' ? 'client action pay' : 'client action transfer credits'
        const sent = await says(path, { ...request, credits: amount })
        if (sent) partner.records.push((sent.transfer_record as number) + 1)
        return
      }
      case 'refund': {
        const record_id = me.records[amount % Math.max(1, me.records.length)] ?? 999_999
        await says('client action refund transfer', { record_id, ...(ms % 2 ? { credits: amount } : {}) })
        return
      }
      case 'credits2clock':
        await says('client action convert credits2clock', { credits: amount })
        return
      case 'clock2credits':
        await says('client action convert clock2credits', { minutes: amount })
        return
      case 'import': {
        // An hour of its own a step, so that none overlaps another.
        daemon.time.turn(3_600_000)
        const stop = daemon.time.now()
        const records = [{ time_start: isoOf(stop - ms), time_stop: isoOf(stop) }]
        await says('client action import time_records', { records })
        return
      }
      case 'wait':
        daemon.time.turn(ms)
        return
      default:
        await says(`client action ${verb} clock_timer`, {})
    }
  }

  private the(who: number) {
    const person = this.people[who]
    if (!person) throw new Error(`Nobody is number ${who}.`)
    return person
  }
}

const isoOf = (at: number) => new Date(at).toISOString()
