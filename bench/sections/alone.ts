import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { medianOf } from '../figures.ts'
import { offer } from '../load.ts'
import { saying, signUp } from '../people.ts'
import { aFolder, startDaemon, startServer } from '../process.ts'
import type { Figure, Section } from '../section.ts'

/** How long an append with fdatasync takes, in ms: the disk's limit. */
function appendMs(times: number): number {
  const file = openSync(join(aFolder('append'), 'file'), 'a')
  const line = Buffer.alloc(700, 'x')
  const took: number[] = []
  for (let time = 0; time < times; time += 1) {
    const from = performance.now()
    writeSync(file, line)
    fdatasyncSync(file)
    took.push(performance.now() - from)
  }
  closeSync(file)
  return medianOf(took)
}

/** One client, one request at a time: what a durable transfer takes beside an echo and an append. */
export const alone: Section = {
  name: 'alone',
  async measure({ rounds, forMs }, say) {
    const echo = await startServer([join(import.meta.dirname, 'echo.js')])
    const daemon = await startDaemon(aFolder('alone'))
    const [payer, payee] = await signUp(daemon.url, ['payer', 'payee'], 10_000_000)
    if (!payer || !payee) throw new Error('Nobody signed up.')
    const says = [saying(payer, 'client action transfer credits', { transfer_to: payee.email, credits: 1 })]
    const took: Record<'echo' | 'append' | 'transfer', number[]> = { echo: [], append: [], transfer: [] }
    for (let round = 1; round <= rounds; round += 1) {
      say(`round ${round} of ${rounds}`)
      took.echo.push((await offer({ url: echo.url, says, inFlight: 1, forMs })).latency.p50)
      took.append.push(appendMs(500))
      took.transfer.push((await offer({ url: daemon.url, says, inFlight: 1, forMs })).latency.p50)
    }
    payer.client.close()
    payee.client.close()
    await echo.stop()
    await daemon.stop()
    const [rtt, append] = [medianOf(took.echo), medianOf(took.append)]
    const limit = { what: 'echo + fdatasync', value: rtt + append }
    return [
      { what: 'echo round trip', value: rtt, unit: 'ms' },
      { what: 'append + fdatasync', value: append, unit: 'ms' },
      {
        what: 'a durable transfer, alone',
        value: medianOf(took.transfer),
        unit: 'ms',
        baseline: limit,
        target: { atMost: 3 },
      },
    ] satisfies Figure[]
  },
}
