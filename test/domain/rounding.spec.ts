import { describe, expect, it } from 'vitest'
import { costE4Of, costOf } from '../../packages/server/src/domain/price.ts'
import { minutesOf } from '../../packages/server/src/domain/rounding.ts'

describe('minutesOf', () => {
  it.each([
    [0, 0],
    [1, 0],
    [299, 0],
    [300, 0.01],
    [599, 0.01],
    [600, 0.01],
    [899, 0.01],
    [900, 0.02],
    [30_000, 0.5],
    [59_699, 0.99],
    [59_700, 1],
    [60_000, 1],
    [100_000, 1.67],
    [3_599_999, 60],
    [6_000_000_000_000_000, 100_000_000_000],
  ])('%i ms are %d minutes, rounded half up to two decimals', (ms, minutes) => {
    expect(minutesOf(ms)).toBe(minutes)
  })
})

describe('a price', () => {
  it.each([
    [0, 0],
    [4.7, 47_000],
    [1.1, 11_000],
    [0.0001, 1],
    [1.005, 10_050],
    [999_999_999.9999, 9_999_999_999_999],
    [1_000_000_000, 10_000_000_000_000],
  ])('of %d is kept as %i ten-thousandths, and told as it was', (cost, costE4) => {
    expect(costE4Of(cost)).toBe(costE4)
    expect(costOf(costE4)).toBe(cost)
  })

  it('knows no negative zero', () => {
    expect(Object.is(costE4Of(-0), 0)).toBe(true)
  })
})
