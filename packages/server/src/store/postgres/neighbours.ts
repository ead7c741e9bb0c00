import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import type { Neighbours } from '../store.ts'
import type { Connections } from './connections.ts'
import { PostgresCounts } from './counts.ts'

/** A notification holds less than 8,000 bytes. */
const ACCOUNTS_TOLD_MAX = 400
/** How long to wait before listening again, once nobody answers. */
const AGAIN_MS = 1_000

/**
 * The other daemons on one database. That events came is told by NOTIFY, only as a hint: what came is read from the table, and
 * whoever may have missed a hint is told so.
 */
export class PostgresNeighbours implements Neighbours {
  readonly counts: PostgresCounts
  private readonly connections: Connections
  /** What this daemon tells, it does not need to hear. */
  private readonly self = randomUUID()
  private readonly untold = new Set<number>()
  private telling = false
  private listener: Client | undefined
  private hear: ((account: number | undefined) => void) | undefined
  private again: NodeJS.Timeout | undefined
  private closed = false
  private lastLock: Promise<unknown> = Promise.resolve()

  constructor(connections: Connections) {
    this.connections = connections
    this.counts = new PostgresCounts(connections)
  }

  tell(account: number): void {
    this.untold.add(account)
    if (!this.telling) void this.tellAll()
  }

  listen(hear: (account: number | undefined) => void): void {
    const isListening = this.hear !== undefined
    this.hear = hear
    if (isListening) hear(undefined)
    else void this.connect()
  }

  async alone<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    return this.next(() => this.locked('pg_try_advisory_lock', what, work))
  }

  async setUp(work: () => Promise<void>): Promise<void> {
    await this.next(() =>
      this.locked('pg_advisory_lock', 'set up', async () => {
        // The first account is number 1, also where somebody drew that number and died.
        await this.connections.query(
          "SELECT setval('accounts_ids', 1, false) WHERE NOT EXISTS (SELECT 1 FROM accounts)",
        )
        await work()
      }),
    )
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.again)
    await this.listener?.end().catch(() => {})
  }

  /** One lock at a time, so that those who hold connections for them leave some to those who work. */
  private next<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.lastLock.then(work, work)
    this.lastLock = mine.catch(() => {})
    return mine
  }

  private locked<T>(lock: string, what: string, work: () => Promise<T>): Promise<T | undefined> {
    return this.connections.with(async (connection) => {
      const key = "hashtext(current_schema() || ' ' || $1)"
      const { rows } = await connection.query<{ got: boolean | '' }>(`SELECT ${lock}(${key}) AS got`, [what])
      if (rows[0]?.got === false) return undefined
      try {
        return await work()
      } finally {
        await connection.query(`SELECT pg_advisory_unlock(${key})`, [what]).catch(() => {})
      }
    })
  }

  private async tellAll(): Promise<void> {
    this.telling = true
    while (this.untold.size > 0 && !this.closed) {
      const accounts = [...this.untold].slice(0, ACCOUNTS_TOLD_MAX)
      for (const account of accounts) this.untold.delete(account)
      try {
        await this.connections.query("SELECT pg_notify('ewallet_' || current_schema(), $1)", [
          `${this.self} ${accounts.join()}`,
        ])
      } catch {
        // A hint that is lost is made up for by those who look again from time to time.
      }
    }
    this.telling = false
  }

  private async connect(): Promise<void> {
    if (this.closed) return
    let listener: Client | undefined
    try {
      listener = await this.connections.open()
      listener.on('notification', ({ payload = '' }) => {
        const [from, accounts = ''] = payload.split(' ')
        if (from === this.self) return
        for (const account of accounts.split(',')) this.hear?.(Number(account))
      })
      const { rows } = await listener.query<{ channel: string }>("SELECT 'ewallet_' || current_schema() AS channel")
      await listener.query(`LISTEN "${rows[0]?.channel}"`)
    } catch {
      listener?.end().catch(() => {})
      this.reconnect()
      return
    }
    if (this.closed) {
      // Closed while it was being made.
      await listener.end().catch(() => {})
      return
    }
    this.listener = listener
    listener.once('end', () => this.reconnect())
    // Nobody knows what was told while nobody listened.
    this.hear?.(undefined)
  }

  private reconnect(): void {
    if (this.closed) return
    clearTimeout(this.again)
    this.again = setTimeout(() => void this.connect(), AGAIN_MS)
    this.again.unref()
  }
}
