import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aDaemon } from '../harness.ts'
import { somebody } from './people.ts'

describe('pages with cursors', () => {
  it('show each record once, newest first, while rows are added', async () => {
    const daemon = await aDaemon()
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.record({ added: fc.nat({ max: 3 }), ms: fc.nat({ max: 1 }) }), { minLength: 1, maxLength: 8 }),
        async (records, limit, meanwhile) => {
          const { client } = await somebody(daemon)
          const add = async () => (await client.says('client action supply credits', { credits: 1 })).transfer_record
          const before: number[] = []
          // Several records a millisecond: ids, not moments, tell them apart.
          for (let count = 0; count < records; count += 1) {
            before.unshift(await add())
            if (count % 3 === 0) daemon.time.turn(1)
          }
          const seen: number[] = []
          let cursor: string | null | undefined
          for (let page = 0; cursor !== null; page += 1) {
            const answer = await client.says('client action view transfer records', {
              limit,
              ...(cursor && { cursor }),
            })
            expect(answer.records.length).toBeLessThanOrEqual(limit)
            seen.push(...answer.records.map(({ id }) => id))
            cursor = answer.cursor
            const { added, ms } = meanwhile[page % meanwhile.length] as { added: number; ms: number }
            daemon.time.turn(ms)
            for (let count = 0; count < added; count += 1) await add()
          }
          expect(seen).toEqual(before)
        },
      ),
      { numRuns: 40 },
    )
  })
})
