import { join } from 'node:path'
import { valueEnd } from '../memory/row-text.ts'
import { storesFolder } from './block-file.ts'
import { type Counters, countersOf } from './counters.ts'
import { type Files, writeWhole } from './files.ts'
import type { Formats } from './format.ts'
import { chained, chainStart, type Link } from './line.ts'
import { LineReader, type Listener } from './line-reader.ts'
import { manifestName } from './manifest.ts'
import { type Progress, proveFolder } from './proof.ts'
import { damageIn, journalFolder, readSegment, segmentName, segmentsOf } from './segments.ts'

/** Up to where a store is restored: a line, or the last one that is not after a moment in ms; all of it where neither is said. */
export interface RestorePoint {
  seq?: number
  at?: number
}

/** A restored store that waits to take a folder's place. */
export interface Staged {
  /** Where it waits; a data folder like any other. */
  folder: string
  /** The last line that was taken over. */
  seq: number
  /** What the store that it takes the place of had given out. */
  counters: Counters
}

const stagingName = '.restoring'
const parts = [manifestName, 'stores', 'journal']

/** There is nothing to restore at such a point. */
export class NoSuchPoint extends Error {
  override name = 'NoSuchPoint'
}

/**
 * Proves a backup and makes of it, beside the store that it is for, one that ends at a point and gives out no id again that store
 * gave out. Throws StoreDamaged and NoSuchPoint; nothing is replaced yet.
 */
export function stageRestore(
  files: Files,
  folder: string,
  backup: string,
  known: Formats,
  point: RestorePoint,
  progress?: Progress,
): Staged {
  const { proof } = proveFolder(files, backup, known, Number.POSITIVE_INFINITY, progress)
  if (point.seq !== undefined && point.seq > proof.seq) throw new NoSuchPoint(`The backup ends with line ${proof.seq}.`)
  const staged = join(folder, stagingName)
  files.remove(staged)
  for (const each of [folder, staged, journalFolder(staged), storesFolder(staged)]) files.makeFolder(each)
  const cut = copyLines(files, backup, staged, known, point)
  if (cut.link.seq === 0) throw new NoSuchPoint('The backup begins after that.')
  const counters = countersOf(files, folder)
  const at = Math.max(cut.at, counters.lastNow)
  const body = `"at":${at},"by":null,"said":"restore ids","ids":${JSON.stringify(counters.lastIds)}`
  const seq = cut.link.seq + 1
  const line = chained(cut.link, seq, `"format":${known.current},`, body)
  writeWhole(files, join(journalFolder(staged), segmentName(seq)), Buffer.from(line.text))
  for (const each of [journalFolder(staged), staged, folder]) files.syncFolder(each)
  return { folder: staged, seq: cut.link.seq, counters }
}

/** Copies the journal up to a point; says where that is. */
function copyLines(files: Files, from: string, to: string, known: Formats, point: RestorePoint) {
  const cut: { link: Link; at: number } = { link: chainStart, at: 0 }
  for (const segment of segmentsOf(files, from)) {
    const { bytes, text } = readSegment(files, from, segment, undefined)
    const { end } = damageIn(segment, text, cut.link)
    const reader = new LineReader(nobody, known)
    let kept = 0
    let isOver = false
    while (reader.at < end && !isOver) {
      const head = reader.readTo(text, reader.at + 1)
      if (!head) break
      isOver = head.seq > (point.seq ?? head.seq) || head.at > (point.at ?? head.at)
      if (isOver) break
      kept = reader.at
      cut.at = head.at
    }
    if (kept > 0) {
      const whole = kept === text.length
      const name = whole ? segment.name : segmentName(segment.first)
      writeWhole(files, join(journalFolder(to), name), whole ? bytes : text.subarray(0, kept))
      cut.link = damageIn(segment, text.subarray(0, kept), cut.link).link
    }
    if (isOver) break
  }
  return cut
}

/** Hears lines and does nothing of it. */
const nobody: Listener = {
  post() {},
  putBytes: (_, bytes, start) => valueEnd(bytes, start),
  remove() {},
  given() {},
}

/** Lets a staged store take its folder's place; says where what was there is kept, under a name made of the stamp. */
export function commitRestore(files: Files, folder: string, staged: Staged, stamp: string): string {
  files.syncFolder(staged.folder)
  // From here on it is done, even if the machine stops: the next start goes on with it.
  files.rename(staged.folder, join(folder, `${decided}${stamp}`))
  files.syncFolder(folder)
  finishRestoring(files, folder)
  return join(folder, `${before}${stamp}`)
}

const decided = 'restored-'
const placing = 'placing-'
const before = 'before-'

/** Goes on with a restore that was decided and not ended. */
export function finishRestoring(files: Files, folder: string): void {
  for (const name of files.list(folder).filter((each) => each.startsWith(decided))) {
    const stamp = name.slice(decided.length)
    files.makeFolder(join(folder, `${before}${stamp}`))
    move(files, folder, join(folder, `${before}${stamp}`))
    files.rename(join(folder, name), join(folder, `${placing}${stamp}`))
    files.syncFolder(folder)
  }
  for (const name of files.list(folder).filter((each) => each.startsWith(placing))) {
    move(files, join(folder, name), folder)
    files.remove(join(folder, name))
    files.syncFolder(folder)
  }
}

/** Moves what there is of a store's parts. */
function move(files: Files, from: string, to: string): void {
  const found = files.list(from)
  for (const part of parts) if (found.includes(part)) files.rename(join(from, part), join(to, part))
  for (const each of [to, from]) files.syncFolder(each)
}
