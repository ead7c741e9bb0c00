import type { PoolClient } from 'pg'

/** How many batches a daemon does alone after one that was in another's way: twice as many each time, up to the most. */
const ALONE_FIRST = 8
const ALONE_MAX = 64
/** After how many batches beside others, none of them in the way, a daemon trusts them again. */
const TRUSTED_AFTER = 32

const place = "hashtext(current_schema() || ' turn')"
const beside = {
  lock: `SELECT pg_advisory_lock_shared(${place})`,
  unlock: `SELECT pg_advisory_unlock_shared(${place})`,
}
const alone = { lock: `SELECT pg_advisory_lock(${place})`, unlock: `SELECT pg_advisory_unlock(${place})` }

/**
 * Whether a daemon's batches go on beside those of others. They do until one is in another's way; then it is done again with all
 * others waiting, and so are those after it for a while: daemons that change the same rows take turns instead of trying in vain.
 */
export class Turns {
  /** How many batches are done alone from now on. */
  private left = 0
  /** How many it was when one was in the way last. */
  private span = 0
  private beside = 0

  /**
   * Does a batch when it may be done. The lock is taken and left without waiting for it: what is sent behind it waits there. The work
   * leaves it as soon as it has sent its last statement.
   */
  async take(connection: PoolClient, work: (leave: () => void) => Promise<void>): Promise<void> {
    const { lock, unlock } = this.left > 0 ? alone : beside
    // Where the lock is not to be had in time the batch is done without it: it is worth more than a good order.
    connection.query(lock).catch(() => {})
    let isLeft = false
    const leave = () => {
      if (!isLeft) connection.query(unlock).catch(() => {})
      isLeft = true
    }
    try {
      await work(leave)
    } finally {
      leave()
    }
    if (this.left > 0) this.left -= 1
    else this.trust()
  }

  /** Hears that a batch failed, and says whether it was done beside others; if so, it is done alone next. */
  failed(): boolean {
    if (this.left > 0) return false
    this.span = Math.min(ALONE_MAX, Math.max(ALONE_FIRST, this.span * 2))
    this.left = this.span
    this.beside = 0
    return true
  }

  private trust(): void {
    this.beside += 1
    if (this.beside < TRUSTED_AFTER) return
    this.beside = 0
    this.span >>= 1
  }
}
