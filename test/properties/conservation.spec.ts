import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aDaemon } from '../harness.ts'
import { holdingsOf, totalOf } from './ledger.ts'
import { anyStep, Company } from './people.ts'

const MINUTE = 60_000

describe('any sequence of instructions', () => {
  it('keeps Σ credits + Σ minutes + consumed = supplied, every balance the sum of its postings, and none below zero', async () => {
    const daemon = await aDaemon()
    let supplied = 0
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 40 }), async (steps) => {
        const company = await Company.of(daemon)
        for (const step of steps) await company.takes(step)
        supplied += company.supplied
        await daemon.house.settle()
        const holdings = await holdingsOf(daemon)

        const total = (prefix: string, unit: 'credits' | 'milliseconds') => totalOf(holdings, prefix, unit)
        const inUse = total('wallet:', 'credits') * MINUTE + total('clock:', 'milliseconds')
        expect(inUse + total('consumed', 'milliseconds')).toBe(supplied * MINUTE)
        expect(total('core', 'credits')).toBe(-supplied)
        for (const unit of ['credits', 'milliseconds'] as const) expect(total('', unit)).toBe(0)
        for (const { ledger, unit, balance, sum } of holdings) {
          expect([ledger, unit, balance]).toEqual([ledger, unit, sum])
          if (/^(wallet|clock):/.test(ledger)) expect(balance, ledger).toBeGreaterThanOrEqual(0)
        }
      }),
      { numRuns: 40 },
    )
  })
})
