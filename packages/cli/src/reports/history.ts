import type { Request, Response, SheetKind } from '@ewallet/protocol'
import { granted, misuse } from '../failure.ts'
import type { Link } from '../link.ts'
import type { Period } from './period.ts'
import type { Stretch } from './zone.ts'

/** What asks the daemon. */
export type Say = Link['say']

type StatementAnswer = Response<'client action view statement'>

/** One movement of a wallet or of one of its clocks, as the ledger has it. */
export type Entry = StatementAnswer['entries'][number]

/** Credits, and the milliseconds on all clocks. */
export type Balances = StatementAnswer['opening']

/** A wallet's movements over a period, all pages together, oldest first. */
export interface Statement {
  ewallet: number
  opening: Balances
  closing: Balances
  entries: Entry[]
}

/** A stretch of charged time, pauses left out, and the time record it belongs to. */
export interface Interval extends Stretch {
  timeRecord: number
}

const PAGE = 1_000

/** The ends of a period as a request has them. */
export function boundsOf({ from, to }: Period): { from?: string; to?: string } {
  return {
    ...(from !== undefined && { from: new Date(from).toISOString() }),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
  }
}

/** Reads the id of a wallet as it was typed with --wallet. */
export function walletOf(typed: unknown): number | undefined {
  if (typed === undefined) return undefined
  const id = /^\d{1,15}$/.test(String(typed)) ? Number(typed) : 0
  if (id === 0) throw misuse('--wallet should be an id: a whole number from 1.', 'See: ewallet wallet list')
  return id
}

/** Reads a wallet's statement, the active one's where none is named, through all pages. */
export async function readStatement(say: Say, period: Period, wallet?: number): Promise<Statement> {
  const request: Request<'client action view statement'> = {
    ...boundsOf(period),
    ...(wallet !== undefined && { ewallet_id: wallet }),
    limit: PAGE,
  }
  const { cursor, ...statement } = granted(await say('client action view statement', request))
  for (let next = cursor; next !== null; ) {
    const page = granted(await say('client action view statement', { ...request, cursor: next }))
    statement.entries.push(...page.entries)
    // What moved while pages were read is in the last page's closing and among its entries.
    statement.closing = page.closing
    next = page.cursor
  }
  const { ewallet, opening, closing, entries } = statement
  return { ewallet, opening, closing, entries }
}

/** Reads the statements of every wallet of the account. */
export async function readStatements(say: Say, period: Period): Promise<Statement[]> {
  const { ewallets } = granted(await say('client action view credit ewallets', {}))
  const statements: Statement[] = []
  for (const { id } of ewallets) statements.push(await readStatement(say, period, id))
  return statements
}

/** Reads the charged time that falls into a period, of all clocks, cut at its ends. */
export async function readIntervals(say: Say, period: Period): Promise<Interval[]> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = period
  // Asked for without a beginning: a page is cut by when a stretch began, and one that began before may last into the period.
  const { to: until } = boundsOf(period)
  const request = { ...(until !== undefined && { to: until }), limit: PAGE }
  const found: Interval[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = granted(
      await say('client action view time intervals', { ...request, ...(cursor !== undefined && { cursor }) }),
    )
    for (const { time_record, start_ms, stop_ms } of page.intervals) {
      const start = Math.max(start_ms, from)
      const stop = Math.min(stop_ms, to)
      if (stop > start) found.push({ timeRecord: time_record, start, stop })
    }
    cursor = page.cursor
  }
  return found
}

/** The records of a sheet, newest first, each by its fields. */
export interface Sheet {
  kind: SheetKind
  id: number
  records: readonly Readonly<Record<string, unknown>>[]
}

const sheetPaths = {
  transfer: 'client action view transfer records',
  invoice: 'client action view invoice records',
  conversion: 'client action view conversion records',
  time: 'client action view time records',
} as const

/** Reads the records of the active sheet of a kind, through all pages. */
export async function readSheet(say: Say, kind: SheetKind, period: Period): Promise<Sheet> {
  const request = { ...boundsOf(period), limit: PAGE }
  const records: Record<string, unknown>[] = []
  let id = 0
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const more = cursor === undefined ? request : { ...request, cursor }
    const page: Record<string, unknown> = granted(await say(sheetPaths[kind], more))
    id = page[`${kind}_sheet`] as number
    records.push(...(page.records as Record<string, unknown>[]))
    cursor = page.cursor as string | null
  }
  return { kind, id, records }
}
