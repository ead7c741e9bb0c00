import type { LedgerAccount, Unit } from '../../domain/rows.ts'
import {
  type Key,
  type Memo,
  type OrderedIndex,
  type Range,
  shapes,
  type Table,
  type TableName,
  type Tables,
  type Transaction,
  tableNames,
  type UniqueIndex,
} from '../store.ts'
import { isWithin } from './ordered-index.ts'
import { balanceKey, entriesOf, type Posting } from './posting.ts'
import type { AnyRow } from './row-text.ts'
import type { Change, State, TableChange } from './state.ts'
import type { TableState } from './table-state.ts'
import { TextBytes } from './text-bytes.ts'

/** One table as a transaction sees it: the rows it touched, over those that stand. */
class OverlayTable<T extends TableName> implements Table<T> {
  readonly name: T
  private readonly base: TableState<T>
  private readonly onTouch: (table: OverlayTable<T>) => void
  /** Null for a row that is removed. */
  private readonly touched = new Map<number, AnyRow | null>()
  /** The rows that follow from postings, by id. */
  private readonly followed = new Set<number>()
  private readonly uniques: readonly { name: UniqueIndex<T>; fields: readonly string[] }[]
  private lastId = 0

  constructor(base: TableState<T>, onTouch: (table: OverlayTable<T>) => void) {
    this.name = base.name
    this.base = base
    this.onTouch = onTouch
    this.uniques = Object.entries(shapes[base.name].unique).map(([name, fields]) => ({
      name: name as UniqueIndex<T>,
      fields,
    }))
  }

  get(id: number): Tables[T] | undefined {
    const row = this.touched.get(id)
    if (row !== undefined) return (row ?? undefined) as Tables[T] | undefined
    return this.base.get(id)
  }

  find(index: UniqueIndex<T>, key: Key): Tables[T] | undefined {
    if (this.touched.size === 0) return this.base.find(index, key)
    const { fields } = this.unique(index)
    for (const row of this.touched.values()) {
      if (row && isKey(row, fields, key)) return row as unknown as Tables[T]
    }
    const row = this.base.find(index, key)
    return row && !this.touched.has(row.id) ? row : undefined
  }

  list(index: OrderedIndex<T>, key: Key, range: Range = {}): Tables[T][] {
    const limit = range.limit ?? Number.POSITIVE_INFINITY
    if (this.touched.size === 0) return this.listStanding(index, key, range, limit)
    const { of, by } = orderedFields(this.base.name, index)
    const direction = range.descending ? -1 : 1
    const mine: AnyRow[] = []
    for (const row of this.touched.values()) {
      if (row && typeof row[by] === 'number' && isKey(row, of, key) && isWithin(row[by], row.id, range)) mine.push(row)
    }
    mine.sort((a, b) => direction * ((a[by] as number) - (b[by] as number) || a.id - b.id))
    const found: Tables[T][] = []
    let next = 0
    const takeMine = (isDue: (row: AnyRow) => boolean) => {
      for (let row = mine[next]; row && found.length < limit && isDue(row); row = mine[++next]) {
        found.push(row as unknown as Tables[T])
      }
    }
    if (limit > 0) {
      this.base.walk(index, key, range, (order, id) => {
        if (this.touched.has(id)) return true
        takeMine((row) => direction * ((row[by] as number) - order || row.id - id) < 0)
        if (found.length < limit) found.push(this.base.get(id) as Tables[T])
        return found.length < limit
      })
    }
    takeMine(() => true)
    return found
  }

  private listStanding(index: OrderedIndex<T>, key: Key, range: Range, limit: number): Tables[T][] {
    const found: Tables[T][] = []
    if (limit <= 0) return found
    this.base.walk(index, key, range, (_, id) => {
      found.push(this.base.get(id) as Tables[T])
      return found.length < limit
    })
    return found
  }

  add(row: Omit<Tables[T], 'id'>): Tables[T] {
    const id = (this.touched.size === 0 ? this.base.lastId : this.lastId) + 1
    // The id comes first so that a person who opens a file finds it there.
    const added = { id, ...row }
    this.write(added as unknown as AnyRow)
    this.lastId = id
    return added as unknown as Tables[T]
  }

  put(row: Tables[T]): void {
    const before = this.get(row.id)
    if (!before) throw new Error(`There is no row ${row.id} in ${this.base.name} to replace.`)
    this.write(row as unknown as AnyRow, before as unknown as AnyRow)
    // What was said of it anew no posting tells.
    if (this.followed.size > 0) this.followed.delete(row.id)
  }

  remove(id: number): void {
    if (!this.get(id)) throw new Error(`There is no row ${id} in ${this.base.name} to remove.`)
    this.touch(id, null)
  }

  /** Forgets what was touched. */
  undo(): void {
    this.touched.clear()
    if (this.followed.size > 0) this.followed.clear()
  }

  /** Adds a row that follows from a posting. */
  follow(row: Omit<Tables[T], 'id'>): void {
    this.followed.add(this.add(row).id)
  }

