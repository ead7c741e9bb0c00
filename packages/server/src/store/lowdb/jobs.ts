import { copyFolder } from './backup.ts'
import { readBlock } from './block-file.ts'
import { drawPicture } from './checkpoint.ts'
import type { Files } from './files.ts'
import type { Formats } from './format.ts'
import type { Link } from './line.ts'
import { type Progress, type Proved, proveFolder } from './proof.ts'
import { type Followed, followSegment, type Segment } from './segments.ts'

/** The long works of a store on disk, done one at a time; each sees the sealed journal and leaves the open segment alone. */
export interface Jobs {
  /** Reads files of a picture, each named with its SHA-256. Throws StoreDamaged at the first one that is otherwise. */
  read(folder: string, named: readonly [string, string][]): Promise<Buffer[]>
  /**
   * Unpacks a segment's file, which is given away with that, and follows the chain through it from a line on. Throws StoreDamaged
   * where the file is not as its SHA-256 says, if that is known.
   */
  follow(segment: Segment, bytes: Buffer, sum: string | undefined, from: Link): Promise<Followed>
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
    read: async (folder, named) => named.map(([name, sum]) => readBlock(files, folder, name, sum)),
    follow: async (...given) => followSegment(...given),
    draw: async (folder) => drawPicture(files, folder, known).seq,
    prove: async (folder, upTo, progress) => proveFolder(files, folder, known, upTo, progress),
    copy: async (folder, to, progress) => copyFolder(files, folder, to, known, progress),
    close: async () => {},
  }
}
