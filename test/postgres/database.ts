import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, onTestFinished } from 'vitest'
import { openPostgresStore, type PostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import type { Time } from '../../packages/server/src/time.ts'
import { type DatabaseServer, startServer } from './server.ts'

let own: Promise<DatabaseServer> | undefined

/** The server that was started for all specs, or else one for those of this file. */
async function serverUrl(): Promise<string> {
  const shared = process.env.EWALLET_TEST_POSTGRES
  if (shared) return shared
  own ??= startServer()
  return (await own).url
}

/** Why no server can run here; undefined where one does. It is printed, for what is skipped is not tested. */
export async function whyNoServer(): Promise<string | undefined> {
  try {
    await serverUrl()
    afterAll(async () => (await own)?.end())
    return undefined
  } catch (error) {
    const reason = `PostgreSQL does not run here: ${error instanceof Error ? error.message : 'its programs are missing'}`
    process.stderr.write(`skipped: ${reason}\n`)
    return reason
  }
}

/** An empty schema, to be dropped by who made it. */
export async function anEmptySchema(): Promise<{ url: string; drop: () => Promise<void> }> {
  const url = await serverUrl()
  const schema = `t${randomBytes(6).toString('hex')}`
  await told(url, `CREATE SCHEMA ${schema}`)
  return {
    url: `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`,
    drop: async () => void (await told(url, `DROP SCHEMA ${schema} CASCADE`)),
  }
}

/** The address of an empty schema of a test's own, dropped when the test is over. */
export async function aDatabase(): Promise<string> {
  const { url, drop } = await anEmptySchema()
  onTestFinished(drop)
  return url
}

/** Says one statement by itself; gives the rows. */
export async function told(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}

/** A store in a database, in an empty one unless another is named; closed when the test is over. */
export async function aPostgresStore(time: Time, url?: string): Promise<PostgresStore> {
  const store = await openPostgresStore({
    url: url ?? (await aDatabase()),
    connectionsMax: 4,
    timeoutMs: 10_000,
    time,
    report: () => {},
  })
  onTestFinished(() => store.close())
  return store
}
