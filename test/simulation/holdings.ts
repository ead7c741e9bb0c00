export const MINUTE = 60_000

type Timer = Record<'startedAt' | 'since' | 'used' | 'pending' | 'count', number> & { paused: number | undefined }

/** A clock and what is on its sheets. */
export interface Clock {
  ms: number
  timer: Timer | undefined
  conversion: Set<number>
  time: Set<number>
  /** Of every time record: when it stopped, and what it cost. */
  times: string[]
}

/** A wallet, its clocks, and what is on its sheets. */
export interface Wallet {
  credits: number
  clock: number
  clocks: Map<number, Clock>
  transfer: Set<number>
  invoice: Set<number>
}

/** Somebody with wallets and clocks. */
export interface Holder {
  email: string
  isLeaving: boolean
  wallet: number
  wallets: Map<number, Wallet>
  events: Map<string, number>
}

/** Minutes as they are told: rounded half up to 2 decimals. */
export const minutesOf = (ms: number) => Math.floor(ms / 600 + 0.5) / 100
/** A moment as it is told. */
export const isoOf = (at: number) => new Date(at).toISOString()
/** The wallet somebody acts with. */
export const activeOf = ({ wallets, wallet }: Holder) => wallets.get(wallet) as Wallet
/** The clock a wallet acts with. */
export const clockOf = ({ clocks, clock }: Wallet) => clocks.get(clock) as Clock
/** All clocks of all wallets. */
export const clocksOf = ({ wallets }: Holder) => [...wallets.values()].flatMap(({ clocks }) => [...clocks.values()])
/** A clock with nothing on it. */
export const newClock = (): Clock => ({ ms: 0, timer: undefined, conversion: new Set(), time: new Set(), times: [] })

/** A wallet with nothing in it, and its first clock. */
export function newWallet(clock: number): Wallet {
  return { credits: 0, clock, clocks: new Map([[clock, newClock()]]), transfer: new Set(), invoice: new Set() }
}

/** What is left on a clock at a moment, in ms. */
export function leftOf({ ms, timer }: Clock, at: number): number {
  return timer ? Math.max(0, ms - timer.used - (timer.paused === undefined ? at - timer.since : 0)) : ms
}

/** Counts an event. */
export function happened({ events }: Holder, event: string): void {
  events.set(event, (events.get(event) ?? 0) + 1)
}
