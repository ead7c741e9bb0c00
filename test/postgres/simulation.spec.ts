import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Outcome, simulate } from '../simulation/simulation.ts'
import { aDatabase, whyNoServer } from './database.ts'
import { DatabaseGround } from './database-ground.ts'

const missing = await whyNoServer()
const isLong = process.env.EWALLET_TEST_STORE === 'postgres'
/** How many histories there are, from which seed on; `npm test` has time for one. */
const SEEDS = Number(process.env.SIMULATE_SEEDS ?? (isLong ? 40 : 1))
const FIRST = Number(process.env.SIMULATE_FROM ?? 1)
/** Each waits for the database most of the time, so some are played at once. */
const AT_ONCE = 4

async function history(seed: number): Promise<Outcome> {
  const url = await aDatabase()
  const hear = (line: string) => void (process.env.SIMULATE_TRACE && console.log(line))
  try {
    return await simulate(seed, hear, (dice) => new DatabaseGround(url, `simulated ${randomUUID()}`, dice))
  } catch (error) {
    const again = `SIMULATE_FROM=${seed} SIMULATE_SEEDS=1 SIMULATE_TRACE=1 npx vitest run test/postgres/simulation.spec.ts`
    throw new Error(`Seed ${seed}: ${(error as Error).message} Repeat it: ${again}`, { cause: error })
  }
}

describe.skipIf(missing)('a daemon whose connections to the database break', () => {
  const seen: Outcome[] = []

  it.each(Array.from({ length: Math.ceil(SEEDS / AT_ONCE) }, (_, place) => FIRST + place * AT_ONCE))(
    'loses, doubles and makes nothing, in some histories from seed %i on',
    async (first) => {
      const count = Math.min(AT_ONCE, FIRST + SEEDS - first)
      seen.push(...(await Promise.all(Array.from({ length: count }, (_, place) => history(first + place)))))
    },
    240_000,
  )

  it.runIf(SEEDS >= 40)('goes through everything that a history is there for', () => {
    const sum = (what: Exclude<keyof Outcome, 'digest'>) => seen.reduce((total, outcome) => total + outcome[what], 0)
    for (const what of ['refused', 'repeated', 'powerCuts', 'kills', 'open', 'openAndThere'] as const)
      expect(sum(what), what).toBeGreaterThan(0)
    expect(sum('openAndThere')).toBeLessThan(sum('open'))
  })
})
