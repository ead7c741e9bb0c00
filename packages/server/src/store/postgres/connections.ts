import pg from 'pg'
import { StoreUnavailable } from '../store.ts'

/** Where the database is, and how it is used. */
export interface Reach {
  /** `postgres://user:password@host:port/database`, with what else the driver understands. */
  url: string
  /** How many connections there are at the most, the one that listens included. */
  connectionsMax: number
  /** How long a connection may take to be made, and a statement to be answered, in ms. */
  timeoutMs: number
}

const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    // Whole numbers stay below 2^53, for the rules see to that.
    if (oid === pg.types.builtins.INT8) return Number
    return pg.types.getTypeParser(oid, format as 'text')
  },
} as pg.CustomTypesConfig

function settingsOf({ url, timeoutMs }: Reach): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'ewallet',
    connectionTimeoutMillis: timeoutMs,
    // The database gives up a little earlier than this side, so that its word is heard.
    query_timeout: timeoutMs + 1_000,
    statement_timeout: timeoutMs,
    // One that stands still in the middle lets the others go on before they give up.
    idle_in_transaction_session_timeout: Math.ceil(timeoutMs / 2),
    keepAlive: true,
    pipeline: true,
    types,
  }
}

/** The connections to one database: a pool for statements, each made ready when it is new. */
export class Connections {
  readonly reach: Reach
  private readonly pool: pg.Pool

  constructor(reach: Reach) {
    this.reach = reach
    const max = Math.max(2, reach.connectionsMax - 1)
    this.pool = new pg.Pool({ ...settingsOf(reach), max, idleTimeoutMillis: 60_000, allowExitOnIdle: true })
    // One that breaks while nobody uses it is simply gone.
    this.pool.on('error', () => {})
  }

  /** Runs work on a connection of the pool; one that broke is not given back. */
  async with<T>(work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
    let connection: pg.PoolClient
    try {
      connection = await this.pool.connect()
    } catch (error) {
      throw unavailable(error)
    }
    let broken: Error | undefined
    const onError = (error: Error) => {
      broken = error
    }
    connection.on('error', onError)
    try {
      await ready(connection)
      return await work(connection)
    } catch (error) {
      if (isLost(error)) broken = error as Error
      throw error
    } finally {
      connection.off('error', onError)
      // A connection in a state nobody knows is worth less than a new one.
      connection.release(broken ?? (connection.getTransactionStatus() === 'I' ? undefined : true))
    }
  }

  /** One statement by itself. */
  async query(text: string, values: unknown[] = []): Promise<pg.QueryResult> {
    try {
      return await this.with((connection) => connection.query(text, values))
    } catch (error) {
      throw isLost(error) ? unavailable(error) : error
    }
  }

  /** A connection besides the pool's, for who listens. */
  async open(): Promise<pg.Client> {
    const client = new pg.Client(settingsOf(this.reach))
    client.on('error', () => {})
    await client.connect()
    return client
  }

  async close(): Promise<void> {
    await this.pool.end()
  }
}

/** Sends statements in one piece, and not one system call each. */
export function together<T>(connection: pg.PoolClient, send: () => T): T {
  const { stream } = connection.connection
  stream.cork()
  try {
    return send()
  } finally {
    stream.uncork()
  }
}

const made = new WeakSet<object>()

/** What reads more of a table or index than it needs would be in everybody's way under SERIALIZABLE. */
const plans = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'material', 'memoize']
const settings = [...plans.map((plan) => `SET enable_${plan} = off`), 'SET jit = off'].join('; ')

async function ready(connection: pg.PoolClient): Promise<void> {
  if (made.has(connection)) return
  await connection.query(settings)
  made.add(connection)
}

/** What a lost or failing database looks like to a caller. */
export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  return new StoreUnavailable(`The database cannot be used: ${(error as Error).message}`, { cause: error })
}

const lostCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]

/** Whether an error says that the connection or the database is gone, full or read-only, not that the statement was wrong. */
export function isLost(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true
  const { code, message = '' } = error as { code?: string; message?: string }
  if (code !== undefined && lostCodes.includes(code)) return true
  // Classes: connection, resources, operator intervention, system, and a standby that only reads.
  if (code !== undefined && /^(08|53|57|58)|^25006$|^25P03$/.test(code)) return true
  return code === undefined && /connection|timeout|timed out|not queryable|closed/i.test(message)
}

/** Whether a transaction that failed so may go well when it is done again. */
export function isWorthAnother(error: unknown): boolean {
  const { code } = error as { code?: string }
  return code === '40001' || code === '40P01'
}
