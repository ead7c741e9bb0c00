import { describe, expect, it } from 'vitest'
import { amount, duration, grouped, leftTint } from '../../packages/cli/src/output/amount.ts'
import { momentsIn } from '../../packages/cli/src/output/moment.ts'
import { nine } from './paper.ts'

describe('amount', () => {
  it.each([
    [0, '0 credits'],
    [1, '1 credit'],
    [10, '10 credits'],
    [0.5, '0.5 credits'],
  ])('%d reads %s', (count, text) => {
    expect(amount(count, 'credit')).toBe(text)
  })
})

describe('grouped', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [-1_234_567, '-1,234,567'],
    [1_234.5, '1,234.5'],
  ])('%d reads %s', (count, text) => {
    expect(grouped(count)).toBe(text)
  })
})

describe('duration', () => {
  it.each([
    [0, '0 min'],
    [0.01, '1 s'],
    [0.7, '42 s'],
    [5, '5 min'],
    [12.5, '12 min 30 s'],
    [59.999, '1 h'],
    [60, '1 h'],
    [228.42, '3 h 48 min'],
    [90_000, '1,500 h'],
    [-20, '-20 min'],
  ])('%d minutes read %s', (minutes, text) => {
    expect(duration(minutes)).toBe(text)
  })
})

describe('leftTint', () => {
  it.each([
    [0, 'red'],
    [4.99, 'red'],
    [5, 'yellow'],
    [14.99, 'yellow'],
    [15, 'green'],
  ])('%d minutes left are %s', (minutes, tint) => {
    expect(leftTint(minutes)).toBe(tint)
  })
})

describe('momentsIn', () => {
  it.each([
    ['UTC', nine, '2026-01-31 09:00:00'],
    ['Europe/Bucharest', nine, '2026-01-31 11:00:00'],
    ['Europe/Bucharest', '2026-07-01T22:30:00.000Z', '2026-07-02 01:30:00'],
    ['Asia/Kolkata', '2025-12-31T20:00:00.000Z', '2026-01-01 01:30:00'],
    [undefined, nine, '2026-01-31 09:00:00'],
    ['UTC', '31-01-2026 09:00:00', '31-01-2026 09:00:00'],
    ['UTC', '2026-99-99T09:00:00.000Z', '2026-99-99T09:00:00.000Z'],
    ['UTC', 'bob', 'bob'],
  ])('in %s, %s reads %s', (zone, timestamp, text) => {
    expect(momentsIn(zone)(timestamp)).toBe(text)
  })

  it('refuses a time zone that does not exist, by name', () => {
    expect(() => momentsIn('Mars/Base')).toThrow('There is no time zone "Mars/Base".')
  })
})
