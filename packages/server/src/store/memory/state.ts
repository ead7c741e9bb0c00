import { type Key, type Range, shapes, type TableName, type Tables, tableNames } from '../store.ts'
import { balanceKey, entriesOf, type Posting } from './posting.ts'

/** A row of whatever table. */
export type AnyRow = { id: number } & Record<string, unknown>

/** Rows by id, in the order of a number of theirs and then of their ids. */
class Order {
  readonly by: string
  readonly rows: AnyRow[] = []

  constructor(by: string) {
    this.by = by
  }

  orderOf(row: AnyRow): number {
    return row[this.by] as number
  }

  /** The first place whose row comes at or after an order and an id. */
  placeOf(order: number, id: number): number {
    let low = 0
    let high = this.rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const row = this.rows[middle] as AnyRow
      const at = this.orderOf(row)
      if (at < order || (at === order && row.id < id)) low = middle + 1
      else high = middle
    }
    return low
  }

  add(row: AnyRow): void {
    const last = this.rows[this.rows.length - 1]
    const order = this.orderOf(row)
    if (!last || this.orderOf(last) < order || (this.orderOf(last) === order && last.id < row.id)) this.rows.push(row)
    else this.rows.splice(this.placeOf(order, row.id), 0, row)
  }

  remove(row: AnyRow): void {
    const place = this.placeOf(this.orderOf(row), row.id)
    if (this.rows[place]?.id === row.id) this.rows.splice(place, 1)
  }

  /** Puts a row in the place of its predecessor of the same order and id. */
  replace(row: AnyRow): void {
    this.rows[this.placeOf(this.orderOf(row), row.id)] = row
  }
}

/** Whether a row stands within a range. */
export function isWithin(order: number, id: number, { from, to, after, descending }: Range): boolean {
  if (from !== undefined && order < from) return false
  if (to !== undefined && order >= to) return false
  if (!after) return true
  const beyond = order - after.order || id - after.id
  return descending ? beyond < 0 : beyond > 0
}

/** The value an index knows a row by; undefined where it does not hold the row. */
export function indexKeyOf(row: AnyRow, fields: readonly string[]): string | number | undefined {
  if (fields.length === 1) {
    const value = row[fields[0] as string]
    return value === null || value === undefined ? undefined : (value as string | number)
  }
  let text = ''
  for (const field of fields) {
    const value = row[field]
    if (value === null || value === undefined) return undefined
    text += `${value}\u0000`
  }
  return text
}

/** The same value, from the parts a caller names. */
export function indexKey(key: Key): string | number {
  if (key.length === 1) return key[0] as string | number
  let text = ''
  for (const part of key) text += `${part}\u0000`
  return text
}

/** The rows of one table, by id and by its declared indexes. */
export class TableState<T extends TableName = TableName> {
  readonly name: T
  readonly rows = new Map<number, AnyRow>()
  /** The last id given out. */
  lastId = 0
  readonly uniqueShape: [string, readonly string[]][]
  readonly orderedShape: [string, { of: readonly string[]; by: string }][]
  private readonly unique = new Map<string, Map<string | number, AnyRow>>()
  private readonly ordered = new Map<string, Map<string | number, Order>>()

  constructor(name: T) {
    this.name = name
    this.uniqueShape = Object.entries(shapes[name].unique)
    this.orderedShape = Object.entries(shapes[name].ordered)
    for (const [index] of this.uniqueShape) this.unique.set(index, new Map())
    for (const [index] of this.orderedShape) this.ordered.set(index, new Map())
  }

  get(id: number): Tables[T] | undefined {
    return this.rows.get(id) as Tables[T] | undefined
  }

  find(index: string, key: string | number): AnyRow | undefined {
    return this.unique.get(index)?.get(key)
  }

