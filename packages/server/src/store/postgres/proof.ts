import { type Refusal, refuse } from '@ewallet/protocol'
import type { PoolClient } from 'pg'
import { type Proof, type TableName, tableNames } from '../store.ts'
import { sqlTableOf } from './columns.ts'
import { sequenceOf } from './migrations/migrations.ts'

/** A question to the database that has no answer where all is well; where it has, each row tells in `reason` what is not. */
interface Check {
  table: string
  sql: string
}

const checks: readonly Check[] = [
  {
    table: 'postings',
    sql: `SELECT format('posting %s is not told by its two entries', p.id) AS reason FROM postings p
      LEFT JOIN entries d ON d.id = p.id AND d.ledger = p.debit AND d.unit = p.unit AND d.amount = -p.amount
      LEFT JOIN entries c ON c.id = p.id + 1 AND c.ledger = p.credit AND c.unit = p.unit AND c.amount = p.amount
      WHERE d.id IS NULL OR c.id IS NULL`,
  },
  {
    table: 'entries',
    sql: `SELECT format('%s entries tell of %s postings', e.count, p.count) AS reason
      FROM (SELECT count(*) FROM entries) e, (SELECT count(*) FROM postings) p WHERE e.count <> 2 * p.count`,
  },
  {
    table: 'entries',
    sql: `SELECT format('all %s add up to %s', unit, sum(amount)) AS reason FROM entries GROUP BY unit HAVING sum(amount) <> 0`,
  },
  {
    table: 'entries',
    sql: `SELECT format('entry %s says that %s held %s %s, and those up to it come to %s', id, ledger, balance, unit, running) AS reason
      FROM (SELECT *, sum(amount) OVER (PARTITION BY ledger, unit ORDER BY at, id) AS running FROM entries) e
      WHERE balance <> running`,
  },
  {
    table: 'balances',
    sql: `SELECT format('%s holds %s %s, and its entries come to %s', ledger, coalesce(b.amount, 0), unit, coalesce(e.amount, 0)) AS reason
      FROM balances b FULL JOIN (SELECT ledger, unit, sum(amount) AS amount FROM entries GROUP BY ledger, unit) e USING (ledger, unit)
      WHERE coalesce(b.amount, 0) <> coalesce(e.amount, 0)`,
  },
  {
    table: 'transfer_records',
    sql: `SELECT format('record %s is of movement %s, which is not there', r.id, r.movement) AS reason
      FROM transfer_records r LEFT JOIN movements m ON m.id = r.movement WHERE m.id IS NULL`,
  },
  {
    table: 'event_cursors',
    sql: `SELECT format('account %s had event %s, and its cursor stands at %s', e.account, e.cursor, coalesce(c.cursor, 0)) AS reason
      FROM (SELECT account, max(cursor) AS cursor FROM events GROUP BY account) e LEFT JOIN event_cursors c USING (account)
      WHERE e.cursor > coalesce(c.cursor, 0)`,
  },
  ...tableNames.map(idsOf),
]

/** No id comes back: what a sequence gave out last is not below what was used. */
function idsOf(table: TableName): Check {
  const { name, sql } = sqlTableOf(table)
  // Of entries only every other id is drawn.
  const follows = table === 'entries' ? 1 : 0
  return {
    table: name,
    sql: `SELECT format('id %s is used, and %s was given out last', used, given) AS reason
      FROM (SELECT max(id) AS used, coalesce(pg_sequence_last_value('${sequenceOf(table)}'), 0) + ${follows} AS given FROM ${sql}) i
      WHERE used > given`,
  }
}

/** As long as a timer can last. */
const FOREVER_MS = 2 ** 31 - 1

const counts = `SELECT (SELECT count(*) FROM entries) AS entries,
  (SELECT count(*) FROM postings) AS postings, (SELECT count(*) FROM wallets) AS wallets, (SELECT count(*) FROM clocks) AS clocks`

// How single rows are best read is no way to read all of them.
const begin = [
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  'SET LOCAL statement_timeout = 0',
  ...['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'material'].map((plan) => `SET LOCAL enable_${plan} = on`),
].join('; ')

/**
 * Proves a database as it stands at one moment, while daemons go on: every posting has its two entries, every balance is the sum of
 * its own, each entry tells the balance after it, and no id can come twice. `seq` is 0, for there is no journal.
 */
export async function proveDatabase(
  connection: PoolClient,
  progress: (done: number, of: number) => void,
): Promise<Proof | Refusal<'store_damaged'>> {
  const ask = async (text: string): Promise<Record<string, unknown>[]> => {
    // However long it takes: it is in nobody's way.
    const patient = { text, query_timeout: FOREVER_MS }
    return (await connection.query(patient)).rows
  }
  await connection.query(begin)
  try {
    for (const [place, { table, sql }] of checks.entries()) {
      progress(place, checks.length)
      const [wrong] = await ask(`${sql} LIMIT 1`)
      if (wrong) return refuse('store_damaged', { table, reason: `${wrong.reason}.` })
    }
    const [counted] = await ask(counts)
    progress(checks.length, checks.length)
    return { seq: 0, ...(counted as Omit<Proof, 'seq'>) }
  } finally {
    await connection.query('ROLLBACK')
  }
}
