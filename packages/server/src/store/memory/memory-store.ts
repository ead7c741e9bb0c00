import { isRefusal } from '@ewallet/protocol'
import type { Time } from '../../time.ts'
import type { Awaitable, Options, Store, Transaction } from '../store.ts'
import { asTransaction, Overlay } from './overlay.ts'
import { type Change, State } from './state.ts'

/** Keeps changes somewhere safer than memory. */
export interface Keeper {
  /** Takes one transaction's changes before they are applied, in order; resolves once they are on disk. */
  keep(overlay: Overlay, change: Change): Awaitable<void>
  /** Resolves once all that was kept before is on disk; at once where it is. */
  settled(): Awaitable<void>
  /** Resolves with the last picture drawn and the files closed. */
  close(): Promise<void>
}

const nowhere: Keeper = {
  keep: () => Promise.resolve(),
  settled: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

/** What a job comes to: its value where that is there at once, else a promise of it. */
class Outcome {
  private told: { value: unknown } | { error: unknown } | undefined
  private resolve: ((value: unknown) => void) | undefined
  private reject: ((error: unknown) => void) | undefined

  done(value: unknown): void {
    if (this.resolve) this.resolve(value)
    else this.told = { value }
  }

  fail(error: unknown): void {
    if (this.reject) this.reject(error)
    else this.told = { error }
  }

  get(): Awaitable<unknown> {
    const { told } = this
    if (told) return 'value' in told ? told.value : Promise.reject(told.error)
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }
}

interface Job {
  work: (tx: Transaction) => Awaitable<unknown>
  options: Options
  outcome: Outcome
}

/** Rows in memory, changes kept by a keeper; without one, for tests and `--ephemeral`, they are kept nowhere. */
export class MemoryStore implements Store {
  private readonly state: State
  private readonly overlay: Overlay
  private readonly time: Time
  private readonly keeper: Keeper
  private lastNow: number
  private readonly jobs: Job[] = []
  private running = false

  constructor(time: Time, keeper: Keeper = nowhere, state = new State(), lastNow = 0) {
    this.time = time
    this.keeper = keeper
    this.state = state
    this.overlay = new Overlay(state)
    this.lastNow = lastNow
    time.goOnFrom?.(lastNow)
  }

  now(): number {
    return Math.max(this.time.now(), this.lastNow)
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: Options): Promise<T>
  transaction<T>(work: (tx: Transaction) => Awaitable<T>, options?: Options): Awaitable<T>
  transaction<T>(work: (tx: Transaction) => Awaitable<T>, options: Options = {}): Awaitable<T> {
    const job = { work, options, outcome: new Outcome() }
    if (this.running) this.jobs.push(job)
    else this.run(job)
    return job.outcome.get() as Awaitable<T>
  }

  async close(): Promise<void> {
    await this.keeper.close()
  }

  /** Does a job, and those that came meanwhile. */
  private run(first: Job | undefined): void {
    this.running = true
    for (let job = first; job; job = this.jobs.shift()) {
      const applied = this.perform(job)
      if (applied) {
        // Only what waits for something itself keeps the next one waiting.
        void applied.then(() => this.run(this.jobs.shift()))
        return
      }
    }
    this.running = false
  }

  /** Does a job; what is not applied at once is to be waited for. Never throws. */
  private perform(job: Job): Promise<void> | undefined {
    const now = job.options.at ?? this.now()
    this.overlay.begin(now)
    try {
      const value = job.work(asTransaction(this.overlay))
      if (value instanceof Promise) {
        return value.then(
          (settled) => this.end(job, now, settled),
          (error) => this.fail(job, error),
        )
      }
      this.end(job, now, value)
    } catch (error) {
      this.fail(job, error)
    }
    return undefined
  }

  /** Keeps what a job changed, if it is to be kept, and tells its outcome once all that it saw is on disk. Never throws. */
  private end(job: Job, now: number, value: unknown): void {
    const { overlay } = this
    const { options, outcome } = job
    let onDisk: Awaitable<void>
    if (overlay.changed && !options.dryRun && !isRefusal(value)) {
      try {
        const change = overlay.change()
        // What cannot be written down throws here, while nothing is applied yet.
        onDisk = this.keeper.keep(overlay, change)
        this.state.apply(change)
      } catch (error) {
        this.fail(job, error)
        return
      }
      this.lastNow = Math.max(this.lastNow, now)
    } else onDisk = this.keeper.settled()
    options.applied?.()
    // In the order in which they were applied: what is on disk together is told in that order.
    if (onDisk instanceof Promise)
      onDisk.then(
        () => outcome.done(value),
        (error) => outcome.fail(error),
      )
    else outcome.done(value)
  }

  /** What failed may have read what is not on disk yet, so it waits like an answer. */
  private fail({ options, outcome }: Job, error: unknown): void {
    const onDisk = this.keeper.settled()
    options.applied?.()
    if (!(onDisk instanceof Promise)) outcome.fail(error)
    else
      onDisk.then(
        () => outcome.fail(error),
        (failure) => outcome.fail(failure),
      )
  }
}
