import { CannotOpen } from '../lowdb/cannot-open.ts'
import type { Connections } from './connections.ts'
import { migrations } from './migrations/migrations.ts'

/** The database does not hold all of what is moved into it. */
class HalfMoved extends CannotOpen {
  override name = 'HalfMoved'
}

/** The database was brought up to date by a newer ewallet. */
class NewerStore extends CannotOpen {
  override name = 'NewerStore'
}

/**
 * Brings the database's form up to date: each migration in a transaction of its own, under a lock so that of several daemons that
 * start together one does it and the others wait. Gives the names of those it applied.
 */
export async function migrate(connections: Connections, { isMove = false } = {}): Promise<string[]> {
  return connections.with(async (connection) => {
    const applied: string[] = []
    await connection.query("SELECT pg_advisory_lock(hashtext(current_schema() || ' migrations'))")
    try {
      await connection.query(
        'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL)',
      )
      const { rows } = await connection.query<{ name: string }>('SELECT name FROM migrations ORDER BY name')
      const isMoving = rows.some(({ name }) => name === 'relocating')
      if (isMoving && !isMove)
        throw new HalfMoved('A move into the database has not ended: run ewallet system migrate-store again.')
      const unknown = rows.find(({ name }) => name !== 'relocating' && !migrations.some((known) => known.name === name))
      if (unknown)
        throw new NewerStore(`The database was written by a newer ewallet (${unknown.name}); install that one.`)
      for (const { name, sql } of migrations) {
        if (rows.some((row) => row.name === name)) continue
        await connection.query('BEGIN')
        try {
          await connection.query(sql)
          await connection.query('INSERT INTO migrations VALUES ($1, now())', [name])
          await connection.query('COMMIT')
        } catch (error) {
          await connection.query('ROLLBACK')
          throw error
        }
        applied.push(name)
      }
      return applied
    } finally {
      await connection.query("SELECT pg_advisory_unlock(hashtext(current_schema() || ' migrations'))")
    }
  })
}
