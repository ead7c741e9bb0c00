import { isRefusal } from '@ewallet/protocol'
import type { Time } from '../../time.ts'
import type { Options, Store, Transaction } from '../store.ts'
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
  work: (tx: Transaction) => Promise<unknown>
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

  transaction<T>(work: (tx: Transaction) => Promise<T>, options: Options = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.jobs.push({ work, options, resolve: resolve as (value: unknown) => void, reject })
      if (!this.running) void this.run()
    })
  }

  async close(): Promise<void> {
    await this.keeper.close()
  }

  private async run(): Promise<void> {
    this.running = true
    for (let job = this.jobs.shift(); job; job = this.jobs.shift()) await this.perform(job)
    this.running = false
  }

  private async perform({ work, options, resolve, reject }: Job): Promise<void> {
    const now = options.at ?? this.now()
    const { overlay } = this
    overlay.begin(now)
    let value: unknown
    let onDisk: Promise<void>
    try {
      value = await work(asTransaction(overlay))
      if (overlay.changed && !options.dryRun && !isRefusal(value)) {
        const change = overlay.change()
        // What cannot be written down throws here, while nothing is applied yet.
        onDisk = this.keeper.keep(overlay, change)
        this.state.apply(change)
        this.lastNow = Math.max(this.lastNow, now)
      } else onDisk = this.keeper.settled()
    } catch (error) {
      // What failed may have read what is not on disk yet, so it waits like an answer.
      onDisk = this.keeper.settled().then(() => Promise.reject(error))
    }
    options.applied?.()
    onDisk.then(() => resolve(value), reject)
  }
}
