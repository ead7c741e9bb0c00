import type { Time } from '../../time.ts'
import { type Keeper, MemoryStore } from '../memory/memory-store.ts'
import { State } from '../memory/state.ts'
import type { Store } from '../store.ts'
import { drawPicture } from './checkpoint.ts'
import { machineFiles } from './files.ts'
import { Journal } from './journal.ts'
import { bodyOf, chainStart } from './line.ts'
import { loadPicture, storesFolder } from './picture.ts'
import { recover } from './recovery.ts'
import { journalFolder } from './segments.ts'

/** The format that is written. */
const format = 1

/** Where a store lies on disk, and what it is given. */
export interface LowdbOptions {
  /** The data folder; made where there is none. */
  folder: string
  time: Time
  /** A checkpoint is drawn when this much was journalled since the last. */
  checkpointBytes: number
  /** Hears, in a sentence, what an operator should know: a torn tail, a picture that could not be drawn. */
  report: (sentence: string) => void
}

/** Opens the store in a folder. Throws StoreDamaged where it was changed behind its back. */
export async function openLowdbStore({ folder, time, checkpointBytes, report }: LowdbOptions): Promise<Store> {
  const files = machineFiles
  for (const each of [folder, journalFolder(folder), storesFolder(folder)]) files.makeFolder(each)
  const state = new State()
  const manifest = loadPicture(files, folder, state)
  const found = recover(files, folder, state, manifest ?? chainStart, manifest?.lastNow ?? 0)
  if (found.torn) {
    const { file, line, bytes, seq } = found.torn
    report(
      `${file}, line ${line}: cut off ${bytes} bytes that were being written when the daemon last ended; ${seq} stays.`,
    )
  }
  const journal = new Journal({
    files,
    folder,
    format,
    link: found.link,
    open: found.open && { name: found.open.segment.name, size: found.open.size },
    sealBytes: checkpointBytes,
    onSealed: () => {},
  })
  const keeper: Keeper = {
    keep: (overlay, change) => journal.append(bodyOf(overlay, change, state)),
    settled: () => journal.settled(),
    async close() {
      await journal.seal()
      await journal.close()
      drawPicture(files, folder, format)
    },
  }
  return new MemoryStore(time, keeper, state, found.lastNow)
}
