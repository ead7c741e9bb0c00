import type { Layout, RowColumn } from '../output/print.ts'
import { clockTime, signed } from './clock-time.ts'
import type { Statement } from './history.ts'
import { type Period, shortMoments } from './period.ts'
import type { Zone } from './zone.ts'

/** A line of a statement as a person reads it: the movement, and what the wallet and all its clocks hold after it. */
export interface StatementLine {
  at: string | null
  kind: string
  counterparty: string | null
  clock: number | null
  /** Signed; null where the other unit moved. */
  credits: number | null
  balance: number
  /** In ms, signed. */
  time: number | null
  /** In ms. */
  left: number
  notes: string | null
}

/** A statement's lines, from its opening to its closing. */
export function statementLines({ opening, closing, entries }: Statement): StatementLine[] {
  const edge = (kind: string, { credits, milliseconds }: Statement['opening']): StatementLine => ({
    at: null,
    kind,
    counterparty: null,
    clock: null,
    credits: null,
    balance: credits,
    time: null,
    left: milliseconds,
    notes: null,
  })
  const held = { ...opening }
  const moved = entries.map(({ at, kind, counterparty, clock, unit, amount, notes }): StatementLine => {
    held[unit] += amount
    return {
      at,
      kind,
      counterparty,
      clock,
      credits: unit === 'credits' ? amount : null,
      balance: held.credits,
      time: unit === 'milliseconds' ? amount : null,
      left: held.milliseconds,
      notes,
    }
  })
  return [edge('opening', opening), ...moved, edge('closing', closing)]
}

const statementColumns: readonly RowColumn[] = [
  { key: 'at', title: 'When', whole: true },
  { key: 'kind', title: 'What', whole: true },
  { key: 'counterparty', title: 'With' },
  { key: 'clock', title: 'Clock' },
  { key: 'credits', title: 'Credits', right: true },
  { key: 'balance', title: 'Balance', right: true },
  { key: 'time', title: 'Time', right: true },
  { key: 'left', title: 'Left', right: true },
  { key: 'notes', title: 'Note' },
]

/** A statement as rows of texts; which clock it was is told where there are several. */
function statementRows(statement: Statement): Record<string, unknown>[] {
  const clocks = new Set(statement.entries.map(({ clock }) => clock).filter((clock) => clock !== null))
  return statementLines(statement).map((line) => ({
    ...line,
    clock: clocks.size > 1 ? line.clock : null,
    credits: line.credits === null ? null : signed(line.credits),
    time: line.time === null ? null : signed(line.time, clockTime(line.time)),
    left: clockTime(line.left),
  }))
}

const narrowColumns: readonly RowColumn[] = [
  { key: 'at', title: 'When', whole: true },
  { key: 'kind', title: 'What', whole: true },
  { key: 'about', title: 'With' },
  { key: 'change', title: 'Change', right: true },
  { key: 'balance', title: 'Credits', right: true },
  { key: 'left', title: 'Left', right: true },
]

/**
 * A statement as rows for narrow columns: what moved is in one of them, and a note stands with whom it was about. Time is rounded to
 * seconds, a change to the difference of what is shown before and after it.
 */
function narrowRows(statement: Statement, shortly: (at: string) => string): Record<string, unknown>[] {
  const rows = statementRows(statement)
  const seconds = (ms: number) => Math.round(ms / 1_000) * 1_000
  let before = seconds(statement.opening.milliseconds)
  return statementLines(statement).map(({ at, kind, counterparty, time, balance, left, notes }, index) => {
    const { clock, credits } = rows[index] ?? {}
    const change = seconds(left) - before
    before += change
    const where = typeof clock === 'number' ? `clock ${clock}` : null
    return {
      at: at === null ? null : shortly(at),
      kind,
      about: [counterparty, where, notes].filter((part) => part !== null && part !== '').join(', '),
      change: time === null ? credits : signed(change, clockTime(change)),
      isTime: time !== null,
      balance,
      left: clockTime(before),
    }
  })
}

const narrowestColumns: readonly RowColumn[] = [
  { key: 'at', title: 'When', whole: true },
  { key: 'what', title: 'What' },
  { key: 'change', title: 'Change', right: true },
  { key: 'after', title: 'After', right: true },
]

/** The rows with one column for what is held after: of that which moved, and of both at the ends. */
function narrowestRows(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return rows.flatMap(({ at, kind, about, change, isTime, balance, left }): Record<string, unknown>[] => {
    const what = about === '' ? kind : `${kind}, ${about}`
    if (at !== null) return [{ at, what, change, after: isTime ? left : balance }]
    return [
      { at, what: `${kind} credits`, change, after: balance },
      { at, what: `${kind} time`, change, after: left },
    ]
  })
}

/** A statement's table: in full, and how it stands where there is less and less room. */
export function statementLayouts(
  statement: Statement,
  period: Period,
  zone: Zone,
): Layout & { narrower: readonly (() => Layout)[] } {
  const rows = statementRows(statement)
  const shortly = shortMoments(period, zone)
  const dated = () => rows.map((row) => ({ ...row, at: row.at === null ? null : shortly(String(row.at), true) }))
  const narrow = () => narrowRows(statement, shortly)
  return {
    columns: statementColumns,
    rows,
    narrower: [
      () => ({ columns: statementColumns, rows: dated() }),
      () => ({ columns: narrowColumns, rows: narrow() }),
      () => ({ columns: narrowestColumns, rows: narrowestRows(narrow()) }),
    ],
  }
}

/** The columns of a statement's entries as programs read them. */
export const entryColumns: readonly RowColumn[] = [
  'id',
  'at',
  'kind',
  'record',
  'counterparty',
  'clock',
  'unit',
  'amount',
  'balance',
  'notes',
].map((key) => ({ key }))
