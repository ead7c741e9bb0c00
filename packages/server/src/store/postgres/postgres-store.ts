import { refuse } from '@ewallet/protocol'
import type { PoolClient } from 'pg'
import type { Time } from '../../time.ts'
import { type Disk, type Options, type Store, StoreUnavailable, type Transaction } from '../store.ts'
import { Batch, type Job } from './batch.ts'
import { Connections, isLost, isWorthAnother, type Reach, unavailable } from './connections.ts'
import { DrawnIds } from './ids.ts'
import { migrate } from './migrate.ts'
import { PostgresNeighbours } from './neighbours.ts'
import { proveDatabase } from './proof.ts'
import type { Read } from './snapshot.ts'
import { Turns } from './turns.ts'

/** How many jobs share one transaction of the database at the most. */
const BATCH_MAX = 128
/** How often a transaction is done again before it is given up. */
const TRIES_MAX = 30
const PAUSE_MAX_MS = 40
/** How much is read again at once at the most, and after how many batches it is looked anew at what they read. */
const RECALLED_MAX = 2_000
const FORGOTTEN_EVERY = 64
/** How an operator copies the database (docs/operations.md). */
const BACKUP = 'pg_dump --format=custom --serializable-deferrable --file=ewallet.dump "$EWALLET_STORE"'

/** What a store on PostgreSQL is given. */
export interface PostgresOptions extends Reach {
  time: Time
  /** Hears, in a sentence, what an operator should know. */
  report: (sentence: string) => void
  /** Hears how many transactions a COMMIT kept, and how long it took in ms. */
  onSynced?: (transactions: number, ms: number) => void
}

/** Rows in a PostgreSQL database that several daemons share. */
export class PostgresStore implements Store {
  readonly connections: Connections
  readonly neighbours: PostgresNeighbours
  readonly disk: Disk = {
    verify: (progress) =>
      this.connections
        .with((connection) => proveDatabase(connection, progress))
        .catch((error) => {
          throw isLost(error) ? unavailable(error) : error
        }),
    backup: async () => refuse('store_not_kept', { run: BACKUP }),
  }
  private readonly time: Time
  private readonly onSynced: PostgresOptions['onSynced']
  private lastNow = 0
  private readonly jobs: Job[] = []
  private running: Promise<void> | undefined
  private closed = false
  /** How many jobs are done one by one, since together they failed. */
  private alone = 0
  private readonly turns = new Turns()
  private readonly ids = new DrawnIds()
  /** What the batch before read, where the next one is likely to read the same. */
  private reads: readonly Read[] = []
  private batches = 0

  constructor(connections: Connections, { time, onSynced }: Pick<PostgresOptions, 'time' | 'onSynced'>) {
    this.connections = connections
    this.neighbours = new PostgresNeighbours(connections)
    this.time = time
    this.onSynced = onSynced
  }

  now(): number {
    return Math.max(this.time.now(), this.lastNow)
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>, options: Options = {}): Promise<T> {
    if (this.closed) return Promise.reject(new StoreUnavailable('The store is closed.'))
    return new Promise<T>((resolve, reject) => {
      this.jobs.push({ work, options, resolve: resolve as (value: unknown) => void, reject })
      this.running ??= this.run()
    })
  }

  async close(): Promise<void> {
    await this.running
    this.closed = true
    await this.neighbours.close()
    await this.connections.close()
  }

  private async run(): Promise<void> {
    // What is asked for in the same turn goes along.
    await turn()
    while (this.jobs.length > 0) {
      const jobs = this.jobs.splice(0, this.alone > 0 ? 1 : BATCH_MAX)
      await this.keep(jobs)
      if (this.alone > 0) this.alone -= 1
    }
    this.running = undefined
  }

  /** Does jobs until they are kept, or given up. */
  private async keep(jobs: Job[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const wanted = [...jobs]
      let stage: Stage = { batch: undefined, isEnding: false }
      try {
        await this.connections.with(async (connection) => {
          stage = { batch: undefined, isEnding: false }
          await this.turns.take(connection, (leave) => this.attempt(connection, wanted, stage, leave))
        })
        return
      } catch (error) {
        const taken: readonly Job[] = stage.batch?.jobs ?? wanted
        const failed = taken.length > 0 ? taken : wanted
        const isOver = tries >= TRIES_MAX || (isLost(error) && (stage.isEnding || tries > 1))
        if (isOver) return giveUp(failed, isLost(error) || isWorthAnother(error) ? unavailable(error) : error)
        jobs = [...failed]
        if (isLost(error)) continue
        const wasBeside = this.turns.failed()
        if (isWorthAnother(error) || (wasBeside && isTaken(error))) {
          if (!wasBeside) await pause(tries)
        } else if (jobs.length > 1) {
          this.alone = jobs.length
          // Those behind come next, in their order.
          this.jobs.unshift(...jobs.splice(1))
        } else return giveUp(jobs, error)
      }
    }
  }

  private async attempt(
    connection: PoolClient,
    wanted: readonly Job[],
    stage: Stage,
    leave: () => void,
  ): Promise<void> {
    const mine = this.now()
    const { batch, now } = await Batch.begin(connection, this.connections, this.ids, mine, this.reads)
    stage.batch = batch
    // Another daemon's clock is ahead: this one goes on from there.
    if (now > mine) this.time.goOnFrom?.(now)
    this.lastNow = now
    try {
      await batch.perform(wanted)
      // What was waiting for these to be applied, and what came meanwhile, goes along.
      for (let more = await this.more(batch); more.length > 0; more = await this.more(batch)) await batch.perform(more)
    } catch (error) {
      throw await batch.drop(error)
    }
    stage.isEnding = batch.isWriting
    const began = performance.now()
    await batch.commit(leave)
    if (stage.isEnding) this.onSynced?.(batch.jobs.length, performance.now() - began)
    this.batches += 1
    const isRecalled = batch.isBusy && batch.reads.length < RECALLED_MAX && this.batches % FORGOTTEN_EVERY !== 0
    this.reads = isRecalled ? batch.reads : []
  }

  private async more(batch: Batch): Promise<Job[]> {
    if (this.alone > 0) return []
    await turn()
    return this.jobs.splice(0, Math.max(0, BATCH_MAX - batch.jobs.length))
  }
}

interface Stage {
  batch: Batch | undefined
  /** Whether something to be kept was sent; from then on nobody knows what a lost connection means. */
  isEnding: boolean
}

/** Somebody else was there first, and what is done again will see it. */
function isTaken(error: unknown): boolean {
  return (error as { code?: string }).code === '23505'
}

function giveUp(jobs: readonly Job[], error: unknown): void {
  for (const { reject } of jobs) reject(error)
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function pause(tries: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(PAUSE_MAX_MS, 2 ** tries)))
}

/** Opens the store in a database: brings its form up to date. Throws StoreUnavailable where it cannot be reached. */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const connections = new Connections(options)
  try {
    const applied = await migrate(connections)
    if (applied.length > 0) options.report(`The database was brought up to date: ${applied.join(', ')}.`)
  } catch (error) {
    await connections.close()
    throw isLost(error) ? unavailable(error) : error
  }
  return new PostgresStore(connections, options)
}
