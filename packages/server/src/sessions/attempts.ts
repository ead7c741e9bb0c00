import { countedAs } from '../domain/address.ts'
import type { Attempts } from '../handler.ts'
import { SlidingCounts } from './sliding-counts.ts'

const MINUTE = 60_000
export const HOUR = 60 * MINUTE
const FREE_FAILURES = 4
const FIRST_WAIT_MS = 2_000
const WAIT_MAX_MS = 15 * MINUTE
export const PER_ADDRESS_MAX = 50
export const PER_ACCOUNT_MAX = 200
/** Above this many, what is over is forgotten. */
const KNOWN_MAX = 10_000

interface Failures {
  count: number
  lastAt: number
}

/**
 * Login back-off: after the 5th failure of an account from an address 2 s, doubling to 15 minutes; 50 failures an hour from one
 * address, or 200 for one account, likewise. Sessions that live are not touched (decisions.md, Accounts).
 */
export class LoginAttempts implements Attempts {
  private readonly pairs = new Map<string, Failures>()
  private readonly addresses = new SlidingCounts(PER_ADDRESS_MAX, HOUR)
  private readonly accounts = new SlidingCounts(PER_ACCOUNT_MAX, HOUR)

  waitMs(account: string, address: string | null, now: number): number {
    const pair = this.pairs.get(pairOf(account, address))
    const waited = pair ? pair.lastAt + backOffMs(pair.count) - now : 0
    return Math.max(0, waited, this.addresses.waitMs(countedAs(address), now), this.accounts.waitMs(account, now))
  }

  judged(account: string, address: string | null, fits: boolean, now: number): number {
    const ms = this.waitMs(account, address, now)
    if (ms > 0) return ms
    if (fits) this.succeeded(account, address)
    else this.failed(account, address, now)
    return 0
  }

  failed(account: string, address: string | null, now: number): void {
    const key = pairOf(account, address)
    const pair = this.pairs.get(key)
    // Put last, so that those which failed longest ago come first.
    this.pairs.delete(key)
    this.pairs.set(key, { count: (pair && now - pair.lastAt < HOUR ? pair.count : 0) + 1, lastAt: now })
    this.addresses.add(countedAs(address), now)
    this.accounts.add(account, now)
    for (const [other, { lastAt }] of this.pairs) {
      if (this.pairs.size <= KNOWN_MAX || now - lastAt < HOUR) return
      this.pairs.delete(other)
    }
  }

  succeeded(account: string, address: string | null): void {
    this.pairs.delete(pairOf(account, address))
  }
}

/** What failures of an account from an address are counted under. */
export function pairOf(account: string, address: string | null): string {
  return `${countedAs(address)} ${account}`
}

/** How long to wait after so many failures in a row. */
export function backOffMs(failures: number): number {
  const over = failures - FREE_FAILURES
  return over > 0 ? Math.min(FIRST_WAIT_MS * 2 ** (over - 1), WAIT_MAX_MS) : 0
}
