import type { Refusal } from '@ewallet/protocol'
import type * as rows from '../domain/rows.ts'

/** What is kept, by table. */
export interface Tables {
  accounts: rows.Account
  wallets: rows.Wallet
  clocks: rows.Clock
  transferSheets: rows.Sheet
  invoiceSheets: rows.Sheet
  conversionSheets: rows.Sheet
  timeSheets: rows.Sheet
  transferRecords: rows.TransferRecord
  invoiceRecords: rows.InvoiceRecord
  conversionRecords: rows.ConversionRecord
  timeRecords: rows.TimeRecord
  timeIntervals: rows.TimeInterval
  movements: rows.Movement
  entries: rows.Entry
  contactLists: rows.ContactList
  contactRecords: rows.ContactRecord
  loginRecords: rows.LoginRecord
  logoutRecords: rows.LoginRecord
  clients: rows.Client
  tokens: rows.Token
  sessions: rows.Session
  logins: rows.Login
  workers: rows.Worker
  answers: rows.KeptAnswer
  events: rows.HappenedEvent
  eventCursors: rows.EventCursor
  issueReports: rows.IssueReport
}

export type TableName = keyof Tables

interface TableShape {
  /** By index: the fields that together name one row. A row with a null among them is not in the index. */
  unique: Record<string, readonly string[]>
  /** By index: the fields that gather rows, and the number they are ordered by (then by id). Nulls as above. */
  ordered: Record<string, { of: readonly string[]; by: string }>
}

const records = { unique: {}, ordered: { sheet: { of: ['sheet'], by: 'createdAt' } } } as const
const sheets = { unique: {}, ordered: { owner: { of: ['owner'], by: 'id' } } } as const
const happened = { unique: {}, ordered: { account: { of: ['account'], by: 'at' } } } as const

/** The declared indexes of every table; nothing is ever looked for in another way. */
export const shapes = {
  accounts: {
    unique: { name: ['nameKey'], email: ['emailKey'] },
    ordered: { all: { of: [], by: 'id' }, leaving: { of: [], by: 'leavesAt' } },
  },
  wallets: { unique: {}, ordered: { account: { of: ['account'], by: 'id' } } },
  clocks: {
    unique: {},
    ordered: {
      wallet: { of: ['wallet'], by: 'id' },
      account: { of: ['account'], by: 'id' },
      waking: { of: [], by: 'wakesAt' },
    },
  },
  transferSheets: sheets,
  invoiceSheets: sheets,
  conversionSheets: sheets,
  timeSheets: sheets,
  transferRecords: records,
  invoiceRecords: records,
  conversionRecords: records,
  timeRecords: { unique: {}, ordered: { sheet: { of: ['sheet'], by: 'startedAt' } } },
  timeIntervals: {
    unique: {},
    ordered: {
      clock: { of: ['clock'], by: 'startedAt' },
      listed: { of: ['listedFor'], by: 'startedAt' },
    },
  },
  movements: { unique: {}, ordered: {} },
  entries: {
    unique: {},
    ordered: { ledger: { of: ['ledger'], by: 'at' }, wallet: { of: ['wallet'], by: 'at' } },
  },
  contactLists: { unique: {}, ordered: { account: { of: ['account'], by: 'id' } } },
  contactRecords: {
    unique: {},
    ordered: {
      list: { of: ['list'], by: 'id' },
      name: { of: ['list', 'nameKey'], by: 'id' },
      reference: { of: ['list', 'referenceKey'], by: 'id' },
    },
  },
  loginRecords: happened,
  logoutRecords: happened,
  clients: { unique: { clientId: ['clientId'] }, ordered: { expiry: { of: [], by: 'validTo' } } },
  tokens: {
    unique: { hash: ['hash'], session: ['session'] },
    ordered: { expiry: { of: [], by: 'validTo' } },
  },
  sessions: {
    unique: {},
    ordered: {
      worker: { of: ['worker'], by: 'id' },
      expiry: { of: [], by: 'validTo' },
      unused: { of: [], by: 'unusedSince' },
    },
  },
  logins: {
    unique: { both: ['session', 'account'] },
    ordered: { session: { of: ['session'], by: 'activeAt' }, account: { of: ['account'], by: 'activeAt' } },
  },
  workers: { unique: {}, ordered: { all: { of: [], by: 'id' } } },
  answers: { unique: { key: ['account', 'key'] }, ordered: { account: { of: ['account'], by: 'id' } } },
  events: {
    unique: {},
    ordered: { account: { of: ['account'], by: 'cursor' }, age: { of: [], by: 'at' } },
  },
  eventCursors: { unique: { account: ['account'] }, ordered: {} },
  issueReports: { unique: {}, ordered: { all: { of: [], by: 'id' } } },
} as const satisfies Record<TableName, TableShape>

