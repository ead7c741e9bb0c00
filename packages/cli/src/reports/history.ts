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

/** What goes along with a request for a page: how long it may be, and where the one before it ended. */
interface PageRequest {
  limit: number
  cursor?: string
}

/** Reads all pages in order; while one is looked at, the next is on its way. */
async function* pagesOf<Page extends { cursor: string | null }>(
  ask: (page: PageRequest) => Promise<Page>,
): AsyncGenerator<Page> {
  for (let next: Promise<Page> | undefined = ask({ limit: PAGE }); next; ) {
    const page: Page = await next
    next = page.cursor === null ? undefined : ask({ limit: PAGE, cursor: page.cursor })
    // It fails when it is waited for, not before.
    next?.catch(() => {})
    yield page
  }
}

/** The pages of a wallet's statement, of the active one's where none is named. */
export function statementPages(say: Say, period: Period, wallet?: number): AsyncGenerator<StatementAnswer> {
  const request: Request<'client action view statement'> = {
    ...boundsOf(period),
    ...(wallet !== undefined && { ewallet_id: wallet }),
  }
  return pagesOf(async (page) => granted(await say('client action view statement', { ...request, ...page })))
}

/** Reads a wallet's statement, the active one's where none is named, through all pages. */
export async function readStatement(say: Say, period: Period, wallet?: number): Promise<Statement> {
  let statement: Statement | undefined
  for await (const { ewallet, opening, closing, entries } of statementPages(say, period, wallet)) {
    statement ??= { ewallet, opening, closing, entries: [] }
    for (const entry of entries) statement.entries.push(entry)
    // What moved while pages were read is in the last page's closing and among its entries.
    statement.closing = closing
  }
  return statement as Statement
}

/** The charged time that falls into a period page by page, of all clocks, cut at its ends. */
export async function* intervalPages(say: Say, period: Period): AsyncGenerator<Interval[]> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = period
  const request = boundsOf(period)
  const ask = async (page: PageRequest) =>
    granted(await say('client action view time intervals', { ...request, ...page }))
  for await (const { intervals } of pagesOf(ask)) {
    const found: Interval[] = []
    for (const { time_record, start_ms, stop_ms } of intervals) {
      const start = Math.max(start_ms, from)
      const stop = Math.min(stop_ms, to)
      if (stop > start) found.push({ timeRecord: time_record, start, stop })
    }
    yield found
  }
}

/** Reads the charged time that falls into a period, of all clocks, cut at its ends. */
export async function readIntervals(say: Say, period: Period): Promise<Interval[]> {
  const found: Interval[] = []
  for await (const page of intervalPages(say, period)) for (const interval of page) found.push(interval)
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
  const request = boundsOf(period)
  const ask = async (page: PageRequest) => granted(await say(sheetPaths[kind], { ...request, ...page }))
  const records: Record<string, unknown>[] = []
  let id = 0
  for await (const page of pagesOf(ask)) {
    const told: Record<string, unknown> = page
    id = told[`${kind}_sheet`] as number
    for (const record of page.records) records.push(record)
  }
  return { kind, id, records }
}
