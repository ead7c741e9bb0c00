import { parseArgs } from 'node:util'
import { type Outcome, simulate } from './simulation.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    bail: { type: 'boolean', default: false },
    minutes: { type: 'string', default: 'Infinity' },
  },
})

/** The seed that is played. */
let playing = 0

/** One seed at length, with all that is said and heard where that is asked for. */
async function playOne(seed: number, trace: boolean): Promise<void> {
  playing = seed
  console.log(await simulate(seed, trace ? (line) => console.log(line) : undefined))
}

/** Many seeds, from a first one on and until a time is over, or the first that is bad; every history that must not be is told with its seed. */
async function playMany(first: number, seeds: number, minutes: number, bail: boolean): Promise<void> {
  const endsAt = Date.now() + minutes * 60_000
  const sums: Record<string, number> = {}
  let [played, bad] = [0, 0]
  for (; played < seeds && Date.now() < endsAt && !(bail && bad > 0); played += 1) {
    playing = first + played
    try {
      const { digest, ...counted }: Outcome = await simulate(playing)
      for (const [what, count] of Object.entries(counted)) sums[what] = (sums[what] ?? 0) + count
    } catch (error) {
      bad += 1
      console.log(`seed ${playing}: ${(error as Error).message}`)
    }
    if ((played + 1) % 1_000 === 0) console.error(`${played + 1} seeds, ${bad} of them bad`)
  }
  console.log({ seeds: played, bad, ...sums })
  if (bad > 0) process.exitCode = 1
}

process.on('unhandledRejection', (error) => {
  console.error(`seed ${playing}:`, error)
  process.exit(1)
})

const { seed, trace, seeds, from, minutes, bail } = values
await (seed === undefined ? playMany(Number(from), Number(seeds), Number(minutes), bail) : playOne(Number(seed), trace))
