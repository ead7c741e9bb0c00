import { type Refusal, refuse } from '@ewallet/protocol'

/** The most credits a wallet holds, and the most minutes a clock holds (decisions.md, Money). */
export const HELD_MAX = 100_000_000_000

/** What two wallets hold after credits went from one to the other; what one loses the other gains. */
export function moveCredits(
  from: number,
  to: number,
  credits: number,
): { from: number; to: number } | Refusal<'insufficient_credits' | 'balance_too_large'> {
  if (from < credits) return refuse('insufficient_credits', { credits: from })
  if (to + credits > HELD_MAX) return refuse('balance_too_large', { credits_max: HELD_MAX })
  return { from: from - credits, to: to + credits }
}

/**
 * What a wallet holds after it was supplied. `core` is what the source of credits holds, which is less than nothing once it gave
 * any; it goes no further than whole numbers are exact.
 */
export function supplyCredits(core: number, held: number, credits: number): number | Refusal<'balance_too_large'> {
  if (held + credits > HELD_MAX || !Number.isSafeInteger(core - credits)) {
    return refuse('balance_too_large', { credits_max: HELD_MAX })
  }
  return held + credits
}
