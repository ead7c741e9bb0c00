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
    const [pair = [], here = [], there = []] = await this.counts.of(namesOf(account, address))
    const last = pair.at(-1)
    const waited = last === undefined ? 0 : last + backOffMs(inARow(pair)) - now
    return Math.max(0, waited, untilFree(here, PER_ADDRESS_MAX, now), untilFree(there, PER_ACCOUNT_MAX, now))
  }

  failed(account: string, address: string | null, now: number): Promise<void> {
    const [pair, here, there] = namesOf(account, address)
    return this.counts.add(
      [
        { name: pair, keep: FAILURES_KNOWN },
        { name: here, keep: PER_ADDRESS_MAX },
        { name: there, keep: PER_ACCOUNT_MAX },
      ],
      now,
    )
  }

  succeeded(account: string, address: string | null): Promise<void> {
    return this.counts.clear(namesOf(account, address)[0])
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

function namesOf(account: string, address: string | null): [string, string, string] {
  return [`failed ${pairOf(account, address)}`, `failed from ${countedAs(address)}`, `failed for ${account}`]
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
