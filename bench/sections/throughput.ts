import { join } from 'node:path'
import { medianOf } from '../figures.ts'
import { type Measured, offer, type Says } from '../load.ts'
import { type Person, saying, signUp } from '../people.ts'
import { preparePgbench, startDatabase } from '../pgbench.ts'
import { aFolder, startDaemon, startServer } from '../process.ts'
import type { Figure, Section } from '../section.ts'

const CONNECTIONS = 8
const IN_FLIGHT = 32

/** Each pays the next one, so that credits go round. */
export function transfersAround(people: readonly Person[], isKeyed = false): Says[] {
  return people.map((person, place) => {
    const { email } = people[(place + 1) % people.length] as Person
    return saying(person, 'client action transfer credits', { transfer_to: email, credits: 1 }, isKeyed)
  })
}

/** Transfers and reads a second, beside a bare echo of the same frames. */
export const throughput: Section = {
  name: 'throughput',
  async measure({ rounds, forMs }, say) {
    const echo = await startServer([join(import.meta.dirname, 'echo.js')])
    const daemon = await startDaemon(aFolder('throughput'))
    const names = (count: number, of: string) => Array.from({ length: count }, (_, place) => `${of}${place}`)
    const people = await signUp(daemon.url, names(CONNECTIONS, 'p'), 10_000_000)
    const many = await signUp(daemon.url, names(50, 'm'), 10_000_000)
    const transfers = transfersAround(people)
    const keyed = transfersAround(people, true)
    const reads = people.map((person) => saying(person, 'client action view credit ewallet', {}))
    const database = await startDatabase().catch(({ message }: Error) => say(`without PostgreSQL: ${message}`))
    const seconds = Math.max(1, Math.round(forMs / 1_000))
    const pgbench = database && (await preparePgbench(database, { clients: CONNECTIONS, seconds }))
    if (database && !pgbench) say('without pgbench, which is not installed')
    const tps: number[] = []
    const measured: Record<string, Measured[]> = {}
    const take = async (what: string, url: string, says: readonly Says[], inFlight: number) => {
      const found = await offer({ url, says, inFlight, forMs })
      if (Object.keys(found.refused).length > 0) throw new Error(`Refused: ${JSON.stringify(found.refused)}`)
      measured[what] = [...(measured[what] ?? []), found]
    }
    for (let round = 1; round <= rounds; round += 1) {
      say(`round ${round} of ${rounds}`)
      await take('echo of transfers', echo.url, transfers, IN_FLIGHT)
      await take('transfers', daemon.url, transfers, IN_FLIGHT)
      await take('keyed', daemon.url, keyed, IN_FLIGHT)
      if (pgbench) tps.push(await pgbench())
      await take('echo of reads', echo.url, reads, IN_FLIGHT)
      await take('reads', daemon.url, reads, IN_FLIGHT)
      const hundred = transfersAround([...many, ...many])
      await take('of 100', daemon.url, hundred, 1)
    }
    for (const { client } of [...people, ...many]) client.close()
    await echo.stop()
    await daemon.stop()
    await database?.stop()
    const rate = (what: string) => medianOf((measured[what] ?? []).map((found) => found.rate))
    const p99 = (what: string) => medianOf((measured[what] ?? []).map((found) => found.latency.p99))
    const beside = (what: string) => ({ what: 'echo', value: rate(what) })
    return [
      { what: 'echo of a transfer', value: rate('echo of transfers'), unit: '/s' },
      {
        what: 'durable transfers',
        value: rate('transfers'),
        unit: '/s',
        baseline: beside('echo of transfers'),
        target: { atLeast: 0.5 },
      },
      {
        what: 'the same with idempotency keys',
        value: rate('keyed'),
        unit: '/s',
        baseline: beside('echo of transfers'),
      },
      ...(tps.length === 0
        ? []
        : [
            { what: "pgbench's TPC-B-like, 8 clients", value: medianOf(tps), unit: 'tps' },
            {
              what: 'durable transfers, beside it',
              value: rate('transfers'),
              unit: '/s',
              baseline: { what: 'pgbench', value: medianOf(tps) },
              target: { atLeast: 5 },
            },
          ]),
      { what: 'echo of a read', value: rate('echo of reads'), unit: '/s' },
      {
        what: 'reads (view wallet)',
        value: rate('reads'),
        unit: '/s',
        baseline: beside('echo of reads'),
        target: { atLeast: 0.7 },
      },
      { what: 'p99 of transfers, 100 clients one at a time', value: p99('of 100'), unit: 'ms', target: { atMost: 15 } },
      { what: 'transfers of 100 clients one at a time', value: rate('of 100'), unit: '/s' },
    ] satisfies Figure[]
  },
}
