import { dirname } from 'node:path'
import type { Time } from '../../time.ts'
import { type Keeper, MemoryStore } from '../memory/memory-store.ts'
import { State } from '../memory/state.ts'
import type { Store } from '../store.ts'
import { drawPicture } from './checkpoint.ts'
import { type Files, machineFiles } from './files.ts'
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
  /** The file system, where it is not the machine's. */
  files?: Files
}

/** Opens the store in a folder. Throws StoreDamaged where it was changed behind its back. */
export async function openLowdbStore(options: LowdbOptions): Promise<Store> {
  const { folder, time, checkpointBytes, report, files = machineFiles } = options
  makeFolders(files, folder)
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
    keep: (overlay, change) => journal.append(bodyOf(overlay, change)),
    settled: () => journal.settled(),
    async close() {
      await journal.seal()
      await journal.close()
      drawPicture(files, folder, format)
    },
  }
  return new MemoryStore(time, keeper, state, found.lastNow)
}

/** Makes a data folder, and sees to it that its name, and the names of those above it, are on disk before anything is in it. */
function makeFolders(files: Files, folder: string): void {
  const isNew = files.list(journalFolder(folder)).length === 0
  for (const each of [folder, journalFolder(folder), storesFolder(folder)]) files.makeFolder(each)
  if (!isNew) return
  files.syncFolder(folder)
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    try {
      files.syncFolder(dirname(at))
    } catch (error) {
      // A folder that may not be opened is not one that was made here.
      if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}
