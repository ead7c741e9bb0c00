import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { medianOf } from '../figures.ts'
import { writeHistory } from '../history.ts'
import { aFolder, startDaemon } from '../process.ts'
import type { Figure, Section } from '../section.ts'

/** Rows that a transfer leaves: a movement, two records, two entries, an event. */
const ROWS_A_TRANSFER = 6
const ACCOUNTS = 100_000

/** What a process holds in memory, in bytes. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024
}

async function started(home: string): Promise<{ ms: number; bytes: number }> {
  const daemon = await startDaemon(home)
  const bytes = memoryOf(daemon.pid)
  await daemon.stop()
  return { ms: daemon.startedInMs, bytes }
}

/** How long a start takes, from the journal and from a picture, and what memory the records need. */
export const start: Section = {
  name: 'start',
  async measure({ rounds, records }, say) {
    const empty = (await started(aFolder('empty'))).bytes
    const home = aFolder('start')
    const data = join(home, 'data')
    say(`writing ${records.toLocaleString('en')} transfers`)
    await writeHistory(data, { accounts: 8, transfers: records })
    const [picture, journal]: number[][] = [[], []]
    let bytes = 0
    for (let round = 1; round <= rounds; round += 1) {
      say(`starts, round ${round} of ${rounds}`)
      const fromPicture = await started(home)
      picture?.push(fromPicture.ms)
      bytes = fromPicture.bytes
      rmSync(join(data, 'stores'), { recursive: true })
      rmSync(join(data, 'manifest.json'))
      journal?.push((await started(home)).ms)
    }
    say(`opening ${ACCOUNTS.toLocaleString('en')} accounts`)
    const crowd = aFolder('crowd')
    await writeHistory(join(crowd, 'data'), { accounts: records < 100_000 ? 1_000 : ACCOUNTS, transfers: 0 })
    const crowded = await started(crowd)
    const count = records.toLocaleString('en')
    return [
      {
        what: `start with ${count} transfers, from the journal alone`,
        value: medianOf(journal ?? []) / 1_000,
        unit: 's',
        target: { atMost: 15 },
      },
      {
        what: `start with ${count} transfers, from a picture`,
        value: medianOf(picture ?? []) / 1_000,
        unit: 's',
        target: { atMost: 5 },
      },
      { what: 'memory of a stored row', value: (bytes - empty) / (records * ROWS_A_TRANSFER), unit: 'bytes' },
      { what: 'memory of an empty daemon', value: empty / 1_048_576, unit: 'MiB' },
      {
        what: `memory of ${ACCOUNTS.toLocaleString('en')} accounts`,
        value: (crowded.bytes - empty) / 1_048_576,
        unit: 'MiB',
      },
    ] satisfies Figure[]
  },
}
