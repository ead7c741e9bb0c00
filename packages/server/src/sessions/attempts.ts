import type { Attempts } from '../handler.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const FREE_FAILURES = 4
const FIRST_WAIT_MS = 2_000
const WAIT_MAX_MS = 15 * MINUTE
const PER_ADDRESS_MAX = 50
const PER_ACCOUNT_MAX = 200
/** Above this many, what is over is forgotten. */
const KNOWN_MAX = 10_000

interface Failures {
  count: number
  lastAt: number
}

/** What failed within the last hour. */
interface Window {
  from: number
  count: number
}

/**
 * Login back-off: after the 5th failure of an account from an address 2 s, doubling to 15 minutes; 50 failures an hour from one
 * address, or 200 for one account, likewise. Sessions that live are not touched (decisions.md, Accounts).
 */
export class LoginAttempts implements Attempts {
  private readonly pairs = new Map<string, Failures>()
  private readonly addresses = new Map<string, Window>()
  private readonly accounts = new Map<string, Window>()

  waitMs(account: string, address: string | null, now: number): number {
    const pair = this.pairs.get(pairOf(account, address))
    const over = pair ? pair.count - FREE_FAILURES : 0
    const backOff = over > 0 ? Math.min(FIRST_WAIT_MS * 2 ** (over - 1), WAIT_MAX_MS) : 0
    const waits = [
      backOff > 0 && pair ? pair.lastAt + backOff - now : 0,
      waitOf(this.addresses.get(address ?? ''), PER_ADDRESS_MAX, now),
      waitOf(this.accounts.get(account), PER_ACCOUNT_MAX, now),
    ]
    return Math.max(0, ...waits)
  }

  failed(account: string, address: string | null, now: number): void {
    const key = pairOf(account, address)
    const pair = this.pairs.get(key)
    this.pairs.set(key, { count: (pair && now - pair.lastAt < HOUR ? pair.count : 0) + 1, lastAt: now })
    count(this.addresses, address ?? '', now)
    count(this.accounts, account, now)
    if (this.pairs.size > KNOWN_MAX) forget(this.pairs, ({ lastAt }) => now - lastAt >= HOUR)
  }

  succeeded(account: string, address: string | null): void {
    this.pairs.delete(pairOf(account, address))
  }
}

function pairOf(account: string, address: string | null): string {
  return `${address ?? ''} ${account}`
}

function waitOf(window: Window | undefined, max: number, now: number): number {
  return window && window.count >= max ? window.from + HOUR - now : 0
}

function count(windows: Map<string, Window>, key: string, now: number): void {
  const window = windows.get(key)
  if (window && now - window.from < HOUR) window.count += 1
  else windows.set(key, { from: now, count: 1 })
  if (windows.size > KNOWN_MAX) forget(windows, ({ from }) => now - from >= HOUR)
}

function forget<T>(known: Map<string, T>, isOver: (value: T) => boolean): void {
  for (const [key, value] of known) if (isOver(value)) known.delete(key)
}
