import { type TableName, tableNames } from '../store.ts'
import type { Block } from './block.ts'
import { balanceKey, entriesOf, entryColumns, type Posting, writeEntry } from './posting.ts'
import type { Columns } from './row-text.ts'
import { TableState, type Written } from './table-state.ts'
import { TextBytes } from './text-bytes.ts'

/** What one transaction changed of a table. */
export interface TableChange {
  columns: Columns
  /** The rows put that no posting tells of; their texts stand side by side. */
  put: Written[]
  /** The entries that follow from the postings. */
  posted: Written[]
  gone: number[]
  /** The last id given out, by this transaction or before. */
  lastId: number
  isLastIdNew: boolean
}

/** What one transaction changed. */
export interface Change {
  tables: Map<TableName, TableChange>
  /** Where the texts of its rows stand, until the next transaction. */
  texts: TextBytes
  /** What the ledger accounts hold now, by ledger account and unit. */
  balances: Map<string, number>
}

/** All that is kept as it was at one moment, whatever changes after it. */
export interface StateView {
  tables: [TableName, Block[]][]
  lastIds: Record<TableName, number>
  balances: ReadonlyMap<string, number>
}

/** All that is kept, in memory. */
export class State {
  readonly tables: { readonly [T in TableName]: TableState<T> }
  /** By ledger account and unit, as `wallet:1 credits`. */
  readonly balances = new Map<string, number>()
  private readonly texts = new TextBytes()

  constructor() {
    this.tables = Object.fromEntries(
      tableNames.map((name) => [name, new TableState(name)]),
    ) as unknown as State['tables']
  }

  /** Looks at all as it is now. */
  view(): StateView {
    return {
      tables: tableNames.map((name) => [name, this.tables[name].view()]),
      lastIds: Object.fromEntries(tableNames.map((name) => [name, this.tables[name].lastId])) as StateView['lastIds'],
      balances: new Map(this.balances),
    }
  }

  /** Makes a change one's own. */
  apply(change: Change): void {
    const { bytes } = change.texts
    for (const [name, { put, posted, gone, lastId }] of change.tables) {
      const table = this.tables[name]
      table.lastId = Math.max(table.lastId, lastId)
      for (const row of posted) table.put(row, bytes)
      for (const row of put) table.put(row, bytes)
      for (const id of gone) table.remove(id)
    }
    for (const [key, balance] of change.balances) this.balances.set(key, balance)
  }

  /** Works out a posting that was made at a moment, and keeps what follows from it. */
  post(posting: Posting, at: number): void {
    const { tables, texts } = this
    for (const entry of entriesOf(posting, at, (key) => this.balances.get(key) ?? 0)) {
      this.balances.set(balanceKey(entry.ledger, entry.unit), entry.balance)
      texts.clear()
      writeEntry(texts, tables.entries.lastId + 1, entry)
      tables.entries.putBytes(texts.bytes, 0, entryColumns)
    }
  }

  putBytes(table: TableName, bytes: Buffer, start: number, columns: Columns): number {
    return this.tables[table].putBytes(bytes, start, columns)
  }

  remove(table: TableName, id: number): void {
    this.tables[table].remove(id)
  }

  given(name: TableName, lastId: number): void {
    const table = this.tables[name]
    table.lastId = Math.max(table.lastId, lastId)
  }
}
