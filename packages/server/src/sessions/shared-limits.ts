import { countedAs } from '../domain/address.ts'
import type { Attempts, RatedKind, Rates } from '../handler.ts'
import type { Counts } from '../store/store.ts'
import { backOffMs, HOUR, PER_ACCOUNT_MAX, PER_ADDRESS_MAX, pairOf } from './attempts.ts'
import { PER_MINUTE } from './rates.ts'

const MINUTE = 60_000
/** After this many failures in a row the wait grows no longer. */
const FAILURES_KNOWN = 20

/** Login back-off that every daemon on a store counts into. */
export class SharedAttempts implements Attempts {
  private readonly counts: Counts

  constructor(counts: Counts) {
    this.counts = counts
  }

  async waitMs(account: string, address: string | null, now: number): Promise<number> {
    return waitOf(await this.counts.of(namesOf(account, address)), now)
  }

  /** Nobody else counts in between, so that of guesses sent at once to several daemons no more are tried than of others. */
  async judged(account: string, address: string | null, fits: boolean, now: number): Promise<number> {
    let ms = 0
    await this.counts.change(namesOf(account, address), now, (times) => {
      ms = waitOf(times, now)
      if (ms > 0) return []
      if (fits) return [[]]
      return times.map((each, place) => [...each, now].slice(-(KEPT[place] as number)))
    })
    return ms
  }
}

/** 100 a minute per address, on all daemons of a store together. */
export class SharedRates implements Rates {
  private readonly counts: Counts

  constructor(counts: Counts) {
    this.counts = counts
  }

  take(kind: RatedKind, address: string | null, now: number): Promise<boolean> {
    return this.counts.take(`rate ${kind} ${countedAs(address)}`, now, PER_MINUTE, MINUTE)
  }

  async waitMs(kind: RatedKind, address: string | null, now: number): Promise<number> {
    const [times = []] = await this.counts.of([`rate ${kind} ${countedAs(address)}`])
    const oldest = times.at(-PER_MINUTE)
    return oldest === undefined ? 0 : Math.max(0, oldest + MINUTE - now)
  }
}

/** How many moments are kept of an account from an address, of the address, and of the account. */
const KEPT = [FAILURES_KNOWN, PER_ADDRESS_MAX, PER_ACCOUNT_MAX]

function namesOf(account: string, address: string | null): [string, string, string] {
  return [`failed ${pairOf(account, address)}`, `failed from ${countedAs(address)}`, `failed for ${account}`]
}

function waitOf([pair = [], here = [], there = []]: readonly (readonly number[])[], now: number): number {
  const last = pair.at(-1)
  const waited = last === undefined ? 0 : last + backOffMs(inARow(pair)) - now
  return Math.max(0, waited, untilFree(here, PER_ADDRESS_MAX, now), untilFree(there, PER_ACCOUNT_MAX, now))
}

/** How many failures came one after the other, none an hour after the one before. */
function inARow(times: readonly number[]): number {
  let count = Math.min(times.length, 1)
  for (let place = times.length - 1; place > 0; place -= 1) {
    if ((times[place] as number) - (times[place - 1] as number) >= HOUR) break
    count += 1
  }
  return count
}

function untilFree(times: readonly number[], max: number, now: number): number {
  const oldest = times.at(-max)
  return oldest === undefined ? 0 : oldest + HOUR - now
}
