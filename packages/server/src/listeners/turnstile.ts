import type { BlockList } from 'node:net'
import { isLoopback } from '../config.ts'
import { countedAs } from '../domain/address.ts'
import { isAmong } from './peer.ts'

/** Which limit is reached. */
type TooMany = 'connections' | 'connections_per_address'

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

  /** Lets a connection from an address in, or says of what there are too many. Who was let in leaves once. */
  enter(address: string): TooMany | undefined {
    if (this.count >= this.limits.connectionsMax) return 'connections'
    const tooMany = this.enterBehind(address)
    if (!tooMany) this.count += 1
    return tooMany
  }

  /** Lets it out. */
  leave(address: string): void {
    this.count -= 1
    this.leaveBehind(address)
  }

  /** Counts by address alone whom a trusted proxy speaks for on a connection that has entered. */
  enterBehind(address: string): TooMany | undefined {
    const { connectionsPerAddressMax, trustedProxies } = this.limits
    const counted = countedAs(address)
    const already = this.byAddress.get(counted) ?? 0
    const isExempt = isLoopback(address) || isAmong(address, trustedProxies)
    if (already >= connectionsPerAddressMax && !isExempt) return 'connections_per_address'
    this.byAddress.set(counted, already + 1)
    return undefined
  }

  /** Lets it out. */
  leaveBehind(address: string): void {
    const counted = countedAs(address)
    const left = (this.byAddress.get(counted) ?? 1) - 1
    if (left === 0) this.byAddress.delete(counted)
    else this.byAddress.set(counted, left)
  }
}
