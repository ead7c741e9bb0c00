import type { RatedKind, Rates } from '../handler.ts'

const MINUTE = 60_000
const PER_MINUTE = 100
const KNOWN_MAX = 10_000

/** 100 a minute per address for each kind of thing (decisions.md, Sessions and workers). */
export class AddressRates implements Rates {
  private readonly windows = new Map<string, { from: number; taken: number }>()

  take(kind: RatedKind, address: string | null, now: number): boolean {
    if (this.waitMs(kind, address, now) > 0) return false
    const key = `${kind} ${address}`
    const window = this.windows.get(key)
    if (window && now - window.from < MINUTE) window.taken += 1
    else this.windows.set(key, { from: now, taken: 1 })
    if (this.windows.size > KNOWN_MAX) {
      for (const [other, { from }] of this.windows) if (now - from >= MINUTE) this.windows.delete(other)
    }
    return true
  }

  waitMs(kind: RatedKind, address: string | null, now: number): number {
    const window = this.windows.get(`${kind} ${address}`)
    return window && window.taken >= PER_MINUTE ? Math.max(0, window.from + MINUTE - now) : 0
  }
}
