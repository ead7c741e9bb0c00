import { clockTime, signed } from './clock-time.ts'
import { type ChartDay, dayChart } from './day-chart.ts'
import type { Statement } from './history.ts'
import { escapeHtml, figure, foreign, type HtmlColumn, htmlPage, htmlTable, minus, quieted } from './html.ts'
import type { Period } from './period.ts'
import { flowsOf, gatherReport } from './report.ts'
import { statementLines } from './statement-table.ts'
import { type CivilDay, dateOf, isoDay, type Zone } from './zone.ts'

/** Whose statement it is, over what, and when it was made. */
export interface StatementSetting {
  account: string
  period: Period
  zone: Zone
  /** In ms. */
  now: number
}

/** A statement as one printable page of HTML that needs nothing else. */
export function statementPage(statement: Statement, { account, period, zone, now }: StatementSetting): string {
  const empty = statement.entries.length === 0
  return htmlPage({
    title: `Statement, ${period.title}`,
    about: `Wallet ${statement.ewallet} of ${account}. Days and hours are those of ${zone.name}.`,
    body: [
      sums(statement),
      empty ? '' : chart(statement, period, zone, now),
      entriesTable(statement, zone),
      empty ? '' : gatherings(statement, period, zone, now),
    ].join('\n'),
    footer: `Made on ${zone.textAt(now)} from the ledger. Opening and movements add up to closing, to the millisecond.`,
  })
}

function sums(statement: Statement): string {
  const { opening, closing } = statement
  const flows = flowsOf(statement)
  const card = (name: string, kind: string, figures: readonly [string, string][], last: string) =>
    [
      `<section class="sum ${kind}"><h2>${name}</h2>`,
      `<p class="closing">${last}</p>`,
      `<dl>${figures.map(([label, told]) => `<dt>${label}</dt><dd>${told}</dd>`).join('')}</dl></section>`,
    ].join('')
  return [
    '<div class="sums">',
    card(
      'Credits',
      'credits',
      [
        ['Opening', figure(opening.credits)],
        ['In', signed(flows.credits.in, figure(flows.credits.in))],
        ['Out', figure(-flows.credits.out)],
      ],
      figure(closing.credits),
    ),
    card(
      'Time left',
      'time',
      [
        ['Opening', quieted(clockTime(opening.milliseconds))],
        ['In', quieted(signed(flows.milliseconds.in, clockTime(flows.milliseconds.in)))],
        ['Out', quieted(minus(clockTime(-flows.milliseconds.out)))],
      ],
      quieted(clockTime(closing.milliseconds)),
    ),
    '</div>',
  ].join('\n')
}

function chart(statement: Statement, period: Period, zone: Zone, now: number): string {
  const drawing = dayChart(chartDays(statement, period, zone, now), statement.opening.credits)
  return `<figure><figcaption><span class="credits">Credits held</span> and <span class="time">time charged</span></figcaption>\n${drawing}\n</figure>`
}

const MONTHS_BEYOND_DAYS = 400
const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** What a chart shows: a point a day, a month where there are too many days; days to come are left out. */
function chartDays({ opening, entries }: Statement, period: Period, zone: Zone, now: number): ChartDay[] {
  const moved = entries.map((entry) => ({ ...entry, day: zone.dayAt(Date.parse(entry.at)) }))
  const { fromDay = moved[0]?.day ?? 0, toDay = Number.POSITIVE_INFINITY } = period
  const until = Math.min(toDay, Math.max(zone.dayAt(now), moved.at(-1)?.day ?? fromDay) + 1)
  const byMonth = until - fromDay > MONTHS_BEYOND_DAYS
  const days: ChartDay[] = []
  let { credits } = opening
  let next = 0
  let before = ''
  for (let day = fromDay; day < until; day += 1) {
    const key = byMonth ? isoDay(day).slice(0, 7) : isoDay(day)
    if (key !== before) days.push({ ...namesOf(day, byMonth), credits, milliseconds: 0 })
    before = key
    const point = days.at(-1)
    for (let entry = moved[next]; entry && entry.day <= day; entry = moved[next]) {
      if (entry.unit === 'credits') credits += entry.amount
      else if (entry.kind === 'time' && point) point.milliseconds -= entry.amount
      next += 1
    }
    if (point) point.credits = credits
  }
  return days
}

function namesOf(day: CivilDay, byMonth: boolean): Pick<ChartDay, 'label' | 'within'> {
  const { year, month, date } = dateOf(day)
  const name = monthNames[month - 1] ?? ''
  return byMonth ? { label: name, within: String(year) } : { label: String(date), within: name }
}

function change(amount: number | null, text: string): string {
  return amount === null ? '' : `<span class="${amount < 0 ? 'less' : 'more'}">${signed(amount, text)}</span>`
}

function entriesTable(statement: Statement, zone: Zone): string {
  const columns: HtmlColumn[] = [
    { title: 'When' },
    { title: 'What' },
    { title: 'With', holds: 'text' },
    { title: 'Credits', holds: 'figures' },
    { title: 'Balance', holds: 'figures' },
    { title: 'Time', holds: 'figures' },
    { title: 'Left', holds: 'figures' },
  ]
  const rows = statementLines(statement).map((line) => {
    const when = line.at === null ? '' : zone.textAt(Date.parse(line.at)).slice(0, 16)
    const note = line.notes ? `<div class="note">${foreign(line.notes)}</div>` : ''
    const cells = [
      when,
      escapeHtml(line.at === null ? (line.kind === 'opening' ? 'Opening' : 'Closing') : line.kind),
      `${foreign(line.counterparty)}${note}`,
      change(line.credits, figure(line.credits ?? 0)),
      figure(line.balance),
      change(line.time, quieted(minus(clockTime(line.time ?? 0)))),
      quieted(clockTime(line.left)),
    ]
    return line.at === null ? { cells, kind: 'balance' as const } : { cells }
  })
  return htmlTable('Movements', columns, rows)
}

function gatherings(statement: Statement, period: Period, zone: Zone, now: number): string {
  const gathering = gatherReport(period, zone, now)
  gathering.entries(statement.entries)
  const { contacts, types } = gathering.report()
  const flow: HtmlColumn[] = [
    { title: 'In', holds: 'figures' },
    { title: 'Out', holds: 'figures' },
  ]
  const byContact = htmlTable(
    'Credits by contact',
    [{ title: 'With', holds: 'text' }, ...flow],
    contacts.map((row) => ({ cells: [foreign(row.contact), figure(row.credits_in), figure(row.credits_out)] })),
  )
  const byType = htmlTable(
    'Movements by type',
    [{ title: 'What' }, { title: 'Credits', holds: 'figures' }, { title: 'Time', holds: 'figures' }],
    types.map((row) => ({
      cells: [
        escapeHtml(row.type),
        nonzero(row.credits_in - row.credits_out, figure),
        nonzero(row.milliseconds_in - row.milliseconds_out, (ms) => quieted(minus(clockTime(ms)))),
      ],
    })),
  )
  return `<div class="columns">\n<div>${byContact}</div>\n<div>${byType}</div>\n</div>`
}

function nonzero(moved: number, write: (moved: number) => string): string {
  return moved === 0 ? '' : signed(moved, write(moved))
}
