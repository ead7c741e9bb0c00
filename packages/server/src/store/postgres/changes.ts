import { isWithin } from '../memory/ordered-index.ts'
import type { Posting } from '../memory/posting.ts'
import type { Key, Range, TableName } from '../store.ts'

/** Any row, its fields by name. */
export type AnyRow = { id: number } & Record<string, unknown>

/** A posting with what is written down beside it. */
export interface WrittenPosting extends Posting {
  /** That of its first entry. */
  id: number
  at: number
  said: { by: number | null; path: string }
}

/** What was changed and is not in the database yet: rows by id, null for one that is removed. */
export class Changes {
  readonly tables = new Map<TableName, Map<number, AnyRow | null>>()
  /** The rows that are new, of which the database knows nothing. */
  readonly added = new Map<TableName, Set<number>>()
  readonly balances = new Map<string, number>()
  readonly postings: WrittenPosting[] = []

  /** The row as it was changed; undefined where it was not. */
  row(table: TableName, id: number): AnyRow | null | undefined {
    return this.tables.get(table)?.get(id)
  }

  put(table: TableName, row: AnyRow): void {
    this.rowsOf(table).set(row.id, row)
  }

  add(table: TableName, row: AnyRow): void {
    this.put(table, row)
    let added = this.added.get(table)
    if (!added) {
      added = new Set()
      this.added.set(table, added)
    }
    added.add(row.id)
  }

  remove(table: TableName, id: number): void {
    this.rowsOf(table).set(id, null)
  }

  get isEmpty(): boolean {
    return this.tables.size === 0 && this.postings.length === 0
  }

  clear(): void {
    this.tables.clear()
    this.added.clear()
    this.balances.clear()
    this.postings.length = 0
  }

  /** Takes over what another changed after it. */
  take(later: Changes): void {
    for (const [table, rows] of later.tables) {
      const mine = this.rowsOf(table)
      for (const [id, row] of rows) mine.set(id, row)
    }
    for (const [table, ids] of later.added) {
      const mine = this.added.get(table)
      if (mine) for (const id of ids) mine.add(id)
      else this.added.set(table, new Set(ids))
    }
    for (const [key, amount] of later.balances) this.balances.set(key, amount)
    this.postings.push(...later.postings)
  }

  /** The changed rows of a table with a key, within a range where one is given. */
  *matching(table: TableName, fields: readonly string[], key: Key, by?: string, range?: Range): Generator<AnyRow> {
    for (const row of this.tables.get(table)?.values() ?? []) {
      if (!row || !fields.every((field, place) => row[field] === key[place])) continue
      if (by === undefined) yield row
      else if (typeof row[by] === 'number' && isWithin(row[by], row.id, range as Range)) yield row
    }
  }

  private rowsOf(table: TableName): Map<number, AnyRow | null> {
    let rows = this.tables.get(table)
    if (!rows) {
      rows = new Map()
      this.tables.set(table, rows)
    }
    return rows
  }
}
