import { isRefusal } from '@ewallet/protocol'
import type { PoolClient } from 'pg'
import type { Options, Transaction } from '../store.ts'
import { BatchChanges } from './changes.ts'
import { type Connections, together } from './connections.ts'
import { type DrawnIds, type Needs, triedIds } from './ids.ts'
import { asTransaction, Overlay } from './overlay.ts'
import { type Read, Snapshot } from './snapshot.ts'
import { write } from './writing.ts'

/** A transaction somebody asked for. */
export interface Job {
  work: (tx: Transaction) => Promise<unknown>
  options: Options
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** What a job came to, to be told once it is kept. */
interface Outcome {
  job: Job
  value?: unknown
  error?: unknown
}

interface Tried {
  needs: Needs
  outcome: Outcome
  /** Whether it changed nothing, so that it need not be done again where nothing changed before it. */
  isIdle: boolean
}

/** How many jobs done for good are worth writing while the next are done. */
const WRITTEN_FROM = 32
/** How often jobs that are done at once may ask the database before the others are tried first. */
const ASKED_MAX = 4
/** From how many jobs on a batch tells what the next one will need. */
const BUSY_FROM = 32

/**
 * Many jobs in one transaction of the database. Each is tried first, all at once, which reads what they need in few statements and
 * tells how many ids they take; then they are done for good one after the other, each seeing what those before it changed. Those
 * that come later are done for good at once, as long as what they need is known.
 */
export class Batch {
  readonly jobs: Job[] = []
  private readonly connection: PoolClient
  private readonly snapshot: Snapshot
  private readonly changes = new BatchChanges()
  private readonly ids: DrawnIds
  private now = 0
  private readonly outcomes: Outcome[] = []
  private readonly writes: Promise<unknown>[] = []
  private isWarm = false
  private unwritten = 0

  private constructor(connection: PoolClient, connections: Connections, ids: DrawnIds) {
    this.connection = connection
    this.snapshot = new Snapshot(connection, connections)
    this.ids = ids
  }

  /**
   * Begins a transaction; its moment is this daemon's, or the last that any daemon had where that is later. What the one before read is
   * read at once.
   */
  static async begin(
    connection: PoolClient,
    connections: Connections,
    ids: DrawnIds,
    now: number,
    reads: readonly Read[],
  ): Promise<{ batch: Batch; now: number }> {
    const batch = new Batch(connection, connections, ids)
    const begun = together(connection, () => {
      const begin = connection.query('BEGIN ISOLATION LEVEL SERIALIZABLE')
      // Drawn by the first statement, after what it sees is settled: whoever is seen has had an earlier moment.
      const values = [now]
      const moment = connection.query<[number]>({
        name: 'moment',
        text: 'SELECT begin_moment($1)',
        values,
        rowMode: 'array',
      })
      if (reads.length > 0) batch.snapshot.recall(reads)
      return Promise.all([moment, begin, ids.begin(connection)])
    })
    const [{ rows }] = await begun
    batch.now = rows[0]?.[0] ?? now
    batch.isWarm = reads.length > 0
    return { batch, now: batch.now }
  }

  /** Does jobs, in order. Throws only where the database fails. */
  async perform(jobs: readonly Job[]): Promise<void> {
    this.jobs.push(...jobs)
    const known = this.isWarm ? await this.performKnown(jobs) : 0
    this.isWarm = true
    await this.performTried(jobs.slice(known))
    this.unwritten += jobs.length
    if (this.unwritten < WRITTEN_FROM) return
    this.unwritten = 0
    this.write({ isLast: false })
  }

  /** Ends the transaction, lets the next one have its turn, and tells everybody what it came to. */
  async commit(leave: () => void): Promise<void> {
    const commit = together(this.connection, () => {
      this.write({ isLast: true })
      const sent = this.connection.query('COMMIT')
      leave()
      return sent
    })
    const [ended, ...written] = await Promise.allSettled([commit, ...this.writes])
    const failed = [...written, ended].find(isRejected)
    if (failed) this.ids.forget()
    if (failed) throw failed.reason
    if (ended?.status === 'fulfilled' && ended.value.command !== 'COMMIT')
      throw new Error(`The database ended with ${ended.value.command}.`)
    this.ids.end(this)
    for (const { job, value, error } of this.outcomes) {
      if (error === undefined) job.resolve(value)
      else job.reject(error)
    }
  }

