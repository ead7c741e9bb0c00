import { isRefusal } from '@ewallet/protocol'
import type { Time } from '../../time.ts'
import type { Awaitable, Options, Store, Transaction } from '../store.ts'
import { asTransaction, Overlay } from './overlay.ts'
import { type Change, State } from './state.ts'

/** Keeps changes somewhere safer than memory. */
export interface Keeper {
  /** Takes one transaction's changes before they are applied, in order; resolves once they are on disk. */
  keep(overlay: Overlay, change: Change): Promise<void>
  /** Resolves once all that was kept before is on disk. */
  settled(): Promise<void>
  /** Resolves with the last picture drawn and the files closed. */
  close(): Promise<void>
}

const nowhere: Keeper = {
  keep: () => Promise.resolve(),
  settled: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

interface Job {
  work: (tx: Transaction) => Awaitable<unknown>
  options: Options
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
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

  transaction<T>(work: (tx: Transaction) => Awaitable<T>, options: Options = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.jobs.push({ work, options, resolve: resolve as (value: unknown) => void, reject })
      if (!this.running) this.run()
    })
  }

  async close(): Promise<void> {
    await this.keeper.close()
  }

  private run(): void {
    this.running = true
    for (let job = this.jobs.shift(); job; job = this.jobs.shift()) {
      const worked = this.perform(job)
      if (worked) {
        // Only what waits for something itself keeps the next one waiting.
        void worked.then(() => this.run())
        return
      }
    }
    this.running = false
  }

  /** Does a job; what is not done at once is to be waited for. Never throws. */
  private perform(job: Job): Promise<void> | undefined {
    const { work, options } = job
    const now = options.at ?? this.now()
    this.overlay.begin(now)
    try {
      const value = work(asTransaction(this.overlay))
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

  /** Keeps what a job changed, if it is to be kept, and tells its outcome once all that it saw is on disk. */
  private end(job: Job, now: number, value: unknown): void {
    const { overlay } = this
    const { options, resolve, reject } = job
    let onDisk: Promise<void>
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
    onDisk.then(() => resolve(value), reject)
  }

  private fail({ options, reject }: Job, error: unknown): void {
    options.applied?.()
    // What failed may have read what is not on disk yet, so it waits like an answer.
    this.keeper.settled().then(() => reject(error), reject)
  }
}
