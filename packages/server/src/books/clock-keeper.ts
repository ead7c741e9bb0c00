import { telling } from '../events/telling.ts'
import { type Store, StoreUnavailable, type Transaction } from '../store/store.ts'
import { settleDue } from './settlement.ts'

/** Longer waits than this are cut: a clock may be started meanwhile, and the wall clock may jump. */
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

  /** Settles all that is due now, a batch a transaction. */
  async settle(): Promise<void> {
    while ((await this.settleBatch()) === 0);
  }

  /** Settles what is due whenever something is, until stopped. */
  start(waitMs = WAIT_MAX_MS): void {
    if (this.stopped) return
    this.timer = setTimeout(() => void this.goOn(), waitMs)
    this.timer.unref()
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.timer)
  }

  private async goOn(): Promise<void> {
    let waitMs = WAIT_MAX_MS
    try {
      waitMs = await this.settleBatch()
    } catch (error) {
      // A store that cannot be written says so itself.
      if (!(error instanceof StoreUnavailable)) this.onFault(error)
    }
    this.start(waitMs)
  }

  /** Gives how long to wait for what comes next, in ms; 0 after a batch, for there may be more. */
  private async settleBatch(): Promise<number> {
    let told: readonly number[] = []
    const waitMs = await this.store.transaction(async (tx: Transaction) => {
      const [next] = await tx.clocks.list('waking', [], { limit: 1 })
      if (!next || next.wakesAt === null) return WAIT_MAX_MS
      if (next.wakesAt > tx.now) return Math.min(WAIT_MAX_MS, next.wakesAt - tx.now)
      tx.said = { by: null, path: 'settle clocks' }
      const hearing = telling(tx)
      await settleDue(tx, hearing.tell)
      told = hearing.accounts
      return 0
    })
    for (const account of told) this.poke(account)
    return waitMs
  }
}
