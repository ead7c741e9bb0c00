import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { medianOf } from '../figures.ts'
import { copyHistory } from '../history.ts'
import { aFolder, startDaemon } from '../process.ts'
import type { Figure, Section } from '../section.ts'

/** Rows that a transfer leaves: a movement, two records, two entries, an event. */
const ROWS_A_TRANSFER = 6
const ACCOUNTS = 100_000
/** In which the kernel counts the work of a process: its clock ticks, on every Linux. */
const TICKS_A_SECOND = 100

/** What a process holds in memory, in bytes. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024
}

/** What a process and its threads have worked so far, in s. */
function workedBy(pid: number): number {
  const told = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = told
    .slice(told.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) / TICKS_A_SECOND
}

interface Started {
  seconds: number
  worked: number
  bytes: number
}

/** Starts a daemon and kills it once it serves, so that the folder is the same for the next. */
async function started(home: string): Promise<Started> {
  const daemon = await startDaemon(home)
  const measured = { seconds: daemon.startedInMs / 1_000, worked: workedBy(daemon.pid), bytes: memoryOf(daemon.pid) }
  await daemon.stop('SIGKILL')
  return measured
}

/** The middle one of what was measured. */
function middle(all: readonly Started[], of: keyof Started): number {
  return medianOf(all.map((each) => each[of]))
}

/** How long a start takes, from the journal and from a picture, and what memory the records need. */
export const start: Section = {
  name: 'start',
  async measure({ rounds, records }, say) {
    const empty = (await started(aFolder('empty'))).bytes
    const home = aFolder('start')
    const data = join(home, 'data')
    say(`writing ${records.toLocaleString('en')} transfers`)
    await copyHistory(data, { accounts: 8, transfers: records })
    const picture: Started[] = []
    for (let round = 1; round <= rounds; round += 1) {
      say(`starts from a picture, round ${round} of ${rounds}`)
      picture.push(await started(home))
    }
    const journal: Started[] = []
    for (let round = 1; round <= rounds; round += 1) {
      say(`starts from the journal, round ${round} of ${rounds}`)
      // The one before has begun to draw a picture.
      rmSync(join(data, 'stores'), { recursive: true, force: true })
      rmSync(join(data, 'manifest.json'), { force: true })
      journal.push(await started(home))
    }
    const accounts = records < ACCOUNTS ? 1_000 : ACCOUNTS
    say(`opening ${accounts.toLocaleString('en')} accounts`)
    const crowd = aFolder('crowd')
    await copyHistory(join(crowd, 'data'), { accounts, transfers: 0 })
    const crowded = await started(crowd)
    const count = records.toLocaleString('en')
    const people = accounts.toLocaleString('en')
    return [
      {
        what: `start with ${count} transfers, from the journal alone`,
        value: middle(journal, 'seconds'),
        unit: 's',
        target: { atMost: 15 },
      },
      { what: 'its work, on all cores', value: middle(journal, 'worked'), unit: 's' },
      {
        what: `start with ${count} transfers, from a picture`,
        value: middle(picture, 'seconds'),
        unit: 's',
        target: { atMost: 5 },
      },
      { what: 'its work, on all cores', value: middle(picture, 'worked'), unit: 's' },
      {
        what: 'memory of a stored row',
        value: (middle(picture, 'bytes') - empty) / (records * ROWS_A_TRANSFER),
        unit: 'bytes',
      },
      { what: 'memory of an empty daemon', value: empty / 1_048_576, unit: 'MiB' },
      { what: `start with ${people} accounts`, value: crowded.seconds, unit: 's' },
      { what: `memory of ${people} accounts`, value: (crowded.bytes - empty) / 1_048_576, unit: 'MiB' },
    ] satisfies Figure[]
  },
}