  /** Walks an ordered index in its direction from where the range begins, until `visit` says false. */
  walk(index: string, key: string | number, range: Range, visit: (row: AnyRow) => boolean): void {
    const order = this.ordered.get(index)?.get(key)
    if (!order) return
    const { rows } = order
    if (range.descending) {
      let place = range.to === undefined ? rows.length : order.placeOf(range.to, 0)
      if (range.after) place = Math.min(place, order.placeOf(range.after.order, range.after.id))
      for (place -= 1; place >= 0; place -= 1) {
        const row = rows[place] as AnyRow
        if (range.from !== undefined && order.orderOf(row) < range.from) return
        if (!visit(row)) return
      }
      return
    }
    let place = range.from === undefined ? 0 : order.placeOf(range.from, 0)
    if (range.after) place = Math.max(place, order.placeOf(range.after.order, range.after.id + 1))
    for (; place < rows.length; place += 1) {
      const row = rows[place] as AnyRow
      if (range.to !== undefined && order.orderOf(row) >= range.to) return
      if (!visit(row)) return
    }
  }

  /** Adds or replaces a row. */
  put(row: AnyRow): void {
    const before = this.rows.get(row.id)
    this.rows.set(row.id, row)
    if (row.id > this.lastId) this.lastId = row.id
    for (const [index, fields] of this.uniqueShape) {
      const known = this.unique.get(index) as Map<string | number, AnyRow>
      const old = before && indexKeyOf(before, fields)
      const key = indexKeyOf(row, fields)
      if (old !== undefined && old !== key) known.delete(old)
      if (key !== undefined) known.set(key, row)
    }
    for (const [index, { of, by }] of this.orderedShape) {
      const groups = this.ordered.get(index) as Map<string | number, Order>
      const old = before && groupOf(before, of, by)
      const key = groupOf(row, of, by)
      if (before && old !== undefined && old === key && before[by] === row[by]) {
        groups.get(key)?.replace(row)
        continue
      }
      if (before && old !== undefined) this.leave(groups, old, before)
      if (key !== undefined) {
        const order = groups.get(key) ?? new Order(by)
        groups.set(key, order)
        order.add(row)
      }
    }
  }

  remove(id: number): void {
    const row = this.rows.get(id)
    if (!row) return
    this.rows.delete(id)
    for (const [index, fields] of this.uniqueShape) {
      const key = indexKeyOf(row, fields)
      if (key !== undefined) this.unique.get(index)?.delete(key)
    }
    for (const [index, { of, by }] of this.orderedShape) {
      const key = groupOf(row, of, by)
      if (key !== undefined) this.leave(this.ordered.get(index) as Map<string | number, Order>, key, row)
    }
  }

  private leave(groups: Map<string | number, Order>, key: string | number, row: AnyRow): void {
    const order = groups.get(key)
    order?.remove(row)
    if (order?.rows.length === 0) groups.delete(key)
  }
}

/** The group an ordered index puts a row into; undefined where it does not hold the row. */
export function groupOf(row: AnyRow, of: readonly string[], by: string): string | number | undefined {
  return row[by] === null || row[by] === undefined ? undefined : indexKeyOf(row, of)
}

/** What one transaction changed: rows put and ids removed by table, and what the ledger accounts hold now. */
export interface Change {
  rows: Map<TableName, Map<number, AnyRow | null>>
  lastIds: Map<TableName, number>
  balances: Map<string, number>
}

/** All that is kept, in memory. */
export class State {
  readonly tables: { readonly [T in TableName]: TableState<T> }
  /** By ledger account and unit, as `wallet:1 credits`. */
  readonly balances = new Map<string, number>()

  constructor() {
    this.tables = Object.fromEntries(
      tableNames.map((name) => [name, new TableState(name)]),
    ) as unknown as State['tables']
  }

  /** Makes a change one's own. */
  apply(change: Change): void {
    for (const [name, lastId] of change.lastIds) {
      const table = this.tables[name]
      if (lastId > table.lastId) table.lastId = lastId
    }
    for (const [name, rows] of change.rows) {
      const table = this.tables[name]
      for (const [id, row] of rows) {
        if (row === null) table.remove(id)
        else table.put(row)
      }
    }
    for (const [key, balance] of change.balances) this.balances.set(key, balance)
  }
  /** Works out a posting that was made at a moment, and keeps what follows from it. */
  post(posting: Posting, at: number): void {
    const entries = this.tables.entries
    for (const entry of entriesOf(posting, at, (key) => this.balances.get(key) ?? 0)) {
      this.balances.set(balanceKey(entry.ledger, entry.unit), entry.balance)
      entries.put({ id: entries.lastId + 1, ...entry })
    }
  }
}
