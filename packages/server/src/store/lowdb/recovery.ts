import { join } from 'node:path'
import type { State } from '../memory/state.ts'
import { StoreDamaged } from './cannot-open.ts'
import { type Files, writeAll } from './files.ts'
import type { Formats } from './format.ts'
import type { Link } from './line.ts'
import { LineReader } from './line-reader.ts'
import type { Manifest } from './manifest.ts'
import {
  checkAllThere,
  checkLines,
  damageIn,
  fileOf,
  hasLaterBatch,
  journalFolder,
  lastLink,
  readSegment,
  type Segment,
  segmentsOf,
} from './segments.ts'

/** How the journal was found. */
export interface Recovered {
  link: Link
  lastNow: number
  /** The segment to go on with; undefined where a new one is due. */
  open: { segment: Segment; size: number } | undefined
  /** Whether sealed lines are not in the picture yet. */
  isBehind: boolean
  /** What was cut off its end: a batch that was being written when the machine stopped. */
  torn?: { file: string; line: number; bytes: number; seq: number }
}

/** Brings a state from where its picture stands to what the journal says; cuts off a torn tail, and refuses any other damage. */
export function recover(files: Files, folder: string, state: State, from: Manifest, known: Formats): Recovered {
  const segments = segmentsOf(files, folder)
  checkAllThere(segments, from)
  const recovered: Recovered = {
    link: { seq: from.seq, hash: from.hash },
    lastNow: from.lastNow,
    open: undefined,
    isBehind: false,
  }
  for (const [place, segment] of segments.entries()) {
    const next = segments[place + 1]
    if (next && next.first <= from.seq + 1) continue
    const { text } = readSegment(files, folder, segment, from)
    if (!next && segment.first <= from.seq && isSame(lastLink(text), from)) continue
    if (segment.first !== recovered.link.seq + 1) {
      throw new StoreDamaged(fileOf(segment), 1, `It begins with ${segment.first}, not with ${recovered.link.seq + 1}.`)
    }
    const isLast = !next && !segment.name.endsWith('.gz')
    const checked = isLast ? checkLines(text, recovered.link) : damageIn(segment, text, recovered.link)
    if (checked.wrong !== undefined) {
      if (hasLaterBatch(text, checked.end, checked.link.seq + 1)) damageIn(segment, text, recovered.link)
      const torn = { line: checked.lines + 1, bytes: text.byteLength - checked.end, seq: checked.link.seq }
      recovered.torn = { file: fileOf(segment), ...torn }
    }
    const head = new LineReader(state, known).readTo(text, checked.end)
    recovered.lastNow = Math.max(recovered.lastNow, head?.at ?? 0)
    recovered.link = checked.link
    recovered.isBehind ||= !isLast
    if (isLast) {
      mend(files, join(journalFolder(folder), segment.name), text, checked.batchAt, checked.end)
      recovered.open = { segment, size: checked.end }
    }
  }
  return recovered
}

function isSame(one: Link | undefined, other: Link): boolean {
  return one?.seq === other.seq && one.hash === other.hash
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
