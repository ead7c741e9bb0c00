import { hash } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { Counts, Decide } from '../store.ts'
import { type Connections, isLost, together, unavailable } from './connections.ts'

/** How long a count is of any use. */
const KEPT_MS = 3_600_000
/** Of so many additions, one looks for counts that are of no use any more. */
const LOOKED_EVERY = 500

const newest = (keep: string) => `(c.times || $2::bigint)[greatest(1, cardinality(c.times) + 2 - ${keep}) : ]`

const looking = 'SELECT what, times FROM counts WHERE what = ANY ($1::text[])'
/** Names need no row to be locked; those of several are always locked in one order. */
const locking = `SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' counts'), k.name)
  FROM (SELECT DISTINCT hashtext(name) AS name FROM unnest($1::text[]) name ORDER BY 1) k`

interface Change {
  names: readonly string[]
  decide: Decide
  resolve: () => void
  reject: (error: unknown) => void
}

/** What all daemons on a database count together; a name tells of a person, so only its hash is kept. */
export class PostgresCounts implements Counts {
  private readonly connections: Connections
  private additions = 0
  private readonly changes: Change[] = []
  private isChanging = false

  constructor(connections: Connections) {
    this.connections = connections
  }

  async of(names: readonly string[]): Promise<number[][]> {
    const kept = names.map(keptName)
    const { rows } = await this.connections.query(looking, [kept])
    return timesOf(kept, rows)
  }

  async change(names: readonly string[], at: number, decide: Decide): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.changes.push({ names: names.map(keptName), decide, resolve, reject })
      if (!this.isChanging) void this.changeAll()
    })
    await this.forget(at)
  }

  async take(name: string, at: number, max: number, spanMs: number): Promise<boolean> {
    const { rowCount } = await this.connections.query(
      `INSERT INTO counts AS c VALUES ($1, ARRAY[$2::bigint]) ON CONFLICT (what) DO UPDATE SET times = ${newest('$3::bigint')}
        WHERE cardinality(c.times) < $3::bigint OR c.times[cardinality(c.times) + 1 - $3::bigint] <= $2::bigint - $4::bigint`,
      [keptName(name), at, max, spanMs],
    )
    await this.forget(at)
    return rowCount === 1
  }

  /** What comes while others are changed goes together next, on one connection. */
  private async changeAll(): Promise<void> {
    this.isChanging = true
    while (this.changes.length > 0) {
      const group = this.changes.splice(0)
      try {
        await this.connections.with((connection) => changeAlone(connection, group))
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(isLost(error) ? unavailable(error) : error)
      }
    }
    this.isChanging = false
  }

  private async forget(now: number): Promise<void> {
    this.additions += 1
    if (this.additions % LOOKED_EVERY !== 0) return
    // One that is being counted under is of use.
    await this.connections.query(
      `DELETE FROM counts WHERE what IN
        (SELECT what FROM counts WHERE times[cardinality(times)] < $1 FOR UPDATE SKIP LOCKED)`,
      [now - KEPT_MS],
    )
  }
}

/** Makes changes in their order, with nobody else in between. */
async function changeAlone(connection: PoolClient, changes: readonly Change[]): Promise<void> {
  const names = [...new Set(changes.flatMap((change) => change.names))]
  const [, , { rows }] = await together(connection, () =>
    Promise.all([
      // What is read once the lock is there is what those before kept.
      connection.query('BEGIN ISOLATION LEVEL READ COMMITTED'),
      connection.query(locking, [names]),
      connection.query(looking, [names]),
    ]),
  )
  const changed = new Map<string, readonly number[]>()
  for (const change of changes) {
    const before = timesOf(change.names, rows)
    const decided = change.decide(change.names.map((name, place) => changed.get(name) ?? before[place] ?? []))
    for (const [place, name] of change.names.entries()) {
      const times = decided[place]
      if (times) changed.set(name, times)
    }
  }
  const counted = [...changed].filter(([, times]) => times.length > 0)
  const forgotten = [...changed].filter(([, times]) => times.length === 0)
  await together(connection, () =>
    Promise.all([
      connection.query(
        `INSERT INTO counts SELECT key, ARRAY(SELECT json_array_elements_text(value)::bigint) FROM json_each($1)
          ON CONFLICT (what) DO UPDATE SET times = excluded.times`,
        [JSON.stringify(Object.fromEntries(counted))],
      ),
      connection.query('DELETE FROM counts WHERE what = ANY ($1::text[])', [forgotten.map(([name]) => name)]),
      connection.query('COMMIT'),
    ]),
  )
}

/** The moments under each name, the oldest first. */
function timesOf(names: readonly string[], rows: { what: string; times: unknown[] }[]): number[][] {
  return names.map((name) => (rows.find(({ what }) => what === name)?.times ?? []).map(Number))
}

function keptName(name: string): string {
  return hash('sha256', name, 'base64url')
}
