import { type CleanerName, cleanerNames } from '@ewallet/protocol'
import type { Cleaners } from '../handler.ts'

const MINUTE = 60_000

/** How often each cleaner sweeps. */
const everyMinutes: Record<CleanerName, number> = { accounts: 60, workers: 60, sessions: 5, ctokens: 60 }

/** One timer a cleaner; what it sweeps is the same function the cleanup instructions call. */
export class SweepingCleaners implements Cleaners {
  private readonly sweeps: Record<CleanerName, () => Promise<unknown>>
  private readonly onFault: (error: unknown) => void
  private readonly timers = new Map<string, NodeJS.Timeout>()

  constructor(sweeps: Record<CleanerName, () => Promise<unknown>>, onFault: (error: unknown) => void) {
    this.sweeps = sweeps
    this.onFault = onFault
  }

  start(name: string): void {
    for (const cleaner of meant(name)) {
      if (this.timers.has(cleaner)) continue
      const sweep = () => this.sweeps[cleaner]().catch(this.onFault)
      this.timers.set(cleaner, setInterval(sweep, everyMinutes[cleaner] * MINUTE).unref())
    }
  }

  stop(name: string): void {
    for (const cleaner of meant(name)) {
      clearInterval(this.timers.get(cleaner))
      this.timers.delete(cleaner)
    }
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
