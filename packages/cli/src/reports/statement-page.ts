import { clockTime, signed } from './clock-time.ts'
import { type ChartDay, dayChart } from './day-chart.ts'
import type { Statement } from './history.ts'
import { escapeHtml, foreign, type HtmlColumn, htmlPage, htmlTable, quieted } from './html.ts'
import type { Period } from './period.ts'
import { flowsOf, reportOf } from './report.ts'
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
      empty ? '' : figure(statement, period, zone, now),
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
      `<dl>${figures.map(([label, figure]) => `<dt>${label}</dt><dd>${figure}</dd>`).join('')}</dl></section>`,
    ].join('')
  const credits = (figure: number) => figure.toLocaleString('en')
  return [
    '<div class="sums">',
    card(
      'Credits',
      'credits',
      [
        ['Opening', credits(opening.credits)],
        ['In', signed(flows.credits.in, credits(flows.credits.in))],
        ['Out', credits(-flows.credits.out)],
      ],
      credits(closing.credits),
    ),
    card(
      'Time left',
      'time',
      [
        ['Opening', quieted(clockTime(opening.milliseconds))],
        ['In', quieted(signed(flows.milliseconds.in, clockTime(flows.milliseconds.in)))],
        ['Out', quieted(clockTime(-flows.milliseconds.out))],
      ],
      quieted(clockTime(closing.milliseconds)),
    ),
    '</div>',
  ].join('\n')
}

function figure(statement: Statement, period: Period, zone: Zone, now: number): string {
  const chart = dayChart(chartDays(statement, period, zone, now), statement.opening.credits)
  return `<figure><figcaption><span class="credits">Credits held</span> and <span class="time">time charged</span></figcaption>\n${chart}\n</figure>`
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
    const label = labelOf(day, byMonth, day === fromDay)
    const key = byMonth ? isoDay(day).slice(0, 7) : isoDay(day)
    if (key !== before) days.push({ label, credits, milliseconds: 0 })
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

function labelOf(day: CivilDay, byMonth: boolean, isFirst: boolean): string {
  const { year, month, date } = dateOf(day)
  const name = monthNames[month - 1] ?? ''
  if (byMonth) return month === 1 || isFirst ? `${name} ${year}` : name
  return date === 1 || isFirst ? `${date} ${name}` : String(date)
}

function change(figure: number | null, text: string): string {
  return figure === null ? '' : `<span class="${figure < 0 ? 'less' : 'more'}">${signed(figure, text)}</span>`
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
      change(line.credits, String(line.credits)),
      String(line.balance),
      change(line.time, quieted(clockTime(line.time ?? 0))),
      quieted(clockTime(line.left)),
    ]
    return line.at === null ? { cells, kind: 'balance' as const } : { cells }
  })
  return htmlTable('Movements', columns, rows)
}

function gatherings(statement: Statement, period: Period, zone: Zone, now: number): string {
  const { contacts, types } = reportOf(period, { statements: [statement], intervals: [] }, zone, now)
  const flow: HtmlColumn[] = [
    { title: 'In', holds: 'figures' },
    { title: 'Out', holds: 'figures' },
  ]
  const byContact = htmlTable(
    'Credits by contact',
    [{ title: 'With', holds: 'text' }, ...flow],
    contacts.map((row) => ({ cells: [foreign(row.contact), String(row.credits_in), String(row.credits_out)] })),
  )
  const byType = htmlTable(
    'Movements by type',
    [{ title: 'What' }, { title: 'Credits', holds: 'figures' }, { title: 'Time', holds: 'figures' }],
    types.map((row) => ({
      cells: [
        escapeHtml(row.type),
        nonzero(row.credits_in - row.credits_out, String),
        nonzero(row.milliseconds_in - row.milliseconds_out, (ms) => quieted(clockTime(ms))),
      ],
    })),
  )
  return `<div class="columns">\n<div>${byContact}</div>\n<div>${byType}</div>\n</div>`
}

function nonzero(figure: number, write: (figure: number) => string): string {
  return figure === 0 ? '' : signed(figure, write(figure))
}
