import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { medianOf } from '../figures.ts'
import { offer, type Says } from '../load.ts'
import { saying, signUp } from '../people.ts'
import { aFolder, startDaemon, startServer } from '../process.ts'
import type { Figure, Section } from '../section.ts'
import { transfersAround } from './throughput.ts'

const CONNECTIONS = 8
const IN_FLIGHT = 32

/** What a process worked so far, in µs: its first thread, and all its threads. */
function workedBy(pid: number): { first: number; all: number } {
  const of = (thread: string) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1_000
    } catch {
      // A thread may end while they are counted.
      return 0
    }
  }
  return {
    first: of(String(pid)),
    all: readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + of(thread), 0),
  }
}

/** What a request costs the server in time of a processor: less moved by what else the machine does than a rate is. */
export const processor: Section = {
  name: 'processor',
  async measure({ rounds, forMs }, say) {
    const echo = await startServer([join(import.meta.dirname, 'echo.js')])
    const daemon = await startDaemon(aFolder('processor'))
    const names = Array.from({ length: CONNECTIONS }, (_, place) => `p${place}`)
    const people = await signUp(daemon.url, names, 10_000_000)
    const reads = people.map((person) => saying(person, 'client action view credit ewallet', {}))
    const worked: Record<string, { first: number[]; all: number[] }> = {}
    const take = async (what: string, { url, pid }: { url: string; pid: number }, says: readonly Says[]) => {
      const before = workedBy(pid)
      let answers = 0
      await offer({ url, says, inFlight: IN_FLIGHT, forMs, onAnswer: () => (answers += 1) })
      const after = workedBy(pid)
      worked[what] ??= { first: [], all: [] }
      worked[what].first.push((after.first - before.first) / answers)
      worked[what].all.push((after.all - before.all) / answers)
    }
    for (let round = 1; round <= rounds; round += 1) {
      say(`round ${round} of ${rounds}`)
      await take('echo of a read', echo, reads)
      await take('a read', daemon, reads)
      await take('echo of a transfer', echo, transfersAround(people))
      await take('a transfer', daemon, transfersAround(people))
      await take('a transfer with a key', daemon, transfersAround(people, true))
    }
    for (const { client } of people) client.close()
    await echo.stop()
    await daemon.stop()
    return Object.entries(worked).flatMap(([what, { first, all }]): Figure[] => [
      { what: `${what}, the server's first thread`, value: medianOf(first), unit: 'µs' },
      { what: `${what}, all its threads`, value: medianOf(all), unit: 'µs' },
    ])
  },
}
