import { hash } from 'node:crypto'
import type { Counts } from '../store.ts'
import type { Connections } from './connections.ts'

/** How long a count is of any use. */
const KEPT_MS = 3_600_000
/** Of so many additions, one looks for counts that are of no use any more. */
const LOOKED_EVERY = 500

const newest = (keep: string) => `(c.times || $2::bigint)[greatest(1, cardinality(c.times) + 2 - ${keep}) : ]`

/** What all daemons on a database count together; a name tells of a person, so only its hash is kept. */
export class PostgresCounts implements Counts {
  private readonly connections: Connections
  private additions = 0

  constructor(connections: Connections) {
    this.connections = connections
  }

  async of(names: readonly string[]): Promise<number[][]> {
    const kept = names.map(keptName)
    const { rows } = await this.connections.query('SELECT what, times FROM counts WHERE what = ANY ($1::text[])', [
      kept,
    ])
    return kept.map((name) => (rows.find(({ what }) => what === name)?.times ?? []).map(Number))
  }

  async add(names: readonly { name: string; keep: number }[], at: number): Promise<void> {
    // Always in one order, so that two who add to the same names do not wait for each other.
    const kept = names
      .map(({ name, keep }) => ({ name: keptName(name), keep }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    await this.connections.query(
      `INSERT INTO counts AS c SELECT k.name, ARRAY[$2::bigint] FROM unnest($1::text[]) k(name)
        ON CONFLICT (what) DO UPDATE SET times = ${newest('($3::json ->> c.what)::bigint')}`,
      [
        kept.map(({ name }) => name),
        at,
        JSON.stringify(Object.fromEntries(kept.map(({ name, keep }) => [name, keep]))),
      ],
    )
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

  async clear(name: string): Promise<void> {
    await this.connections.query('DELETE FROM counts WHERE what = $1', [keptName(name)])
  }

  private async forget(now: number): Promise<void> {
    this.additions += 1
    if (this.additions % LOOKED_EVERY !== 0) return
    await this.connections.query('DELETE FROM counts WHERE times[cardinality(times)] < $1', [now - KEPT_MS])
  }
}

function keptName(name: string): string {
  return hash('sha256', name, 'base64url')
}
