import { telling } from '../events/telling.ts'
import type { Store, Transaction } from '../store/store.ts'
import { settleDue } from './settlement.ts'

/** Longer waits than this are cut: timers of node's take no more than 2^31 ms, and the wall clock may jump. */
const WAIT_MAX_MS = 1_000

/** Settles clocks at the instant they run out, with nobody connected. */
export class ClockKeeper {
  private readonly store: Store
  private readonly poke: (account: number) => void
  private readonly onFault: (error: unknown) => void
  private timer: NodeJS.Timeout | undefined
  private stopped = false

  constructor(store: Store, poke: (account: number) => void, onFault: (error: unknown) => void) {
    this.store = store
    this.poke = poke
    this.onFault = onFault
  }

  /** Settles what is due now. */
  async settle(): Promise<void> {
    let told: readonly number[] = []
    await this.store.transaction(async (tx: Transaction) => {
      const [due] = await tx.clocks.list('waking', [], { to: tx.now + 1, limit: 1 })
      if (!due) return
      tx.said = { by: null, path: 'settle clocks' }
      const hearing = telling(tx)
      await settleDue(tx, hearing.tell)
      told = hearing.accounts
    })
    for (const account of told) this.poke(account)
  }

  /** Looks again and again for what is due, until stopped. */
  start(): void {
    if (this.stopped) return
    this.timer = setTimeout(() => {
      this.settle()
        .catch(this.onFault)
        .finally(() => this.start())
    }, WAIT_MAX_MS)
    this.timer.unref()
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.timer)
  }
}
