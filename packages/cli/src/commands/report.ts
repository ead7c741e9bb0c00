import { granted, misuse } from '../failure.ts'
import { duration, shortDuration } from '../output/amount.ts'
import { paint } from '../output/colour.ts'
import { jsonText } from '../output/json.ts'
import { printChart, printRows, type RowColumn } from '../output/print.ts'
import { boundsOf, intervalPages, type Say, statementPages } from '../reports/history.ts'
import { type Period, periodForms, periodWords, readPeriod } from '../reports/period.ts'
import { type DayRow, type Gathering, type Grouping, gatherReport, groupings, type Report } from '../reports/report.ts'
import { dateOf, dayOf, machineZone, openZone, type Zone } from '../reports/zone.ts'
import type { Given, SpecialCommand } from './command.ts'

/** Tells the time spent and the credits moved over a period. */
export const report: SpecialCommand = {
  args: '[period...]',
  options: [
    ['--by <what>', 'only by day, contact or type'],
    ['--chart', 'draw bars, by day unless --by says otherwise'],
  ],
  values: ({ flag, position }) => (flag === '--by' ? groupings : position === 0 ? periodWords : []),
  examples: [
    'ewallet report',
    'ewallet report last month --by contact',
    'ewallet report 2026-01-01..2026-03-31 --chart',
  ],
  notes: `The period is ${periodForms}; the week where none is typed. Days begin at midnight in --tz.
Time counts on the days it was spent once it was charged; credits are those of all wallets of the account.`,
  run,
}

async function run(given: Given): Promise<number> {
  const { style, options } = given
  const by = groupingOf(options.by)
  const isChart = options.chart === true
  const isForPeople = style.format === 'table' || style.format === 'plain'
  if (isChart && !isForPeople) throw misuse(`--chart draws for people; leave it out with ${style.format}.`)
  const zone = openZone(style.timeZone ?? machineZone())
  const now = Date.now()
  const period = readPeriod(given.args.join(' ') || 'week', zone, now)
  const { say } = given.link()
  const gathering = gatherReport(period, zone, now)
  await Promise.all([gatherEntries(gathering, say, period), gatherIntervals(gathering, say, period)])
  const found = gathering.report()

  if (style.format === 'json') given.terminal.stdout.write(`${jsonText(answerOf(found, zone, by))}\n`)
  else if (isForPeople) await tell(given, found, zone, { by, isChart })
  else await printRows(given.terminal, style, columns[by ?? 'day'], rowsOf(found, by ?? 'day'))
  return 0
}

async function gatherEntries(gathering: Gathering, say: Say, period: Period): Promise<void> {
  const { ewallets } = granted(await say('client action view credit ewallets', {}))
  for (const { id } of ewallets) {
    for await (const { entries } of statementPages(say, period, id)) gathering.entries(entries)
  }
}

async function gatherIntervals(gathering: Gathering, say: Say, period: Period): Promise<void> {
  for await (const intervals of intervalPages(say, period)) gathering.intervals(intervals)
}

function groupingOf(typed: unknown): Grouping | undefined {
  if (typed === undefined) return undefined
  const by = groupings.find((grouping) => grouping === typed)
  if (!by) throw misuse(`--by should be one of ${groupings.join(', ')}.`)
  return by
}

function rowsOf({ days, contacts, types }: Report, by: Grouping) {
  const rows = by === 'day' ? days : by === 'contact' ? contacts : types
  return rows as readonly object[] as readonly Readonly<Record<string, unknown>>[]
}

function answerOf(found: Report, zone: Zone, by: Grouping | undefined): object {
  const { period, days, contacts, types, milliseconds, credits_in, credits_out } = found
  const { from = null, to = null } = boundsOf(period)
  const totals = { milliseconds, credits_in, credits_out }
  const parts = { day: { days }, contact: { contacts }, type: { types } }
  const chosen = by ? parts[by] : { days, contacts, types }
  return { failed: false, period: period.name, from, to, time_zone: zone.name, ...totals, ...chosen }
}

