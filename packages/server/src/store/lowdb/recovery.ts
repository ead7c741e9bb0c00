import { join } from 'node:path'
import type { State } from '../memory/state.ts'
import { StoreDamaged } from './damage.ts'
import { type Files, writeAll } from './files.ts'
import type { Link } from './line.ts'
import { hasLaterBatch, journalFolder, readLines, type Segment, segmentsOf, textOf } from './segments.ts'

/** How the journal was found. */
export interface Recovered {
  link: Link
  lastNow: number
  /** The segment to go on with; undefined where a new one is due. */
  open: { segment: Segment; size: number } | undefined
  /** What was cut off its end: a batch that was being written when the machine stopped. */
  torn?: { file: string; line: number; bytes: number; seq: number }
}

/** Brings a state to what the journal says, from where it stands; cuts off a torn tail, and refuses any other damage. */
export function recover(files: Files, folder: string, state: State, from: Link, lastNow: number): Recovered {
  const segments = segmentsOf(files, folder)
  const recovered: Recovered = { link: from, lastNow, open: undefined }
  for (const [place, segment] of segments.entries()) {
    const next = segments[place + 1]
    if (next && next.first <= from.seq + 1) continue
    const file = `journal/${segment.name}`
    if (segment.first !== recovered.link.seq + 1) {
      throw new StoreDamaged(file, 1, `It begins with ${segment.first}, and ${recovered.link.seq + 1} is missing.`)
    }
    const bytes = textOf(files, folder, segment)
    const read = readLines(bytes, recovered.link, state)
    recovered.lastNow = Math.max(recovered.lastNow, read.at)
    recovered.link = read.link
    if (read.wrong !== undefined) {
      if (next || segment.name.endsWith('.gz') || hasLaterBatch(bytes, read.end, read.link.seq + 1)) {
        throw new StoreDamaged(file, read.lines + 1, read.wrong)
      }
      recovered.torn = { file, line: read.lines + 1, bytes: bytes.byteLength - read.end, seq: read.link.seq }
    }
    if (!next && !segment.name.endsWith('.gz')) {
      mend(files, join(journalFolder(folder), segment.name), bytes, read.batchAt, read.end)
      recovered.open = { segment, size: read.end }
    }
  }
  return recovered
}

/** Cuts a segment to its good lines; its last batch is written once more, for nobody knows whether its fsync went well. */
function mend(files: Files, path: string, bytes: Uint8Array, lastBatchAt: number, end: number): void {
  const file = files.open(path)
  try {
    file.truncate(end)
    writeAll(file, bytes.subarray(lastBatchAt, end), lastBatchAt)
    file.syncNow()
  } finally {
    file.close()
  }
}
