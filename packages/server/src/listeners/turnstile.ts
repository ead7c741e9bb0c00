import type { BlockList } from 'node:net'
import { isLoopback } from '../config.ts'
import { countedAs } from '../domain/address.ts'
import { isAmong } from './peer.ts'

/** How many connections there may be. */
export interface TurnstileLimits {
  connectionsMax: number
  /** From one address; this machine's own and the trusted proxies' are not counted by address. */
  connectionsPerAddressMax: number
  trustedProxies: BlockList
}

/** Counts the connections of all listeners, in all and by address. */
export class Turnstile {
  private readonly limits: TurnstileLimits
  private readonly byAddress = new Map<string, number>()
  private count = 0

  constructor(limits: TurnstileLimits) {
    this.limits = limits
  }

  /** How many there are. */
  get open(): number {
    return this.count
  }

  /** How many there may be in all. */
  get max(): number {
    return this.limits.connectionsMax
  }

  /** Lets a connection from an address in; false where there are too many. Who was let in leaves once. */
  enter(address: string): boolean {
    const { connectionsMax, connectionsPerAddressMax, trustedProxies } = this.limits
    const counted = countedAs(address)
    const already = this.byAddress.get(counted) ?? 0
    const isExempt = isLoopback(address) || isAmong(address, trustedProxies)
    if (this.count >= connectionsMax || (already >= connectionsPerAddressMax && !isExempt)) return false
    this.count += 1
    this.byAddress.set(counted, already + 1)
    return true
  }

  /** Lets it out. */
  leave(address: string): void {
    const counted = countedAs(address)
    const left = (this.byAddress.get(counted) ?? 1) - 1
    this.count -= 1
    if (left === 0) this.byAddress.delete(counted)
    else this.byAddress.set(counted, left)
  }
}
