import type { RowColumn } from '../output/print.ts'
import { clockTime, signed } from './clock-time.ts'
import type { Statement } from './history.ts'

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

/** The columns of a statement's table. */
export const statementColumns: readonly RowColumn[] = [
  { key: 'at', title: 'When' },
  { key: 'kind', title: 'What' },
  { key: 'counterparty', title: 'With' },
  { key: 'clock', title: 'Clock' },
  { key: 'credits', title: 'Credits', right: true },
  { key: 'balance', title: 'Balance', right: true },
  { key: 'time', title: 'Time', right: true },
  { key: 'left', title: 'Left', right: true },
  { key: 'notes', title: 'Note' },
]

/** A statement as rows of texts; which clock it was is told where there are several. */
export function statementRows(statement: Statement): Record<string, unknown>[] {
  const clocks = new Set(statement.entries.map(({ clock }) => clock).filter((clock) => clock !== null))
  return statementLines(statement).map((line) => ({
    ...line,
    clock: clocks.size > 1 ? line.clock : null,
    credits: line.credits === null ? null : signed(line.credits),
    time: line.time === null ? null : signed(line.time, clockTime(line.time)),
    left: clockTime(line.left),
  }))
}

/** The columns of a statement's table on a terminal of no more than a hundred columns. */
export const narrowColumns: readonly RowColumn[] = [
  { key: 'at', title: 'When' },
  { key: 'kind', title: 'What' },
  { key: 'about', title: 'With' },
  { key: 'change', title: 'Change', right: true },
  { key: 'balance', title: 'Credits', right: true },
  { key: 'left', title: 'Left', right: true },
]

/** A statement as rows for narrow columns: what moved is in one of them, and a note stands with whom it was about. */
export function narrowRows(statement: Statement): Record<string, unknown>[] {
  return statementRows(statement).map(({ at, kind, counterparty, clock, credits, balance, time, left, notes }) => {
    const where = clock === null ? null : `clock ${clock}`
    const about = [counterparty, where, notes].filter((part) => part !== null && part !== '').join(', ')
    return { at, kind, about, change: credits ?? time, balance, left }
  })
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
