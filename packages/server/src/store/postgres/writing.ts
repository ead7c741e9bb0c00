import type { PoolClient } from 'pg'
import { type TableName, tableNames } from '../store.ts'
import type { BatchChanges, WrittenPosting } from './changes.ts'
import { arrayOf, elementOf, sqlTableOf } from './columns.ts'
import type { Snapshot } from './snapshot.ts'
import { deleteRows, insertRows, type Statement, updateRows } from './statements.ts'

/** Those that others refer to come first. */
const first: readonly TableName[] = ['accounts', 'workers', 'sessions', 'clients', 'wallets', 'clocks', 'movements']
/** The tables in an order in which rows can be added; removed they are the other way round. */
export const parentsFirst: readonly TableName[] = [...first, ...tableNames.filter((table) => !first.includes(table))]

const insertBalances: Statement = {
  name: 'insert balances',
  text: 'INSERT INTO balances (ledger, unit, amount) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])',
}
const updateBalances: Statement = {
  name: 'update balances',
  text: `UPDATE balances b SET amount = v.amount FROM unnest($1::text[], $2::text[], $3::bigint[]) AS v(ledger, unit, amount)
    WHERE b.ledger = v.ledger AND b.unit = v.unit`,
}
const insertPostings: Statement = {
  name: 'insert postings',
  text: `INSERT INTO postings (id, at, said_by, path, debit, credit, amount, unit)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[])`,
}

/** What changes again and again in one batch, and nothing refers to; it is written at the end. */
const late: readonly TableName[] = ['eventCursors']

/**
 * Sends what was changed and not sent before, a statement for each table and kind of change; each resolves when it is done. What
 * changes again and again waits for the last time.
 */
export function write(
  connection: PoolClient,
  changes: BatchChanges,
  snapshot: Snapshot,
  { isLast }: { isLast: boolean },
): Promise<unknown>[] {
  const sent: Promise<unknown>[] = []
  const send = (statement: Statement, values: unknown[]) => sent.push(connection.query({ ...statement, values }))
  const tables = parentsFirst.filter((table) => isLast || !late.includes(table))
  const written = tables.map((table) => ({ table, ...changes.write(table) }))
  for (const { table, gone } of [...written].reverse())
    if (gone.length > 0) send(deleteRows(table), [`{${gone.join()}}`])
  for (const { table, added, changed } of written) {
    if (changed.length > 0) send(updateRows(table), arraysOf(table, changed))
    if (added.length > 0) send(insertRows(table), arraysOf(table, added))
  }
  const postings = changes.postings.splice(0)
  if (postings.length > 0) send(insertPostings, postingArrays(postings))
  if (!isLast) return sent
  const balances = [...changes.balances]
  const isKnown = ([key]: [string, number]) => !Number.isNaN(snapshot.balance(key))
  const known = balances.filter(isKnown)
  const unknown = balances.filter((balance) => !isKnown(balance))
  if (known.length > 0) send(updateBalances, balanceArrays(known))
  if (unknown.length > 0) send(insertBalances, balanceArrays(unknown))
  return sent
}

/** The values of rows as a statement takes them: an array for each column. */
export function arraysOf(table: TableName, rows: readonly object[]): string[] {
  return sqlTableOf(table).columns.map((column) => arrayOf(column, rows))
}

function balanceArrays(balances: readonly [string, number][]): string[] {
  const parts = balances.map(([key]) => key.split(' '))
  return [
    `{${parts.map(([ledger]) => ledger).join()}}`,
    `{${parts.map(([, unit]) => unit).join()}}`,
    `{${balances.map(([, amount]) => amount).join()}}`,
  ]
}

function postingArrays(postings: readonly WrittenPosting[]): string[] {
  const array = (values: readonly unknown[], kind: 'whole' | 'text') =>
    `{${values.map((value) => elementOf(value, kind)).join()}}`
  return [
    array(
      postings.map(({ id }) => id),
      'whole',
    ),
    array(
      postings.map(({ at }) => at),
      'whole',
    ),
    array(
      postings.map(({ said }) => said.by),
      'whole',
    ),
    array(
      postings.map(({ said }) => said.path),
      'text',
    ),
    array(
      postings.map(({ debit }) => debit),
      'text',
    ),
    array(
      postings.map(({ credit }) => credit),
      'text',
    ),
    array(
      postings.map(({ amount }) => amount),
      'whole',
    ),
    array(
      postings.map(({ unit }) => unit),
      'text',
    ),
  ]
}
