import type { PoolClient } from 'pg'
import { rowOf, sqlTableOf } from '../postgres/columns.ts'
import type { Connections } from '../postgres/connections.ts'
import { sequenceOf } from '../postgres/migrations/migrations.ts'
import { insertRows } from '../postgres/statements.ts'
import { arraysOf } from '../postgres/writing.ts'
import type { TableName } from '../store.ts'
import { type AnyRow, movedHere, type Said, type Side } from './side.ts'

/** What `migrations` tells of a database that is being moved into; a daemon leaves it alone. */
export const RELOCATING = 'relocating'

/** A database as it is moved from or to. */
export class PostgresSide implements Side {
  private readonly connections: Connections

  constructor(connections: Connections) {
    this.connections = connections
  }

  async next(table: TableName): Promise<number> {
    const { rows } = await this.connections.query(
      `SELECT coalesce(pg_sequence_last_value('${sequenceOf(table)}'), 0) AS last`,
    )
    const last = Number(rows[0]?.last)
    // Of entries only every other id is drawn.
    return last > 0 && table === 'entries' ? last + 2 : last + 1
  }

  async reached(table: TableName): Promise<number> {
    const { rows } = await this.connections.query(`SELECT coalesce(max(id), 0) AS last FROM ${sqlTableOf(table).sql}`)
    return Number(rows[0]?.last)
  }

  async rows(table: TableName, after: number, upTo: number): Promise<AnyRow[]> {
    const { sql, columns } = sqlTableOf(table)
    const text = `SELECT ${columns.map(({ name }) => name).join(', ')} FROM ${sql} WHERE id > $1 AND id <= $2 ORDER BY id`
    return this.connections.with(async (connection) => {
      const { rows } = await connection.query<unknown[]>({ text, values: [after, upTo], rowMode: 'array' })
      return rows.map((values) => rowOf(table, values) as unknown as AnyRow)
    })
  }

  async said(after: number, upTo: number): Promise<Map<number, Said>> {
    const text = 'SELECT id, said_by, path FROM postings WHERE id > $1 AND id <= $2'
    const { rows } = await this.connections.query(text, [after, upTo])
    return new Map(rows.map(({ id, said_by: by, path }) => [id, { by, path }]))
  }

  async balance(key: string): Promise<number> {
    const { rows } = await this.connections.query(
      'SELECT amount FROM balances WHERE ledger = $1 AND unit = $2',
      key.split(' '),
    )
    return Number(rows[0]?.amount ?? 0)
  }

  async now(): Promise<number> {
    const { rows } = await this.connections.query("SELECT coalesce(pg_sequence_last_value('moments'), 0) AS now")
    return Number(rows[0]?.now)
  }

  async add(table: TableName, rows: readonly AnyRow[], said: ReadonlyMap<number, Said>): Promise<void> {
    await this.connections.with(async (connection) => {
      await connection.query('BEGIN')
      try {
        await connection.query({ ...insertRows(table), values: arraysOf(table, rows) })
        if (table === 'entries') await this.addPostings(connection, rows, said)
        await connection.query('COMMIT')
      } catch (error) {
        await connection.query('ROLLBACK').catch(() => {})
        throw error
      }
    })
  }

  async end(next: ReadonlyMap<TableName, number>, now: number): Promise<void> {
    for (const [table, id] of next) {
      // Of entries only every other id is drawn.
      const last = table === 'entries' ? id - 2 : id - 1
      if (last > 0) await this.connections.query(`SELECT setval('${sequenceOf(table)}', $1)`, [last])
    }
    await this.connections.query("SELECT setval('moments', $1)", [now])
  }

  async mark(isBegun: boolean): Promise<void> {
    await this.connections.query(
      isBegun
        ? 'INSERT INTO migrations VALUES ($1, now()) ON CONFLICT DO NOTHING'
        : 'DELETE FROM migrations WHERE name = $1',
      [RELOCATING],
    )
  }

  async isMarked(): Promise<boolean> {
    const { rows } = await this.connections.query('SELECT 1 FROM migrations WHERE name = $1', [RELOCATING])
    return rows.length > 0
  }

  close(): Promise<void> {
    return this.connections.close()
  }

  private async addPostings(
    connection: PoolClient,
    rows: readonly AnyRow[],
    said: ReadonlyMap<number, Said>,
  ): Promise<void> {
    const held = new Map<string, [string, string, number]>()
    const postings: unknown[][] = []
    for (let place = 0; place < rows.length; place += 2) {
      const [debit, credit] = [rows[place], rows[place + 1]]
      if (!debit || credit?.id !== debit.id + 1) throw new Error(`Entry ${debit?.id} has no other side.`)
      const { by, path } = said.get(debit.id) ?? movedHere
      postings.push([debit.id, debit.at, by, path, debit.ledger, credit.ledger, credit.amount, credit.unit])
      for (const { ledger, unit, balance } of [debit, credit] as unknown as {
        ledger: string
        unit: string
        balance: number
      }[]) {
        held.set(`${ledger} ${unit}`, [ledger, unit, balance])
      }
    }
    const column = (place: number) => postings.map((posting) => posting[place])
    await connection.query(
      `INSERT INTO postings (id, at, said_by, path, debit, credit, amount, unit)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[])`,
      [0, 1, 2, 3, 4, 5, 6, 7].map(column),
    )
    const balances = [...held.values()]
    await connection.query(
      `INSERT INTO balances (ledger, unit, amount) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
        ON CONFLICT (ledger, unit) DO UPDATE SET amount = excluded.amount`,
      [0, 1, 2].map((place) => balances.map((balance) => balance[place])),
    )
  }
}