export const tableNames = Object.keys(shapes) as TableName[]

export type Shapes = typeof shapes
export type UniqueIndex<T extends TableName> = keyof Shapes[T]['unique'] & string
export type OrderedIndex<T extends TableName> = keyof Shapes[T]['ordered'] & string
export type Key = readonly (string | number)[]

/** Something that may have to be waited for; a store in memory answers at once. */
export type Awaitable<T> = T | Promise<T>

/** Goes on with a value: at once where it is there, for every turn that is waited for costs as much as reading a row. */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Goes on with several values: at once where all are there; what has to be asked for is asked for together. */
export function afterAll<T extends readonly unknown[] | [], R>(
  values: T,
  next: (values: { [K in keyof T]: Awaited<T[K]> }) => Awaitable<R>,
): Awaitable<R> {
  for (const value of values) if (value instanceof Promise) return Promise.all(values).then((all) => next(all as never))
  return next(values as never)
}

/** Which part of an ordered index to list. */
export interface Range {
  /** The order's value from which on, included. */
  from?: number
  /** The order's value up to which, not included. */
  to?: number
  /** The row after which to go on in the direction of the listing. */
  after?: { order: number; id: number }
  descending?: boolean
  limit?: number
}

/** One table inside a transaction. Rows are values: change a copy and put it. */
export interface Table<T extends TableName> {
  get(id: number): Awaitable<Tables[T] | undefined>
  /** The row that a unique index names. */
  find(index: UniqueIndex<T>, key: Key): Awaitable<Tables[T] | undefined>
  /** The rows an ordered index gathers under a key, in order. */
  list(index: OrderedIndex<T>, key: Key, range?: Range): Awaitable<Tables[T][]>
  /** Adds a row under the table's next id. */
  add(row: Omit<Tables[T], 'id'>): Awaitable<Tables[T]>
  /** Replaces the row of the same id, which must be there. */
  put(row: Tables[T]): Awaitable<void>
  /** Removes a row; its id never comes back. */
  remove(id: number): Awaitable<void>
}

/** What a posting is about, on each side, as statements tell it. */
export interface Memo {
  kind: string
  notes: string | null
  /** The wallet, clock, record and partner of the debited side; nulls for the daemon's own ledger accounts. */
  debit?: Side
  credit?: Side
}

interface Side {
  wallet: number
  clock?: number
  record?: number
  partner?: number
}

/** What one transaction sees and does; nothing of it is kept before it ends well. */
export type Transaction = { readonly [T in TableName]: Table<T> } & {
  /** The transaction's one moment, in ms; later ones never have an earlier one. */
  readonly now: number
  /** Whether anything was changed so far. */
  readonly changed: boolean
  /** Whether other daemons work on the same store: they know only what is stored, and are in the way of who does a cleaner's work. */
  readonly isShared: boolean
  /** Who said which instruction; written into the journal. */
  said: { by: number | null; path: string }
  /**
   * Moves a positive amount from the debited to the credited ledger account and writes an entry for each.
   * Throws where a wallet or clock would go below zero: the rule that let it come to this is wrong.
   */
  post(
    debit: rows.LedgerAccount,
    credit: rows.LedgerAccount,
    amount: number,
    unit: rows.Unit,
    memo: Memo,
  ): Awaitable<void>
  /** The sum of a ledger account's postings in a unit. */
  balance(ledger: rows.LedgerAccount, unit: rows.Unit): Awaitable<number>
  /** Forgets everything changed so far, and goes on. */
  undo(): Awaitable<void>
}

