import { type Refusal, refuse } from '@ewallet/protocol'
import { minutesOf } from './rounding.ts'
import { HELD_MAX } from './wallet.ts'

/** What one credit is worth on a clock: one minute, in ms (decisions.md, Money). */
export const CREDIT_MS = 60_000

/** What a wallet (credits), a clock (ms) and the exchange between them (ms, less than nothing once it gave any) hold. */
export interface Held {
  credits: number
  milliseconds: number
  exchange: number
}

/** What wallet and clock hold after credits became minutes. */
export function creditsToClock(
  { credits: held, milliseconds, exchange }: Held,
  credits: number,
): { credits: number; milliseconds: number } | Refusal<'insufficient_credits' | 'balance_too_large'> {
  if (held < credits) return refuse('insufficient_credits', { credits: held })
  const gained = credits * CREDIT_MS
  if (milliseconds + gained > HELD_MAX * CREDIT_MS || !Number.isSafeInteger(exchange - gained)) {
    return refuse('balance_too_large', { minutes_max: HELD_MAX })
  }
  return { credits: held - credits, milliseconds: milliseconds + gained }
}

/** What wallet and clock hold after whole minutes became credits. */
export function clockToCredits(
  { credits, milliseconds }: Omit<Held, 'exchange'>,
  minutes: number,
): { credits: number; milliseconds: number } | Refusal<'insufficient_minutes' | 'balance_too_large'> {
  const lost = minutes * CREDIT_MS
  if (milliseconds < lost) return refuse('insufficient_minutes', { minutes: minutesOf(milliseconds) })
  if (credits + minutes > HELD_MAX) return refuse('balance_too_large', { credits_max: HELD_MAX })
  return { credits: credits + minutes, milliseconds: milliseconds - lost }
}
