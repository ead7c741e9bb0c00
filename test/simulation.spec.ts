import { describe, expect, it } from 'vitest'
import { type Outcome, simulate } from './simulation/simulation.ts'

const SEEDS = 200
const BATCH = 25

/** Plays histories one after the other; says with which seed to repeat the first that must not be. */
async function histories(first: number, count: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      outcomes.push(await simulate(seed))
    } catch (error) {
      throw new Error(
        `Seed ${seed}: ${(error as Error).message} Repeat it: npm run simulate -- --seed ${seed} --trace`,
        {
          cause: error,
        },
      )
    }
  }
  return outcomes
}

describe('a daemon on a disk that tears, loses, fails and ends', () => {
  const seen: Outcome[] = []

  it.each(Array.from({ length: SEEDS / BATCH }, (_, place) => 1 + place * BATCH))(
    `loses, doubles and makes nothing, in ${BATCH} histories from seed %i on`,
    async (first) => {
      seen.push(...(await histories(first, BATCH)))
    },
    240_000,
  )

  it('goes through everything that a history is there for', () => {
    const sum = (what: Exclude<keyof Outcome, 'digest'>) => seen.reduce((total, outcome) => total + outcome[what], 0)
    for (const what of ['refused', 'repeated', 'powerCuts', 'kills', 'brokenStores', 'tornTails'] as const) {
      expect(sum(what), what).toBeGreaterThan(0)
    }
    // An open instruction of either kind: it was done although nobody heard of it, or it was not.
    expect(sum('openAndThere')).toBeGreaterThan(0)
    expect(sum('openAndThere')).toBeLessThan(sum('open'))
  })

  it('lives through the same history again from the same seed', async () => {
    const [again] = await histories(7, 1)
    expect(again?.digest).toBe(seen[6]?.digest)
  })
})
