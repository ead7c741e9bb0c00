import { isWithin } from '../memory/ordered-index.ts'
import type { Posting } from '../memory/posting.ts'
import { type Key, type Range, shapes, type TableName } from '../store.ts'

/** Any row, its fields by name. */
export type AnyRow = { id: number } & Record<string, unknown>

/** A posting with what is written down beside it. */
export interface WrittenPosting extends Posting {
  /** That of its first entry. */
  id: number
  at: number
  said: { by: number | null; path: string }
}

/** What was changed in a transaction: rows by id, null for one that is removed. */
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
    setIn(this.added, table).add(row.id)
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

  /** The changed rows of a table with a key, within a range where one is given. */
  *matching(table: TableName, fields: readonly string[], key: Key, by?: string, range?: Range): Generator<AnyRow> {
    for (const row of this.tables.get(table)?.values() ?? []) {
      if (!row || !fields.every((field, place) => row[field] === key[place])) continue
      if (by === undefined) yield row
      else if (typeof row[by] === 'number' && isWithin(row[by], row.id, range as Range)) yield row
    }
  }

  protected rowsOf(table: TableName): Map<number, AnyRow | null> {
    let rows = this.tables.get(table)
    if (!rows) {
      rows = new Map()
      this.tables.set(table, rows)
    }
    return rows
  }
}

/** What a batch changed so far, of which some may be written already. */
export class BatchChanges extends Changes {
  /** The rows that the database does not know as they are now. */
  private unwritten = new Map<TableName, Set<number>>()
  /** By unique index and key, the row that had it last. */
  private readonly named = new Map<string, number>()

  /** Takes over what another changed after it. */
  take(later: Changes): void {
    for (const [table, rows] of later.tables) {
      const mine = this.rowsOf(table)
      const unwritten = setIn(this.unwritten, table)
      const unique: [string, readonly string[]][] = Object.entries(shapes[table].unique)
      for (const [id, row] of rows) {
        mine.set(id, row)
        unwritten.add(id)
        if (row) for (const [index, fields] of unique) this.named.set(nameOf(table, index, keyIn(row, fields)), id)
      }
    }
    for (const [table, ids] of later.added) {
      const mine = setIn(this.added, table)
      for (const id of ids) mine.add(id)
    }
    for (const [key, amount] of later.balances) this.balances.set(key, amount)
    this.postings.push(...later.postings)
  }

  /** The changed row that a unique index names; undefined where none of those that were changed has the key. */
  find(table: TableName, index: string, fields: readonly string[], key: Key): AnyRow | undefined {
    const id = this.named.get(nameOf(table, index, key))
    const row = id === undefined ? undefined : this.row(table, id)
    // It may have another key by now.
    return row && fields.every((field, place) => row[field] === key[place]) ? row : undefined
  }

  /** Gives the rows of a table that are to be written, which then count as written. */
  write(table: TableName): { gone: number[]; added: AnyRow[]; changed: AnyRow[] } {
    const written = { gone: [] as number[], added: [] as AnyRow[], changed: [] as AnyRow[] }
    const isNew = this.added.get(table)
    for (const id of this.unwritten.get(table) ?? []) {
      const row = this.row(table, id)
      if (row) (isNew?.has(id) ? written.added : written.changed).push(row)
      else if (!isNew?.has(id)) written.gone.push(id)
    }
    this.unwritten.delete(table)
    this.added.delete(table)
    return written
  }
}

function keyIn(row: AnyRow, fields: readonly string[]): Key {
  return fields.map((field) => row[field]) as unknown as Key
}

function nameOf(table: TableName, index: string, key: Key): string {
  return `${table} ${index} ${key.join()}`
}

function setIn(sets: Map<TableName, Set<number>>, table: TableName): Set<number> {
  let set = sets.get(table)
  if (!set) {
    set = new Set()
    sets.set(table, set)
  }
  return set
}
