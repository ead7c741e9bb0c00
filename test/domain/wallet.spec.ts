import { describe, expect, it } from 'vitest'
import { HELD_MAX, moveCredits, supplyCredits } from '../../packages/server/src/domain/wallet.ts'

describe('moveCredits', () => {
  it.each([
    // from, to, credits → from, to
    [100, 0, 10, 90, 10],
    [100, 50, 100, 0, 150],
    [1, 0, 1, 0, 1],
    [1, HELD_MAX - 1, 1, 0, HELD_MAX],
    [HELD_MAX, 0, 1_000_000_000, HELD_MAX - 1_000_000_000, 1_000_000_000],
  ])('of %i and %i moves %i: %i and %i', (from, to, credits, fromAfter, toAfter) => {
    expect(moveCredits(from, to, credits)).toEqual({ from: fromAfter, to: toAfter })
  })

  it.each([
    [0, 0, 1, 'insufficient_credits', { credits: 0 }],
    [9, 0, 10, 'insufficient_credits', { credits: 9 }],
    [1, HELD_MAX, 1, 'balance_too_large', { credits_max: HELD_MAX }],
    [2, HELD_MAX - 1, 2, 'balance_too_large', { credits_max: HELD_MAX }],
    // What is certain of the sender comes before what is so of the receiver.
    [1, HELD_MAX, 2, 'insufficient_credits', { credits: 1 }],
  ])('of %i and %i refuses to move %i: %s', (from, to, credits, code, details) => {
    expect(moveCredits(from, to, credits)).toMatchObject({ failed: true, code, details })
  })

  it('a wallet holds at most 10^11 credits', () => {
    expect(HELD_MAX).toBe(10 ** 11)
  })
})

describe('supplyCredits', () => {
  it.each([
    // core, held, credits → held
    [0, 0, 1, 1],
    [-100, 100, 50, 150],
    [-HELD_MAX, HELD_MAX - 1, 1, HELD_MAX],
    [-Number.MAX_SAFE_INTEGER + 1, 0, 1, 1],
  ])('with %i given so far, a wallet of %i supplied with %i holds %i', (core, held, credits, after) => {
    expect(supplyCredits(core, held, credits)).toBe(after)
  })

  it.each([
    ['the wallet would hold too much', 0, HELD_MAX, 1],
    ['the core could not count exactly', -Number.MAX_SAFE_INTEGER, 0, 1],
  ])('is refused where %s', (_, core, held, credits) => {
    expect(supplyCredits(core, held, credits)).toMatchObject({
      code: 'balance_too_large',
      details: { credits_max: HELD_MAX },
    })
  })
})
