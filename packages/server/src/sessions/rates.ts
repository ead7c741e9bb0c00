import { countedAs } from '../domain/address.ts'
import type { RatedKind, Rates } from '../handler.ts'
import { SlidingCounts } from './sliding-counts.ts'

const MINUTE = 60_000
/** How many of a kind an address may ask for in a minute. */
export const PER_MINUTE = 100

/** 100 a minute per address for each kind of thing (decisions.md, Sessions and workers). */
export class AddressRates implements Rates {
  private readonly counts = new SlidingCounts(PER_MINUTE, MINUTE)

  take(kind: RatedKind, address: string | null, now: number): boolean {
    if (this.waitMs(kind, address, now) > 0) return false
    this.counts.add(keyOf(kind, address), now)
    return true
  }

  waitMs(kind: RatedKind, address: string | null, now: number): number {
    return this.counts.waitMs(keyOf(kind, address), now)
  }
}

function keyOf(kind: RatedKind, address: string | null): string {
  return `${kind} ${countedAs(address)}`
}
