import type { TableName } from '../store.ts'

/** Any row, its fields by name. */
export type AnyRow = { id: number } & Record<string, unknown>

/** Who said the instruction that a posting came of. */
export interface Said {
  by: number | null
  path: string
}

/** A store as it is moved from or to: rows under the ids they have. */
export interface Side {
  /** The next id that a table would give out. */
  next(table: TableName): Promise<number>
  /** The last id of a table of which a row is there. */
  reached(table: TableName): Promise<number>
  /** The rows with ids after one, up to another that is included, in order. */
  rows(table: TableName, after: number, upTo: number): Promise<AnyRow[]>
  /** Who said what, by the id of the first entry that came of it, where that is known. */
  said(after: number, upTo: number): Promise<Map<number, Said>>
  /** What a ledger account holds, as `wallet:1 credits`. */
  balance(key: string): Promise<number>
  /** The last moment. */
  now(): Promise<number>
  /** Takes rows over, whose ids follow those that are there. */
  add(table: TableName, rows: readonly AnyRow[], said: ReadonlyMap<number, Said>, now: number): Promise<void>
  /** Takes the counters over; from now on it can be used. */
  end(next: ReadonlyMap<TableName, number>, now: number): Promise<void>
  /** Says that it can be used, or that it cannot until the move has ended. */
  mark(isBeingMovedInto: boolean): Promise<void>
  /** Whether a move into it began and has not ended. */
  isMarked(): Promise<boolean>
  close(): Promise<void>
}

/** Who a posting is ascribed to where the store it comes from does not tell. */
export const movedHere: Said = { by: null, path: 'migrate store' }