export interface Options {
  /** Computes the answer and keeps nothing. */
  dryRun?: boolean
  /** The moment (ms) it was made at elsewhere, where a store in memory or files takes it over from another. */
  at?: number
  /** Called once the work is applied or dropped, before it is on disk: the next of the same session may start. */
  applied?: () => void
}

/** What `transaction` throws after a failed append or fsync, and until a restart. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** Where everything is kept. Transactions run one at a time, in the order asked for. */
export interface Store {
  /**
   * Keeps all of `work` or nothing: nothing if it throws, nothing if it returns a refusal, nothing on a dry run. What it returns is
   * given back once all that it saw or changed is on disk. `work` may run twice and touches nothing but its transaction.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: Options): Promise<T>
  /** Work that waits for nothing, on what is on disk already, is answered at once. */
  transaction<T>(work: (tx: Transaction) => Awaitable<T>, options?: Options): Awaitable<T>
  /** Reads `now` as the next transaction would see it. */
  now(): number
  /** Draws a checkpoint if there is something to draw, and ends. */
  close(): Promise<void>
  /** What a store on disk, here or in a database, can do besides. */
  readonly disk?: Disk
  /** The other daemons on the same store, where there may be some. */
  readonly neighbours?: Neighbours
}

/** Moments, counted under names. */
export interface Counts {
  /** The moments counted under each name, the oldest first. */
  of(names: readonly string[]): Promise<number[][]>
  /** Changes, at a moment, what is counted under names, with nobody else in between; the changes of one daemon in their order. */
  change(names: readonly string[], at: number, decide: Decide): Promise<void>
  /** Counts a moment unless `max` others lie within the span before it; says whether it did. */
  take(name: string, at: number, max: number, spanMs: number): Promise<boolean>
}

/** From the moments under each name to those under it from then on: none to forget it, undefined to leave it. */
export type Decide = (times: readonly (readonly number[])[]) => readonly (readonly number[] | undefined)[]

/** What daemons on one store say to each other, and what they leave to one of them. */
export interface Neighbours {
  /** Tells the others that events of an account are kept; a hint, which may be lost. */
  tell(account: number): void
  /** Hears what the others tell; undefined where hints of any account may have been lost. */
  listen(hear: (account: number | undefined) => void): void
  /** Does work that one daemon at a time does; undefined where another is at it. */
  alone<T>(what: string, work: () => Promise<T>): Promise<T | undefined>
  /** What is counted by all of them together. */
  readonly counts: Counts
  /** Does the work that makes a new store one that can be used, while the others wait. */
  setUp(work: () => Promise<void>): Promise<void>
}

/** What an operator asks of a store that is kept on disk. */
export interface Disk {
  /** Proves the store from the first journal line on; a database by its ledger. */
  verify(progress: (done: number, of: number) => void): Promise<Proof | Refusal<'store_damaged'>>
  /** Copies the store into a new or empty folder while it goes on, and proves the copy; a database is copied by its own means. */
  backup(
    path: string,
    progress: (done: number, of: number) => void,
  ): Promise<{ path: string; seq: number } | Refusal<'path_unavailable' | 'store_damaged' | 'store_not_kept'>>
}

/** What a verification counted. */
export interface Proof {
  /** The last journal line; 0 in a database, which has no journal of ours. */
  seq: number
  entries: number
  postings: number
  wallets: number
  clocks: number
}
