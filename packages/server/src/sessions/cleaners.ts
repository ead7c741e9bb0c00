import { type CleanerName, cleanerNames } from '@ewallet/protocol'
import type { Cleaners, Sweeps } from '../handler.ts'
import type { Neighbours } from '../store/store.ts'

const MINUTE = 60_000

/** How often each cleaner sweeps. */
const everyMinutes: Record<CleanerName, number> = { accounts: 60, workers: 60, sessions: 5, ctokens: 60 }

/** What each cleaner sweeps; a session and its token end together. */
const sweepsOf: Record<CleanerName, (sweeps: Sweeps) => Promise<unknown>> = {
  accounts: (sweeps) => sweeps.accounts(),
  workers: (sweeps) => sweeps.workers(),
  sessions: async (sweeps) => [await sweeps.sessions(), await sweeps.tokens()],
  ctokens: (sweeps) => sweeps.clientIds(),
}

/** One timer a cleaner; what it sweeps is the same function the cleanup instructions call. */
export class SweepingCleaners implements Cleaners {
  readonly sweeps: Sweeps
  private readonly onFault: (error: unknown) => void
  private readonly neighbours: Neighbours | undefined
  private readonly timers = new Map<CleanerName, NodeJS.Timeout>()
  /** Sweeps that go on now. */
  private readonly going = new Set<Promise<unknown>>()

  constructor(sweeps: Sweeps, onFault: (error: unknown) => void, neighbours?: Neighbours) {
    this.sweeps = sweeps
    this.onFault = onFault
    this.neighbours = neighbours
  }

  start(name: string): void {
    for (const cleaner of meant(name)) {
      if (this.timers.has(cleaner)) continue
      const sweep = () => {
        const work = () => sweepsOf[cleaner](this.sweeps)
        // Of daemons on one store, one sweeps while the others leave it to that one.
        const going = (this.neighbours?.alone(`cleaner ${cleaner}`, work) ?? work()).catch(this.onFault)
        this.going.add(going)
        void going.finally(() => this.going.delete(going))
      }
      this.timers.set(cleaner, setInterval(sweep, everyMinutes[cleaner] * MINUTE).unref())
    }
  }

  stop(name: string): void {
    for (const cleaner of meant(name)) {
      clearInterval(this.timers.get(cleaner))
      this.timers.delete(cleaner)
    }
  }

  /** Stops all; resolves once no sweep goes on. */
  async close(): Promise<void> {
    this.stop('all')
    await Promise.all(this.going)
  }

  state(): Record<string, { active: boolean; every_minutes: number }> {
    const state = cleanerNames.map((name) => [
      name,
      { active: this.timers.has(name), every_minutes: everyMinutes[name] },
    ])
    return Object.fromEntries(state)
  }
}

function meant(name: string): readonly CleanerName[] {
  return name === 'all' ? cleanerNames : cleanerNames.filter((cleaner) => cleaner === name)
}
