import type { LedgerAccount, Unit } from '../../domain/rows.ts'
import {
  type Key,
  type Memo,
  type OrderedIndex,
  type Range,
  type Table,
  type TableName,
  type Tables,
  type Transaction,
  tableNames,
  type UniqueIndex,
} from '../store.ts'
import { balanceKey, entriesOf, type Posting } from './posting.ts'
import {
  type AnyRow,
  type Change,
  groupOf,
  indexKey,
  indexKeyOf,
  isWithin,
  type State,
  type TableState,
} from './state.ts'

/** One table as a transaction sees it: the rows it touched, over those that stand. */
class OverlayTable<T extends TableName> implements Table<T> {
  private readonly base: TableState<T>
  private readonly onChange: () => void
  /** Null for a row that is removed. */
  touched = new Map<number, AnyRow | null>()
  lastId: number

  constructor(base: TableState<T>, onChange: () => void) {
    this.base = base
    this.onChange = onChange
    this.lastId = base.lastId
  }

  get(id: number): Tables[T] | undefined {
    const row = this.touched.get(id)
    if (row !== undefined) return (row ?? undefined) as Tables[T] | undefined
    return this.base.get(id)
  }

  find(index: UniqueIndex<T>, key: Key): Tables[T] | undefined {
    const wanted = indexKey(key)
    const fields = this.base.uniqueShape.find(([name]) => name === index)?.[1] ?? []
    for (const row of this.touched.values()) {
      if (row && indexKeyOf(row, fields) === wanted) return row as unknown as Tables[T]
    }
    const row = this.base.find(index, wanted)
    return row && !this.touched.has(row.id) ? (row as unknown as Tables[T]) : undefined
  }

  list(index: OrderedIndex<T>, key: Key, range: Range = {}): Tables[T][] {
    const wanted = indexKey(key)
    const shape = this.base.orderedShape.find(([name]) => name === index)?.[1]
    if (!shape) throw new Error(`The table ${this.base.name} has no ordered index "${index}".`)
    const { of, by } = shape
    const limit = range.limit ?? Number.POSITIVE_INFINITY
    const direction = range.descending ? -1 : 1
    const compare = (a: AnyRow, b: AnyRow) => direction * ((a[by] as number) - (b[by] as number) || a.id - b.id)
    const mine: AnyRow[] = []
    for (const row of this.touched.values()) {
      if (row && groupOf(row, of, by) === wanted && isWithin(row[by] as number, row.id, range)) mine.push(row)
    }
    mine.sort(compare)
    const found: AnyRow[] = []
    let next = 0
    if (limit > 0) {
      this.base.walk(index, wanted, range, (row) => {
        if (this.touched.has(row.id)) return true
        while (found.length < limit && next < mine.length && compare(mine[next] as AnyRow, row) < 0) {
          found.push(mine[next++] as AnyRow)
        }
        if (found.length < limit) found.push(row)
        return found.length < limit
      })
    }
    while (found.length < limit && next < mine.length) found.push(mine[next++] as AnyRow)
    return found as unknown as Tables[T][]
  }

  add(row: Omit<Tables[T], 'id'>): Tables[T] {
    this.lastId += 1
    // The id comes first so that a person who opens a file finds it there.
    const added = { id: this.lastId, ...row }
    this.write(added as unknown as AnyRow)
    return added as unknown as Tables[T]
  }

  put(row: Tables[T]): void {
    if (!this.get(row.id)) throw new Error(`There is no row ${row.id} in ${this.base.name} to replace.`)
    this.write(row as unknown as AnyRow)
  }

  remove(id: number): void {
    if (!this.get(id)) throw new Error(`There is no row ${id} in ${this.base.name} to remove.`)
    this.touched.set(id, null)
    this.onChange()
  }

  /** Forgets what was touched. */
  undo(): void {
    this.touched = new Map()
    this.lastId = this.base.lastId
  }

  private write(row: AnyRow): void {
    for (const [index, fields] of this.base.uniqueShape) {
      const key = indexKeyOf(row, fields)
      if (key === undefined) continue
      const holder = this.find(index as UniqueIndex<T>, fields.map((field) => row[field]) as Key)
      if (holder && holder.id !== row.id) throw new Error(`Two rows of ${this.base.name} have the same ${index}.`)
    }
    this.touched.set(row.id, row)
    this.onChange()
  }
}

/** A transaction over a state: it sees what stands and what it changed itself, and touches nothing but its own notes. */
export class Overlay {
  readonly now: number
  said: { by: number | null; path: string } = { by: null, path: '' }
  changed = false
  postings: Posting[] = []
  /** The entries that follow from the postings. */
  posted = new Set<object>()
  private readonly state: State
  private readonly opened = new Map<TableName, OverlayTable<TableName>>()
  private balances = new Map<string, number>()

  constructor(state: State, now: number) {
    this.state = state
    this.now = now
  }

  /** The table of a name, opened when it is first asked for. */
  table<T extends TableName>(name: T): OverlayTable<T> {
    let table = this.opened.get(name)
    if (!table) {
      table = new OverlayTable<TableName>(this.state.tables[name] as unknown as TableState, () => {
        this.changed = true
      })
      this.opened.set(name, table)
    }
    return table as unknown as OverlayTable<T>
  }

  balance(ledger: LedgerAccount, unit: Unit): number {
    return this.held(balanceKey(ledger, unit))
  }

  post(debit: LedgerAccount, credit: LedgerAccount, amount: number, unit: Unit, memo: Memo): void {
    const posting = { debit, credit, amount, unit, memo }
    for (const entry of entriesOf(posting, this.now, (key) => this.held(key))) {
      this.balances.set(balanceKey(entry.ledger, unit), entry.balance)
      this.posted.add(this.table('entries').add(entry))
    }
    this.postings.push(posting)
  }

  undo(): void {
    for (const table of this.opened.values()) table.undo()
    this.balances = new Map()
    this.postings = []
    this.posted = new Set()
    this.changed = false
  }

  /** What is to be applied and journalled. */
  change(): Change {
    const change: Change = { rows: new Map(), lastIds: new Map(), balances: this.balances }
    for (const [name, table] of this.opened) {
      if (table.touched.size > 0) change.rows.set(name, table.touched)
      if (table.lastId > this.state.tables[name].lastId) change.lastIds.set(name, table.lastId)
    }
    return change
  }

  private held(key: string): number {
    return this.balances.get(key) ?? this.state.balances.get(key) ?? 0
  }
}

// `tx.accounts` reads better than `tx.table('accounts')`; the getters are made once, not once a transaction.
for (const name of tableNames) {
  Object.defineProperty(Overlay.prototype, name, {
    get(this: Overlay) {
      return this.table(name)
    },
  })
}

/** The overlay as handlers see it. */
export function asTransaction(overlay: Overlay): Transaction {
  return overlay as unknown as Transaction
}
