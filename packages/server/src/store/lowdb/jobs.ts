import { copyFolder } from './backup.ts'
import { drawPicture } from './checkpoint.ts'
import type { Files } from './files.ts'
import type { Formats } from './format.ts'
import { type Progress, type Proved, proveFolder } from './proof.ts'

/** The long works of a store on disk, done one at a time; each sees the sealed journal and leaves the open segment alone. */
export interface Jobs {
  /** Draws the picture up to the end of the sealed journal; gives the `seq` where it stands. */
  draw(folder: string): Promise<number>
  /** Proves a folder up to a `seq`. Throws StoreDamaged. */
  prove(folder: string, upTo: number, progress?: Progress): Promise<Proved>
  /** Copies the sealed journal and its picture into a new folder, and proves the copy. Throws StoreDamaged. */
  copy(folder: string, to: string, progress?: Progress): Promise<Proved>
  close(): Promise<void>
}

/** Does them where they are asked for, at once, while everything waits: for tests, and for programs that do nothing else. */
export function inPlace(files: Files, known: Formats): Jobs {
  return {
    draw: async (folder) => drawPicture(files, folder, known).seq,
    prove: async (folder, upTo, progress) => proveFolder(files, folder, known, upTo, progress),
    copy: async (folder, to, progress) => copyFolder(files, folder, to, known, progress),
    close: async () => {},
  }
}
