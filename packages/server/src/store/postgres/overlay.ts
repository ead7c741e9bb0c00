import type { LedgerAccount, Unit } from '../../domain/rows.ts'
import { balanceKey, entriesOf } from '../memory/posting.ts'
import {
  type Awaitable,
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
import { type AnyRow, type BatchChanges, Changes } from './changes.ts'
import type { Snapshot } from './snapshot.ts'
import { orderedFields, uniqueFields } from './statements.ts'

/** Gives out ids, and takes back all that it gave where nothing came of them. */
export interface Ids {
  next(table: TableName): Awaitable<number>
  takeBack(): void
}

/** A transaction over what the database's holds: it sees what stands, what those before it in the batch changed, and its own. */
export class Overlay {
  readonly now: number
  readonly isShared = true
  said: { by: number | null; path: string } = { by: null, path: '' }
  readonly changes = new Changes()
  /** What those before it in the batch changed. */
  readonly before: BatchChanges
  readonly snapshot: Snapshot
  readonly ids: Ids
  private readonly opened = new Map<TableName, unknown>()

  constructor(snapshot: Snapshot, before: BatchChanges, now: number, ids: Ids) {
    this.snapshot = snapshot
    this.before = before
    this.now = now
    this.ids = ids
  }

  get changed(): boolean {
    return !this.changes.isEmpty
  }

  table<T extends TableName>(name: T): Table<T> {
    let table = this.opened.get(name)
    if (!table) {
      table = new OverlayTable(name, this)
      this.opened.set(name, table)
    }
    return table as Table<T>
  }

  async post(debit: LedgerAccount, credit: LedgerAccount, amount: number, unit: Unit, memo: Memo): Promise<void> {
    const posting = { debit, credit, amount, unit, memo }
    const keys = [balanceKey(debit, unit), balanceKey(credit, unit)] as const
    const held = new Map([
      [keys[0], await this.held(keys[0])],
      [keys[1], await this.held(keys[1])],
    ])
    let first: number | undefined
    for (const entry of entriesOf(posting, this.now, (key) => held.get(key) ?? 0)) {
      this.changes.balances.set(balanceKey(entry.ledger, unit), entry.balance)
      const id = await this.ids.next('entries')
      first ??= id
      this.changes.add('entries', { id, ...entry })
    }
    this.changes.postings.push({ ...posting, id: first ?? 0, at: this.now, said: this.said })
  }

  balance(ledger: LedgerAccount, unit: Unit): Awaitable<number> {
    return this.held(balanceKey(ledger, unit))
  }

  undo(): void {
    this.changes.clear()
    this.ids.takeBack()
  }

  private held(key: string): Awaitable<number> {
    const changed = this.changes.balances.get(key) ?? this.before.balances.get(key)
    if (changed !== undefined) return changed
    const held = this.snapshot.balance(key)
    return typeof held === 'number' ? held || 0 : held.then((amount) => amount || 0)
  }
}

/** One table as a transaction sees it. */
class OverlayTable<T extends TableName> implements Table<T> {
  private readonly name: T
  private readonly overlay: Overlay
  private readonly unique: [string, readonly string[]][]

  constructor(name: T, overlay: Overlay) {
    this.name = name
    this.overlay = overlay
    this.unique = Object.entries(shapes[name].unique)
  }

  get(id: number): Awaitable<Tables[T] | undefined> {
    const { changes, before, snapshot } = this.overlay
    const own = changes.row(this.name, id)
    const changed = own === undefined ? before.row(this.name, id) : own
    if (changed !== undefined) return (changed ?? undefined) as unknown as Tables[T] | undefined
    return snapshot.get(this.name, id)
  }

  async find(index: UniqueIndex<T>, key: Key): Promise<Tables[T] | undefined> {
    const fields = uniqueFields(this.name, index)
    const { changes, before, snapshot } = this.overlay
    for (const row of changes.matching(this.name, fields, key)) return row as unknown as Tables[T]
    const earlier = before.find(this.name, index, fields, key)
    if (earlier && changes.row(this.name, earlier.id) === undefined) return earlier as unknown as Tables[T]
    const found = snapshot.find(this.name, index, key)
    const row = found instanceof Promise ? await found : found
    return row && !this.isChanged(row.id) ? row : undefined
  }

  async list(index: OrderedIndex<T>, key: Key, range: Range = {}): Promise<Tables[T][]> {
    const { of, by } = orderedFields(this.name, index)
    const { changes, before } = this.overlay
    const limit = range.limit ?? Number.POSITIVE_INFINITY
    if (limit <= 0) return []
    const direction = range.descending ? -1 : 1
    const mine = [...changes.matching(this.name, of, key, by, range)]
    for (const row of before.matching(this.name, of, key, by, range)) {
      if (changes.row(this.name, row.id) === undefined) mine.push(row)
    }
    mine.sort((a, b) => direction * ((a[by] as number) - (b[by] as number) || a.id - b.id))
    const found: AnyRow[] = []
    const page: Range = { ...range }
    let next = 0
    for (let isMore = true; isMore && found.length < limit; ) {
      const rows = (await this.overlay.snapshot.list(this.name, index, key, page)) as unknown as AnyRow[]
      for (const row of rows) {
        if (this.isChanged(row.id)) continue
        for (let own = mine[next]; own && comesFirst(own, row, by, direction); own = mine[next]) {
          found.push(own)
          next += 1
        }
        found.push(row)
      }
      const last = rows.at(-1)
      // What was left out for its changes is made up for by the next page.
      isMore = last !== undefined && rows.length >= limit
      if (last) page.after = { order: last[by] as number, id: last.id }
    }
    found.push(...mine.slice(next))
    if (found.length > limit) found.length = limit
    return found as unknown as Tables[T][]
  }

  async add(row: Omit<Tables[T], 'id'>): Promise<Tables[T]> {
    const added = { id: await this.overlay.ids.next(this.name), ...row } as unknown as AnyRow
    await this.checkUnique(added)
    this.overlay.changes.add(this.name, added)
    return added as unknown as Tables[T]
  }

  async put(row: Tables[T]): Promise<void> {
    const changed = row as unknown as AnyRow
    const was = (await this.get(row.id)) as unknown as AnyRow | undefined
    if (!was) throw new Error(`There is no row ${row.id} in ${this.name} to replace.`)
    await this.checkUnique(changed, was)
    this.overlay.changes.put(this.name, changed)
  }

  async remove(id: number): Promise<void> {
    if (!(await this.get(id))) throw new Error(`There is no row ${id} in ${this.name} to remove.`)
    this.overlay.changes.remove(this.name, id)
  }

  private isChanged(id: number): boolean {
    const { changes, before } = this.overlay
    return changes.row(this.name, id) !== undefined || before.row(this.name, id) !== undefined
  }

  /** The database would refuse the whole batch for it; here only the one who is wrong fails. */
  private async checkUnique(row: AnyRow, was?: AnyRow): Promise<void> {
    for (const [index, fields] of this.unique) {
      const key = fields.map((field) => row[field])
      if (key.some((part) => part === null || part === undefined)) continue
      if (was && fields.every((field) => was[field] === row[field])) continue
      const holder = await this.find(index as UniqueIndex<T>, key as unknown as Key)
      if (holder && holder.id !== row.id) throw new Error(`Two rows of ${this.name} have the same ${index}.`)
    }
  }
}

function comesFirst(own: AnyRow, other: AnyRow, by: string, direction: number): boolean {
  return direction * ((own[by] as number) - (other[by] as number) || own.id - other.id) < 0
}

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