const figures = [
  { key: 'credits_in', title: 'Credits in', right: true },
  { key: 'credits_out', title: 'Credits out', right: true },
]

const columns: Record<Grouping, readonly RowColumn[]> = {
  day: [{ key: 'date', title: 'Day' }, { key: 'milliseconds', title: 'Time', right: true }, ...figures],
  contact: [{ key: 'contact', title: 'With' }, { key: 'movements', title: 'Movements', right: true }, ...figures],
  type: [
    { key: 'type', title: 'What' },
    { key: 'movements', title: 'Movements', right: true },
    ...figures,
    { key: 'milliseconds_in', title: 'Time in', right: true },
    { key: 'milliseconds_out', title: 'Time out', right: true },
  ],
}

async function tell(
  { terminal, style }: Given,
  found: Report,
  zone: Zone,
  { by, isChart }: { by: Grouping | undefined; isChart: boolean },
): Promise<void> {
  const { bold, dim } = await paint(terminal.stdout)
  const write = (line: string) => terminal.stdout.write(`${line}\n`)
  write(`${bold(found.period.title)} ${dim(`(${zone.name})`)}`)
  let isAnything = false
  for (const grouping of by ? [by] : groupings) {
    const rows = rowsOf(found, grouping)
    if (rows.length === 0) continue
    isAnything = true
    write('')
    if (isChart && grouping === (by ?? 'day')) await printChart(terminal, style, barsOf(found, grouping))
    else {
      const all = [...rows, ...totalsOf(found, grouping)]
      const less = { columns: briefColumns(grouping), rows: all.map((row) => readable(row, shortDuration)) }
      await printRows(
        terminal,
        style,
        columns[grouping],
        all.map((row) => readable(row, duration)),
        [() => less],
      )
    }
  }
  if (!isAnything) write('Nothing moved.')
  else if (isChart) write(`\n${sumsOf(found)}`)
}

function totalsOf(
  { milliseconds, credits_in, credits_out }: Report,
  by: Grouping,
): Readonly<Record<string, unknown>>[] {
  return by === 'day' ? [{ date: 'Total', milliseconds, credits_in, credits_out }] : []
}

function sumsOf({ milliseconds, credits_in, credits_out }: Report): string {
  return `${duration(milliseconds / 60_000)} spent, ${credits_in} credits in, ${credits_out} out.`
}

const briefTitles: Readonly<Record<string, string>> = { movements: 'Moves', credits_in: 'In', credits_out: 'Out' }

/** The columns of a narrow terminal. */
function briefColumns(by: Grouping): RowColumn[] {
  return columns[by].map((column) => ({ ...column, title: briefTitles[column.key] ?? column.title ?? column.key }))
}

/** A row as a person reads it: weekdays named, time told in hours, nothing where there is nothing. */
function readable(row: Readonly<Record<string, unknown>>, told: (minutes: number) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => {
      if (key === 'date') return [key, weekdayOf(String(value))]
      if (value === 0) return [key, '']
      if (key.startsWith('milliseconds')) return [key, told(Number(value) / 60_000)]
      return [key, value]
    }),
  )
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

function weekdayOf(date: string): string {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const civil = dayOf(year, month, day)
  return civil === undefined ? date : `${date} ${weekdays[dateOf(civil).weekday]}`
}

function barsOf({ days, contacts, types }: Report, by: Grouping) {
  const credits = (label: string, row: { credits_in: number; credits_out: number }) => ({
    label,
    value: row.credits_in + row.credits_out,
    figure: `+${row.credits_in} -${row.credits_out}`,
  })
  if (by === 'contact') return contacts.map((row) => credits(row.contact, row))
  if (by === 'type') return types.filter(hasCredits).map((row) => credits(row.type, row))
  return days.map(({ date, milliseconds }: DayRow) => ({
    label: weekdayOf(date),
    value: milliseconds,
    figure: milliseconds === 0 ? '' : duration(milliseconds / 60_000),
  }))
}

function hasCredits(row: { credits_in: number; credits_out: number }): boolean {
  return row.credits_in + row.credits_out > 0
}
