import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aDaemon, PASSWORD } from '../harness.ts'
import { somebody } from './people.ts'

describe('concurrent refunds', () => {
  it('never exceed what came in, and lose nothing of it', async () => {
    const daemon = await aDaemon()
    const part = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 6 })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.record({ session: fc.nat({ max: 1 }), part }), { minLength: 2, maxLength: 12 }),
        async (credits, wanted) => {
          const ada = await somebody(daemon, { credits: 60 })
          // Credits of his own: more than came in could go back if anybody let it.
          const bob = await somebody(daemon, { credits: 500 })
          const other = await daemon.client()
          await other.says('client action login', { user_email: bob.email, user_pass: PASSWORD })
          const sent = await ada.client.says('client action transfer credits', { transfer_to: bob.email, credits })
          const record_id = sent.transfer_record + 1

          const answers = await Promise.all(
            wanted.map(({ session, part: asked }) =>
              (session === 0 ? bob.client : other).says('client action refund transfer', {
                record_id,
                ...(asked === undefined ? {} : { credits: asked }),
              }),
            ),
          )
          const refunded = answers.reduce(
            (sum, { failed, refunded_credits }) => sum + (failed ? 0 : refunded_credits),
            0,
          )
          expect(refunded).toBeLessThanOrEqual(credits)
          // All that was refused asked for more than was left, so the last of it can still go back, and then nothing can.
          const rest = await bob.client.says('client action refund transfer', { record_id })
          expect(rest.failed ? 0 : rest.refunded_credits).toBe(credits - refunded)
          expect(await bob.client.says('client action refund transfer', { record_id })).toMatchObject({
            code: 'refund_too_large',
          })
          const { ewallet_data: adas } = await ada.client.says('client action view credit ewallet')
          const { ewallet_data: bobs } = await bob.client.says('client action view credit ewallet')
          expect([adas.credits, bobs.credits]).toEqual([60, 500])
        },
      ),
      { numRuns: 40 },
    )
  })
})
