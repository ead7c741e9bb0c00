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

/** Gathers an account's charged time and the statements of its wallets into a report; days to come are left out. */
export function reportOf(
  period: Period,
  { statements, intervals }: { statements: readonly Statement[]; intervals: readonly Interval[] },
  zone: Zone,
  now: number,
): Report {
  const entries = statements.flatMap((statement) => statement.entries)
  const days = daysOf(period, entries, intervals, zone, now)
  const contacts = gathered(
    entries.filter(({ unit }) => unit === 'credits'),
    ({ counterparty }) => counterparty,
  )
  const types = gathered(entries, ({ kind }) => kind)
  return {
    period,
    days,
    contacts: contacts.map(({ name, movements, credits }) => ({
      contact: name,
      movements,
      credits_in: credits.in,
      credits_out: credits.out,
    })),
    types: types.map(({ name, movements, credits, milliseconds }) => ({
      type: name,
      movements,
      credits_in: credits.in,
      credits_out: credits.out,
      milliseconds_in: milliseconds.in,
      milliseconds_out: milliseconds.out,
    })),
    milliseconds: sum(days.map(({ milliseconds }) => milliseconds)),
    credits_in: sum(days.map(({ credits_in }) => credits_in)),
    credits_out: sum(days.map(({ credits_out }) => credits_out)),
  }
}

function daysOf(
  period: Period,
  entries: readonly Entry[],
  intervals: readonly Interval[],
  zone: Zone,
  now: number,
): DayRow[] {
  const rows = new Map<CivilDay, DayRow>()
  const rowOf = (day: CivilDay): DayRow => {
    const row = rows.get(day) ?? { date: isoDay(day), milliseconds: 0, credits_in: 0, credits_out: 0 }
    rows.set(day, row)
    return row
  }
  for (const interval of intervals) {
    for (const { day, start, stop } of splitByDay(interval, zone)) rowOf(day).milliseconds += stop - start
  }
  for (const { at, unit, amount } of entries) {
    if (unit !== 'credits') continue
    const row = rowOf(zone.dayAt(Date.parse(at)))
    if (amount > 0) row.credits_in += amount
    else row.credits_out -= amount
  }
  const { fromDay = Math.min(...rows.keys()), toDay = Math.max(...rows.keys()) + 1 } = period
  const until = Math.min(toDay, Math.max(zone.dayAt(now), ...rows.keys()) + 1)
  if (until - fromDay <= DAYS_MAX) for (let day = fromDay; day < until; day += 1) rowOf(day)
  return [...rows].sort(([one], [other]) => one - other).map(([, row]) => row)
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

/** Gathers entries by a name, what moved most first; those without one are left out. */
function gathered(entries: readonly Entry[], nameOf: (entry: Entry) => string | null): Gathered[] {
  const byName = new Map<string, Gathered>()
  for (const entry of entries) {
    const name = nameOf(entry)
    if (name === null) continue
    const group = byName.get(name) ?? {
      name,
      movements: 0,
      credits: { in: 0, out: 0 },
      milliseconds: { in: 0, out: 0 },
    }
    byName.set(name, group)
    group.movements += 1
    const flow = group[entry.unit]
    if (entry.amount > 0) flow.in += entry.amount
    else flow.out -= entry.amount
  }
  const weight = ({ credits, milliseconds }: Gathered) =>
    credits.in + credits.out + (milliseconds.in + milliseconds.out) / 60_000
  return [...byName.values()].sort(
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