  /** What it changed; the rows are written down as texts. */
  change(texts: TextBytes): TableChange {
    const { base, lastId, followed } = this
    const put: AnyRow[] = []
    const posted: AnyRow[] = []
    const gone: number[] = []
    for (const [id, row] of this.touched) {
      if (row) (followed.has(id) ? posted : put).push(row)
      // A removed entry of a posting comes back when the posting is worked out again.
      else if (base.has(id) || base.name === 'entries') gone.push(id)
    }
    const isLastIdNew = lastId > base.lastId
    const written = base.write(posted.length === 0 ? put : [...put, ...posted], texts)
    return {
      columns: base.columns,
      put: posted.length === 0 ? written : written.slice(0, put.length),
      posted: posted.length === 0 ? [] : written.slice(put.length),
      gone,
      lastId,
      isLastIdNew,
    }
  }

  private write(row: AnyRow, before?: AnyRow): void {
    for (const { name, fields } of this.uniques) {
      if (before && fields.every((field) => row[field] === before[field])) continue
      const key = fields.map((field) => row[field])
      if (key.some((part) => part === null || part === undefined)) continue
      const holder = this.find(name, key as unknown as Key)
      if (holder && holder.id !== row.id) throw new Error(`Two rows of ${this.base.name} have the same ${name}.`)
    }
    this.touch(row.id, row)
  }

  private unique(index: string) {
    const unique = this.uniques.find(({ name }) => name === index)
    if (!unique) throw new Error(`The table ${this.name} has no unique index "${index}".`)
    return unique
  }

  private touch(id: number, row: AnyRow | null): void {
    if (this.touched.size === 0) {
      this.lastId = this.base.lastId
      this.onTouch(this)
    }
    this.touched.set(id, row)
  }
}

function orderedFields(table: TableName, index: string): { of: readonly string[]; by: string } {
  const ordered: Record<string, { of: readonly string[]; by: string }> = shapes[table].ordered
  const fields = ordered[index]
  if (!fields) throw new Error(`The table ${table} has no ordered index "${index}".`)
  return fields
}

function isKey(row: AnyRow, fields: readonly string[], key: Key): boolean {
  for (let place = 0; place < fields.length; place += 1) {
    if (row[fields[place] as string] !== key[place]) return false
  }
  return true
}

type OverlayTables = { readonly [T in TableName]: OverlayTable<T> }

/**
 * A transaction over a state: it sees what stands and what it changed itself, and touches nothing but its own notes. One overlay
 * serves all transactions, one after the other, since making it anew for each would cost more than most of them do.
 */
export class Overlay {
  now = 0
  readonly isShared = false
  said: { by: number | null; path: string } = { by: null, path: '' }
  readonly postings: Posting[] = []
  private readonly state: State
  private readonly tables: OverlayTables
  private readonly touched: OverlayTable<TableName>[] = []
  private readonly balances = new Map<string, number>()
  private readonly texts = new TextBytes()

  constructor(state: State) {
    this.state = state
    const onTouch = (table: OverlayTable<TableName>) => this.touched.push(table)
    const open = (name: TableName) => [name, new OverlayTable(state.tables[name] as unknown as TableState, onTouch)]
    this.tables = Object.fromEntries(tableNames.map(open)) as OverlayTables
    // `tx.accounts` reads better than `tx.tables.accounts`.
    Object.assign(this, this.tables)
  }

  /** Forgets the transaction before, and begins one at a moment. */
  begin(now: number): void {
    if (this.changed) this.undo()
    this.now = now
    this.said = { by: null, path: '' }
  }

  /** Whether anything was changed so far. */
  get changed(): boolean {
    return this.touched.length > 0
  }

  balance(ledger: LedgerAccount, unit: Unit): number {
    return this.held(balanceKey(ledger, unit))
  }

  post(debit: LedgerAccount, credit: LedgerAccount, amount: number, unit: Unit, memo: Memo): void {
    const posting = { debit, credit, amount, unit, memo }
    for (const entry of entriesOf(posting, this.now, (key) => this.held(key))) {
      this.balances.set(balanceKey(entry.ledger, unit), entry.balance)
      this.tables.entries.follow(entry)
    }
    this.postings.push(posting)
  }

  undo(): void {
    for (const table of this.touched) table.undo()
    this.touched.length = 0
    this.balances.clear()
    this.postings.length = 0
  }

  /** What is to be applied and journalled, before the next transaction begins. */
  change(): Change {
    const { texts, balances } = this
    texts.clear()
    const change: Change = { tables: new Map(), texts, balances }
    for (const table of this.touched) change.tables.set(table.name, table.change(texts))
    return change
  }

  private held(key: string): number {
    return this.balances.get(key) ?? this.state.balances.get(key) ?? 0
  }
}

/** The overlay as handlers see it. */
export function asTransaction(overlay: Overlay): Transaction {
  return overlay as unknown as Transaction
}
