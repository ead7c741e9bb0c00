import { hash } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { Counts } from '../store.ts'
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

/** What all daemons on a database count together; a name tells of a person, so only its hash is kept. */
export class PostgresCounts implements Counts {
  private readonly connections: Connections
  private additions = 0
  private lastChange: Promise<unknown> = Promise.resolve()

  constructor(connections: Connections) {
    this.connections = connections
  }

  async of(names: readonly string[]): Promise<number[][]> {
    const kept = names.map(keptName)
    const { rows } = await this.connections.query(looking, [kept])
    return timesOf(kept, rows)
  }

  async change(
    names: readonly string[],
    at: number,
    decide: (times: number[][]) => readonly (readonly number[] | undefined)[],
  ): Promise<void> {
    const work = () => this.connections.with((connection) => changeAlone(connection, names.map(keptName), decide))
    // One after the other, so that those who wait for each other hold one connection together.
    const mine = this.lastChange.then(work, work)
    this.lastChange = mine.catch(() => {})
    try {
      await mine
    } catch (error) {
      throw isLost(error) ? unavailable(error) : error
    }
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

async function changeAlone(
  connection: PoolClient,
  names: readonly string[],
  decide: (times: number[][]) => readonly (readonly number[] | undefined)[],
): Promise<void> {
  const [, , { rows }] = await together(connection, () =>
    Promise.all([
      // What is read once the lock is there is what those before kept.
      connection.query('BEGIN ISOLATION LEVEL READ COMMITTED'),
      connection.query(locking, [names]),
      connection.query(looking, [names]),
    ]),
  )
  const decided = decide(timesOf(names, rows))
  const counted: Record<string, readonly number[]> = {}
  const forgotten: string[] = []
  for (const [place, name] of names.entries()) {
    const times = decided[place]
    if (times?.length) counted[name] = times
    else if (times) forgotten.push(name)
  }
  await together(connection, () =>
    Promise.all([
      connection.query(
        `INSERT INTO counts SELECT key, ARRAY(SELECT json_array_elements_text(value)::bigint) FROM json_each($1)
          ON CONFLICT (what) DO UPDATE SET times = excluded.times`,
        [JSON.stringify(counted)],
      ),
      connection.query('DELETE FROM counts WHERE what = ANY ($1::text[])', [forgotten]),
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
