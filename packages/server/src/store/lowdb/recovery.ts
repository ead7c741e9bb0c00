import { join } from 'node:path'
import type { State } from '../memory/state.ts'
import { storesFolder } from './block-file.ts'
import { StoreDamaged } from './cannot-open.ts'
import { type Files, writeAll } from './files.ts'
import type { Formats } from './format.ts'
import type { Jobs } from './jobs.ts'
import type { Link } from './line.ts'
import { LineReader } from './line-reader.ts'
import type { Manifest } from './manifest.ts'
import {
  checkAllThere,
  type Followed,
  fileOf,
  hasLaterBatch,
  journalFolder,
  lastLink,
  readBytes,
  readSegment,
  type Segment,
  segmentsOf,
  whole,
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

/**
 * Brings a state from where its picture stands to what the journal says; cuts off a torn tail, and refuses any other damage. The
 * next segment is followed while one is replayed, wherever `follow` does that.
 */
export async function recover(
  files: Files,
  folder: string,
  state: State,
  from: Manifest,
  known: Formats,
  follow: Jobs['follow'],
): Promise<Recovered> {
  const segments = segmentsOf(files, folder)
  checkAllThere(segments, from)
  // What was drawn was journalled before: a store that begins has no picture.
  if (segments.length === 0 && files.list(storesFolder(folder)).some((name) => !name.startsWith('.'))) {
    throw new StoreDamaged('journal', 1, 'It is empty, though stores/ is not.')
  }
  const recovered: Recovered = {
    link: { seq: from.seq, hash: from.hash },
    lastNow: from.lastNow,
    open: undefined,
    isBehind: false,
  }
  const due = segments.filter((_, place) => (segments[place + 1]?.first ?? Number.POSITIVE_INFINITY) > from.seq + 1)
  const [first] = due
  if (first && first.first <= from.seq && isSame(lastLink(readSegment(files, folder, first, from).text), from)) {
    return recovered
  }
  const read = async (segment: Segment, link: Link): Promise<Followed> => {
    if (segment.first !== link.seq + 1) {
      throw new StoreDamaged(fileOf(segment), 1, `It begins with ${segment.first}, not with ${link.seq + 1}.`)
    }
    return follow(segment, readBytes(files, folder, segment), from.journal[segment.name], link)
  }
  let ahead = first && read(first, recovered.link)
  for (const [place, segment] of due.entries()) {
    const { text, checked } = (await ahead) as Followed
    const next = due[place + 1]
    const isLast = !next && !segment.name.endsWith('.gz')
    if (!isLast) whole(segment, checked)
    ahead = next && read(next, checked.link)
    // Whoever waits for it hears of it; until then nobody does.
    ahead?.catch(() => {})
    if (checked.wrong !== undefined) {
      if (hasLaterBatch(text, checked.end, checked.link.seq + 1)) whole(segment, checked)
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
