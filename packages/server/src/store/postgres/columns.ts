import { type TableName, type Tables, tableNames } from '../store.ts'

/** How a field is kept: whole numbers as `bigint`, texts as `text`, all that has parts as `json`, whose text stays as it is. */
export type ColumnKind = 'whole' | 'text' | 'json'

type Fields = { [T in TableName]: { [F in Exclude<keyof Tables[T], 'id'>]: ColumnKind } }

const dates = { createdAt: 'whole', writtenAt: 'whole' } as const
const sheet = { account: 'whole', owner: 'whole', reference: 'text', ...dates } as const
const record = { account: 'whole', sheet: 'whole', reference: 'text', ...dates } as const
const happened = { account: 'whole', at: 'whole', address: 'text' } as const

const fields: Fields = {
  accounts: {
    name: 'text',
    nameKey: 'text',
    email: 'text',
    emailKey: 'text',
    phone: 'text',
    alias: 'text',
    wallet: 'whole',
    contactList: 'whole',
    pass: 'json',
    passArchive: 'json',
    acl: 'json',
    license: 'text',
    leavesAt: 'whole',
    deletedAt: 'whole',
    ...dates,
  },
  wallets: {
    account: 'whole',
    reference: 'text',
    clock: 'whole',
    transferSheet: 'whole',
    invoiceSheet: 'whole',
    removedClocks: 'json',
    ...dates,
  },
  clocks: {
    account: 'whole',
    wallet: 'whole',
    reference: 'text',
    timeSheet: 'whole',
    conversionSheet: 'whole',
    timer: 'json',
    wakesAt: 'whole',
    ...dates,
  },
  transferSheets: sheet,
  invoiceSheets: sheet,
  conversionSheets: sheet,
  timeSheets: sheet,
  transferRecords: { ...record, type: 'text', from: 'whole', to: 'whole', credits: 'whole', movement: 'whole' },
  invoiceRecords: { ...record, credits: 'whole', currency: 'text', costE4: 'whole', seller: 'whole', notes: 'text' },
  conversionRecords: { ...record, type: 'text', minutes: 'whole', credits: 'whole', notes: 'text' },
  timeRecords: {
    ...record,
    clock: 'whole',
    startedAt: 'whole',
    stoppedAt: 'whole',
    spentMs: 'whole',
    pendingMs: 'whole',
    pendingCount: 'whole',
    notes: 'text',
  },
  timeIntervals: {
    account: 'whole',
    clock: 'whole',
    timeRecord: 'whole',
    listedFor: 'whole',
    startedAt: 'whole',
    stoppedAt: 'whole',
  },
  movements: {
    kind: 'text',
    from: 'whole',
    to: 'whole',
    fromWallet: 'whole',
    toWallet: 'whole',
    credits: 'whole',
    refunded: 'whole',
    at: 'whole',
  },
  entries: {
    ledger: 'text',
    wallet: 'whole',
    clock: 'whole',
    at: 'whole',
    kind: 'text',
    record: 'whole',
    partner: 'whole',
    unit: 'text',
    amount: 'whole',
    balance: 'whole',
    notes: 'text',
  },
  contactLists: { account: 'whole', reference: 'text', ...dates },
  contactRecords: {
    account: 'whole',
    list: 'whole',
    reference: 'text',
    referenceKey: 'text',
    name: 'text',
    nameKey: 'text',
    email: 'text',
    phone: 'text',
    notes: 'text',
    ...dates,
  },
  loginRecords: happened,
  logoutRecords: happened,
  clients: { clientId: 'text', token: 'whole', session: 'whole', validTo: 'whole', ...dates },
  tokens: { hash: 'text', label: 'text', client: 'whole', session: 'whole', validTo: 'whole', ...dates },
  sessions: {
    reference: 'text',
    account: 'whole',
    unusedSince: 'whole',
    worker: 'whole',
    address: 'text',
    usedAt: 'whole',
    validTo: 'whole',
    ...dates,
  },
  logins: { account: 'whole', session: 'whole', activeAt: 'whole' },
  workers: { createdAt: 'whole', state: 'whole', stateAt: 'whole' },
  answers: { account: 'whole', key: 'text', digest: 'text', answer: 'json' },
  events: { account: 'whole', cursor: 'whole', event: 'text', at: 'whole', data: 'json' },
  eventCursors: { account: 'whole', cursor: 'whole' },
  issueReports: { at: 'whole', source: 'text', contact: 'text', name: 'text', details: 'text', log: 'text' },
}

/** One field of a row, and the column it is kept in. */
export interface Column {
  field: string
  /** Quoted, for some are words of SQL. */
  name: string
  kind: ColumnKind
}

/** A table as the database has it. */
export interface SqlTable {
  name: string
  /** Quoted. */
  sql: string
  columns: readonly Column[]
}

/** The name a field or table has in SQL: `emailKey` is `email_key`. */
export function sqlName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A name as it is written in a statement. */
export function quoted(name: string): string {
  return `"${sqlName(name)}"`
}

const sqlTables = Object.fromEntries(
  tableNames.map((table) => {
    const columns: Column[] = [{ field: 'id', name: '"id"', kind: 'whole' }]
    for (const [field, kind] of Object.entries(fields[table])) columns.push({ field, name: quoted(field), kind })
    return [table, { name: sqlName(table), sql: quoted(table), columns }]
  }),
) as unknown as Record<TableName, SqlTable>

/** The table of the database in which a table is kept. */
export function sqlTableOf(table: TableName): SqlTable {
  return sqlTables[table]
}

/** The type of a kind of column. */
export const sqlTypes: Record<ColumnKind, string> = { whole: 'bigint', text: 'text', json: 'json' }

// PostgreSQL's texts hold every character but U+0000, so that one is written with two others.
const NUL = '\u0000'
const MARK = '\uE000'

/** A text as it is kept. */
export function keptText(text: string): string {
  if (!text.includes(NUL) && !text.includes(MARK)) return text
  return text.replaceAll(MARK, `${MARK}1`).replaceAll(NUL, `${MARK}0`)
}

/** A text as it was before it was kept. */
export function toldText(kept: string): string {
  return kept.includes(MARK) ? kept.replace(/\uE000([01])/g, (_, which) => (which === '1' ? MARK : NUL)) : kept
}

/** A row of the database, its values in the order of the columns, as a row of ours. */
export function rowOf<T extends TableName>(table: T, values: readonly unknown[]): Tables[T] {
  const row: Record<string, unknown> = {}
  const { columns } = sqlTables[table]
  for (let place = 0; place < columns.length; place += 1) {
    const { field, kind } = columns[place] as Column
    const value = values[place]
    row[field] = kind === 'text' && value !== null ? toldText(value as string) : value
  }
  return row as unknown as Tables[T]
}

/** The values of one column in many rows, as the text of an SQL array. */
export function arrayOf(column: Column, rows: readonly object[]): string {
  const values = rows.map((row) => elementOf((row as Record<string, unknown>)[column.field], column.kind))
  return `{${values.join(',')}}`
}

/** A value as an SQL array's text holds it. */
export function elementOf(value: unknown, kind: ColumnKind): string {
  if (value === null || value === undefined) return 'NULL'
  if (kind === 'whole') return String(value)
  const text = kind === 'json' ? JSON.stringify(value) : keptText(value as string)
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
