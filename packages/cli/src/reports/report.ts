import type { Balances, Entry, Interval, Statement } from './history.ts'
import type { Period } from './period.ts'
import { type CivilDay, isoDay, splitByDay, type Zone } from './zone.ts'

/** What a report is gathered by. */
export const groupings = ['day', 'contact', 'type'] as const
export type Grouping = (typeof groupings)[number]

/** Time spent on a day, cut at midnight, and the credits that came and went. */
export interface DayRow {
  date: string
  milliseconds: number
  credits_in: number
  credits_out: number
}

/** The credits that came from and went to somebody. */
export interface ContactRow {
  contact: string
  movements: number
  credits_in: number
  credits_out: number
}

/** What moved by one kind of movement, in credits and in milliseconds on the clocks. */
export interface TypeRow {
  type: string
  movements: number
  credits_in: number
  credits_out: number
  milliseconds_in: number
  milliseconds_out: number
}

/** An account's time and credits over a period. */
export interface Report {
  period: Period
  days: DayRow[]
  contacts: ContactRow[]
  types: TypeRow[]
  milliseconds: number
  credits_in: number
  credits_out: number
}

/** Beyond so many days only those with something on them are told. */
const DAYS_MAX = 62

/** A report in the making: takes what moved page by page, so that nothing of it has to stay. */
export interface Gathering {
  entries(page: readonly Entry[]): void
  intervals(page: readonly Interval[]): void
  /** All of it together; days to come are left out. */
  report(): Report
}

/** Begins a report. */
export function gatherReport(period: Period, zone: Zone, now: number): Gathering {
  const days = new Map<CivilDay, DayRow>()
  const contacts = new Map<string, Gathered>()
  const types = new Map<string, Gathered>()
  const dayRow = (day: CivilDay): DayRow => {
    let row = days.get(day)
    if (!row) {
      row = { date: isoDay(day), milliseconds: 0, credits_in: 0, credits_out: 0 }
      days.set(day, row)
    }
    return row
  }
  return {
    entries(page) {
      for (const entry of page) {
        gather(types, entry.kind, entry)
        if (entry.unit !== 'credits') continue
        if (entry.counterparty !== null) gather(contacts, entry.counterparty, entry)
        const row = dayRow(zone.dayAt(Date.parse(entry.at)))
        if (entry.amount > 0) row.credits_in += entry.amount
        else row.credits_out -= entry.amount
      }
    },
    intervals(page) {
      for (const interval of page) {
        for (const { day, start, stop } of splitByDay(interval, zone)) dayRow(day).milliseconds += stop - start
      }
    },
    report() {
      const { fromDay = Math.min(...days.keys()), toDay = Math.max(...days.keys()) + 1 } = period
      const until = Math.min(toDay, Math.max(zone.dayAt(now), ...days.keys()) + 1)
      if (until - fromDay <= DAYS_MAX) for (let day = fromDay; day < until; day += 1) dayRow(day)
      const told = [...days].sort(([one], [other]) => one - other).map(([, row]) => row)
      return {
        period,
        days: told,
        contacts: byWeight(contacts).map(({ name, movements, credits }) => ({
          contact: name,
          movements,
          credits_in: credits.in,
          credits_out: credits.out,
        })),
        types: byWeight(types).map(({ name, movements, credits, milliseconds }) => ({
          type: name,
          movements,
          credits_in: credits.in,
          credits_out: credits.out,
          milliseconds_in: milliseconds.in,
          milliseconds_out: milliseconds.out,
        })),
        milliseconds: sum(told.map(({ milliseconds }) => milliseconds)),
        credits_in: sum(told.map(({ credits_in }) => credits_in)),
        credits_out: sum(told.map(({ credits_out }) => credits_out)),
      }
    },
  }
}

interface Flow {
  in: number
  out: number
}

interface Gathered {
  name: string
  movements: number
  credits: Flow
  milliseconds: Flow
}

function gather(groups: Map<string, Gathered>, name: string, { unit, amount }: Entry): void {
  let group = groups.get(name)
  if (!group) {
    group = { name, movements: 0, credits: { in: 0, out: 0 }, milliseconds: { in: 0, out: 0 } }
    groups.set(name, group)
  }
  group.movements += 1
  if (amount > 0) group[unit].in += amount
  else group[unit].out -= amount
}

/** What moved most first. */
function byWeight(groups: ReadonlyMap<string, Gathered>): Gathered[] {
  const weight = ({ credits, milliseconds }: Gathered) =>
    credits.in + credits.out + (milliseconds.in + milliseconds.out) / 60_000
  return [...groups.values()].sort(
    (one, other) => weight(other) - weight(one) || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0),
  )
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0)
}

/** What came and went in each unit over a statement, by which its opening becomes its closing. */
export function flowsOf({ entries }: Pick<Statement, 'entries'>): Record<keyof Balances, Flow> {
  const flows = { credits: { in: 0, out: 0 }, milliseconds: { in: 0, out: 0 } }
  for (const { unit, amount } of entries) {
    if (amount > 0) flows[unit].in += amount
    else flows[unit].out -= amount
  }
  return flows
}
