import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aDaemon } from '../harness.ts'
import { anyStep, Company } from './people.ts'

describe('statements of any history', () => {
  it('close where the next one opens, and their entries make the difference', async () => {
    const daemon = await aDaemon()
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 30 }), cuts, async (steps, parts) => {
        const begins = daemon.time.now()
        const company = await Company.of(daemon)
        for (const step of steps) await company.takes(step)
        // What happens at this very moment belongs to it.
        const ends = daemon.time.now() + 1
        const inner = parts.map((part) => begins + Math.floor(part * (ends - begins)))
        const bounds = [begins, ...inner.sort((a, b) => a - b), ends].map((at) => new Date(at).toISOString())

        for (const { client } of company.people) {
          let opening = { credits: 0, milliseconds: 0 }
          let count = 0
          for (const [place, to] of bounds.slice(1).entries()) {
            const from = bounds[place] as string
            const statement = await client.says('client action view statement', { from, to, limit: 1_000 })
            expect(statement.opening).toEqual(opening)
            const { closing, entries } = statement
            for (const { unit, amount } of entries) opening[unit] += amount
            expect(closing).toEqual(opening)
            opening = closing
            count += entries.length
          }
          const whole = await client.says('client action view statement', { limit: 1_000 })
          expect(whole.closing).toEqual(opening)
          expect(whole.entries).toHaveLength(count)
        }
      }),
      { numRuns: 25 },
    )
  })
})
