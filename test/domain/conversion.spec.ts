import { describe, expect, it } from 'vitest'
import { CREDIT_MS, clockToCredits, creditsToClock } from '../../packages/server/src/domain/conversion.ts'
import { HELD_MAX } from '../../packages/server/src/domain/wallet.ts'

const MINUTE = 60_000

it('1 credit = 1 minute', () => {
  expect(CREDIT_MS).toBe(MINUTE)
})

describe('creditsToClock', () => {
  it.each([
    // credits, milliseconds held; credits converted → credits, milliseconds
    [100, 0, 20, 80, 20 * MINUTE],
    [20, 1, 20, 0, 20 * MINUTE + 1],
    [1, (HELD_MAX - 1) * MINUTE, 1, 0, HELD_MAX * MINUTE],
  ])('with %i credits and %i ms turns %i credits: %i and %i', (credits, milliseconds, converted, left, gained) => {
    expect(creditsToClock({ credits, milliseconds, exchange: 0 }, converted)).toEqual({
      credits: left,
      milliseconds: gained,
    })
  })

  it.each([
    ['more than the wallet holds', 19, 0, 0, 20, 'insufficient_credits', { credits: 19 }],
    ['more than the clock may hold', 2, (HELD_MAX - 1) * MINUTE, 0, 2, 'balance_too_large', { minutes_max: HELD_MAX }],
    ['a millisecond too much', 1, (HELD_MAX - 1) * MINUTE + 1, 0, 1, 'balance_too_large', { minutes_max: HELD_MAX }],
    [
      'what the exchange could not count exactly',
      1,
      0,
      MINUTE - 1 - Number.MAX_SAFE_INTEGER,
      1,
      'balance_too_large',
      { minutes_max: HELD_MAX },
    ],
  ])('refuses %s', (_, credits, milliseconds, exchange, converted, code, details) => {
    expect(creditsToClock({ credits, milliseconds, exchange }, converted)).toMatchObject({ code, details })
  })

  it('goes as far as the exchange counts exactly', () => {
    const exchange = MINUTE - Number.MAX_SAFE_INTEGER
    expect(creditsToClock({ credits: 1, milliseconds: 0, exchange }, 1)).toEqual({ credits: 0, milliseconds: MINUTE })
  })
})

describe('clockToCredits', () => {
  it.each([
    // credits, milliseconds held; minutes converted → credits, milliseconds
    [80, 20 * MINUTE, 10, 90, 10 * MINUTE],
    [0, MINUTE, 1, 1, 0],
    [0, MINUTE + 59_999, 1, 1, 59_999],
    [HELD_MAX - 1, MINUTE, 1, HELD_MAX, 0],
  ])('with %i credits and %i ms turns %i minutes: %i and %i', (credits, milliseconds, minutes, gained, left) => {
    expect(clockToCredits({ credits, milliseconds }, minutes)).toEqual({ credits: gained, milliseconds: left })
  })

  it.each([
    ['more than the clock holds', 0, 90_000, 2, 'insufficient_minutes', { minutes: 1.5 }],
    ['a part of a minute for a whole one', 0, MINUTE - 1, 1, 'insufficient_minutes', { minutes: 1 }],
    ['more than the wallet may hold', HELD_MAX, MINUTE, 1, 'balance_too_large', { credits_max: HELD_MAX }],
  ])('refuses %s', (_, credits, milliseconds, minutes, code, details) => {
    expect(clockToCredits({ credits, milliseconds }, minutes)).toMatchObject({ code, details })
  })
})

it('there and back gains nothing', () => {
  const there = creditsToClock({ credits: 100, milliseconds: 59_999, exchange: 0 }, 40)
  if ('failed' in there) throw new Error('There is no way there.')
  expect(clockToCredits(there, 40)).toEqual({ credits: 100, milliseconds: 59_999 })
})
