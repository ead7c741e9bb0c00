import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aDaemon } from '../harness.ts'
import { somebody } from './people.ts'

describe('converting', () => {
  const daemon = () => aDaemon()

  it('there and back gains nothing', async () => {
    const { has, ...rest } = await daemon()
    const { client } = await somebody({ has, ...rest }, { credits: 500 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 12 }), async (amounts) => {
        for (const credits of amounts) {
          const there = await client.says('client action convert credits2clock', { credits })
          expect(there).toMatchObject({ failed: false, ewallet_credits: 500 - credits, credit_clock: credits })
          const back = await client.says('client action convert clock2credits', { minutes: credits })
          expect(back).toMatchObject({ failed: false, ewallet_credits: 500, credit_clock: 0 })
        }
      }),
      { numRuns: 30 },
    )
  })

  it('gains nothing in parts either, nor after a part of a minute was used', async () => {
    const house = await daemon()
    const turn = fc.record({
      isBack: fc.boolean(),
      amount: fc.integer({ min: 1, max: 80 }),
      used: fc.nat({ max: 90_000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 20 }), async (turns) => {
        const { client } = await somebody(house, { credits: 100 })
        let used = 0
        for (const { isBack, amount, used: ms } of turns) {
          if (isBack) await client.says('client action convert clock2credits', { minutes: amount })
          else await client.says('client action convert credits2clock', { credits: amount })
          const before = await heldMs(house, client)
          await client.says('client action start clock_timer')
          house.time.turn(ms)
          await client.says('client action stop clock_timer')
          const spent = before - (await heldMs(house, client))
          expect(spent).toBeLessThanOrEqual(ms)
          used += spent
        }
        expect(await heldMs(house, client)).toBe(100 * 60_000 - used)
      }),
      { numRuns: 30 },
    )
  })
})

type House = Awaited<ReturnType<typeof aDaemon>>
type Client = Awaited<ReturnType<typeof somebody>>['client']

/** What somebody's wallet and clock hold together, in ms. */
async function heldMs({ store }: House, client: Client): Promise<number> {
  const { ewallet } = await client.says('client action view credit ewallet')
  const { clock } = await client.says('client action view credit clock')
  return store.transaction(
    async (tx) =>
      (await tx.balance(`wallet:${ewallet}`, 'credits')) * 60_000 +
      (await tx.balance(`clock:${clock}`, 'milliseconds')),
  )
}
