import { describe, expect, it } from 'vitest'
import { AddressRates } from '../../packages/server/src/sessions/rates.ts'
import { SlidingCounts } from '../../packages/server/src/sessions/sliding-counts.ts'

const HERE = '192.0.2.1'
const MINUTE = 60_000

describe('what an address may ask for', () => {
  it('is 100 a minute of each kind', () => {
    const rates = new AddressRates()
    for (let n = 0; n < 100; n += 1) expect(rates.take('token', HERE, 0)).toBe(true)
    expect(rates.take('token', HERE, 0)).toBe(false)
    expect(rates.waitMs('token', HERE, 20_000)).toBe(40_000)
    expect(rates.take('issue', HERE, 0)).toBe(true)
    expect(rates.take('token', '192.0.2.2', 0)).toBe(true)
    expect(rates.take('token', null, 0)).toBe(true)
    expect(rates.take('token', HERE, MINUTE)).toBe(true)
  })

  it('is no more where the minute turns', () => {
    const rates = new AddressRates()
    for (let n = 0; n < 100; n += 1) rates.take('token', HERE, 600 * n)
    expect(rates.take('token', HERE, MINUTE - 1)).toBe(false)
    expect(rates.take('token', HERE, MINUTE)).toBe(true)
    expect(rates.take('token', HERE, MINUTE)).toBe(false)
    expect(rates.waitMs('token', HERE, MINUTE)).toBe(600)
  })

  it('is not used up by what was refused', () => {
    const rates = new AddressRates()
    for (let n = 0; n < 500; n += 1) rates.take('token', HERE, n)
    expect(rates.take('token', HERE, MINUTE)).toBe(true)
  })
})

describe('counts', () => {
  it('forget whom nothing counts against any more', () => {
    const counts = new SlidingCounts(1, MINUTE)
    for (let n = 0; n < 10_001; n += 1) counts.add(`${n}`, 0)
    counts.add('now', MINUTE)
    const { times } = counts as unknown as { times: Map<string, unknown> }
    expect([...times.keys()]).toEqual(['now'])
  })
})
