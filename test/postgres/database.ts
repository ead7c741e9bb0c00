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

/** Schemas with all tables and no rows, whose tests are over: one is emptied in a tenth of the time that making another takes. */
const emptied: string[] = []

/** The address of a schema of a test's own without rows, in which nothing but rows may be changed. */
async function aDatabaseAgain(): Promise<string> {
  const url = emptied.pop() ?? (await anEmptySchema()).url
  onTestFinished(async () => {
    await empty(url)
    emptied.push(url)
  })
  return url
}

/** Removes all rows of a schema, and lets its sequences begin anew. */
async function empty(url: string): Promise<void> {
  await told(
    url,
    `DO $$ DECLARE name text; BEGIN
      SET LOCAL lock_timeout = '10s';
      -- No trigger hears of it.
      SET LOCAL session_replication_role = replica;
      FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'migrations' LOOP
        EXECUTE format('DELETE FROM %I', name);
      END LOOP;
      PERFORM setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences
        WHERE schemaname = current_schema();
    END $$`,
  )
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

/** A store in a database, in one of its own without rows unless another is named; closed when the test is over. */
export async function aPostgresStore(time: Time, url?: string): Promise<PostgresStore> {
  const store = await openPostgresStore({
    url: url ?? (await aDatabaseAgain()),
    connectionsMax: 4,
    timeoutMs: 10_000,
    time,
    report: () => {},
  })
  onTestFinished(() => store.close())
  return store
}