  /** Drops all of it, and gives back why it had to be: what failed behind the first failure only tells that something did. */
  async drop(error: unknown): Promise<unknown> {
    this.ids.forget()
    await this.connection.query('ROLLBACK').catch(() => {})
    const written = await Promise.allSettled(this.writes)
    return written.find(isRejected)?.reason ?? error
  }

  /** Whether it had so much to do that the next one is likely to be like it. */
  get isBusy(): boolean {
    return this.jobs.length >= BUSY_FROM
  }

  /** What it read. */
  get reads(): readonly Read[] {
    return this.snapshot.reads
  }

  get isWriting(): boolean {
    return this.writes.length > 0 || !this.changes.isEmpty
  }

  private write(when: { isLast: boolean }): void {
    for (const sent of together(this.connection, () => write(this.connection, this.changes, this.snapshot, when))) {
      // Heard of at the end.
      sent.catch(() => {})
      this.writes.push(sent)
    }
  }

  /** Does jobs for good until they needed too much that was not known; says how many. */
  private async performKnown(jobs: readonly Job[]): Promise<number> {
    let done = 0
    const { asked } = this.snapshot
    for (const job of jobs) {
      if (job.options.dryRun) break
      await this.finish(job, new Map())
      job.options.applied?.()
      done += 1
      if (this.snapshot.asked > asked + ASKED_MAX) break
    }
    return done
  }

  private async performTried(jobs: readonly Job[]): Promise<void> {
    const tried = await Promise.all(jobs.map((job) => this.try(job)))
    this.check()
    await this.ids.draw(
      this.connection,
      sumOf(tried.filter(({ outcome }) => isKept(outcome)).map(({ needs }) => needs)),
    )
    let isChanged = false
    for (const { isIdle, needs, outcome } of tried) {
      if (isIdle && !isChanged) this.outcomes.push(outcome)
      else if (await this.finish(outcome.job, needs)) isChanged = true
      outcome.job.options.applied?.()
    }
    this.check()
  }

  private async try(job: Job): Promise<Tried> {
    const { ids, needs } = triedIds()
    const overlay = new Overlay(this.snapshot, this.changes, this.now, ids)
    const outcome: Outcome = { job }
    try {
      outcome.value = await job.work(asTransaction(overlay))
    } catch (error) {
      outcome.error = error
    }
    return { needs, outcome, isIdle: needs.size === 0 && !overlay.changed }
  }

  /** Does a job for good; says whether it changed something. */
  private async finish(job: Job, needs: Needs): Promise<boolean> {
    const ids = job.options.dryRun ? await this.ids.guessing(this.connection, needs) : this.ids.giving(this.connection)
    const overlay = new Overlay(this.snapshot, this.changes, this.now, ids)
    const outcome: Outcome = { job }
    try {
      outcome.value = await job.work(asTransaction(overlay))
    } catch (error) {
      outcome.error = error
    }
    this.check()
    this.outcomes.push(outcome)
    if (!isKept(outcome) || !overlay.changed) {
      ids.takeBack()
      return false
    }
    this.changes.take(overlay.changes)
    return true
  }

  /** A job that failed because the database did is nobody's fault, and is done again. */
  private check(): void {
    if (this.snapshot.failure) throw this.snapshot.failure
  }
}

function isRejected(result: PromiseSettledResult<unknown> | undefined): result is PromiseRejectedResult {
  return result?.status === 'rejected'
}

function isKept({ job, value, error }: Outcome): boolean {
  return error === undefined && job.options.dryRun !== true && !isRefusal(value)
}

function sumOf(all: readonly Needs[]): Needs {
  const sum: Needs = new Map()
  for (const needs of all) for (const [table, wanted] of needs) sum.set(table, (sum.get(table) ?? 0) + wanted)
  return sum
}
