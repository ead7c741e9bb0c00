import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { StoreDamaged } from './damage.ts'
import { type Files, readWhole } from './files.ts'
import { hashOf, type Link } from './line.ts'
import { type Head, LineReader, type Listener } from './line-reader.ts'

/** A piece of the journal. */
export interface Segment {
  /** The `seq` of its first line. */
  first: number
  /** Its file's name, which ends in `.gz` once it is compressed. */
  name: string
}

/** Where a data folder's journal lies. */
export function journalFolder(folder: string): string {
  return join(folder, 'journal')
}

/** The name of the segment that begins with a `seq`. */
export function segmentName(first: number): string {
  return `${String(first).padStart(12, '0')}.ndjson`
}

/** The journal's segments in order; where one lies there twice, the one that is not compressed. */
export function segmentsOf(files: Files, folder: string): Segment[] {
  const found = new Map<number, Segment>()
  for (const name of files.list(journalFolder(folder))) {
    const first = /^(\d{12,})\.ndjson(\.gz)?$/.exec(name)?.[1]
    if (first === undefined) continue
    const known = found.get(Number(first))
    if (!known || known.name.length > name.length) found.set(Number(first), { first: Number(first), name })
  }
  return [...found.values()].sort((a, b) => a.first - b.first)
}

/** The text of a segment. */
export function textOf(files: Files, folder: string, segment: Segment): Buffer {
  const bytes = readWhole(files, join(journalFolder(folder), segment.name))
  if (!bytes) throw new StoreDamaged(`journal/${segment.name}`, 1, 'The file is not there.')
  if (!segment.name.endsWith('.gz')) return bytes
  try {
    return gunzipSync(bytes)
  } catch (error) {
    throw new StoreDamaged(`journal/${segment.name}`, 1, `It does not unpack: ${(error as Error).message}.`)
  }
}

/** Where reading a segment came to. */
export interface Read {
  link: Link
  /** Where in the segment the batch of the last good line begins. */
  batchAt: number
  /** Up to where it is good. */
  end: number
  lines: number
  /** The moment of the last good line. */
  at: number
  /** What is wrong behind that, if anything is there. */
  wrong?: string
}

/** Reads the lines of a segment for as long as they follow from each other. */
export function readLines(text: Buffer, from: Link, listener: Listener): Read {
  const reader = new LineReader(listener)
  const read: Read = { link: from, batchAt: 0, end: 0, lines: 0, at: 0 }
  let batch = 0
  while (read.end < text.length) {
    const stop = text.indexOf(10, read.end)
    if (stop < 0) return { ...read, wrong: 'The line does not end.' }
    const hash = hashOf(read.link.hash, text.subarray(read.end, stop))
    if (hash === undefined) return { ...read, wrong: 'The line does not follow from the one before it.' }
    const seq = read.link.seq + 1
    const head = reader.read(text, read.end)
    if (head.seq !== seq) return { ...read, wrong: `The line is number ${head.seq} and should be ${seq}.` }
    if (head.batch !== batch) {
      batch = head.batch
      read.batchAt = read.end
    }
    read.link = { seq, hash }
    read.at = head.at
    read.end = stop + 1
    read.lines += 1
  }
  return read
}

/** Whether somewhere beyond a bad line stands one of a batch that was begun after the bad line was on disk. */
export function hasLaterBatch(text: Buffer, from: number, expected: number): boolean {
  for (let at = text.indexOf('{"seq":', from + 1); at >= 0; at = text.indexOf('{"seq":', at + 1)) {
    const stop = text.indexOf(10, at)
    if (stop < 0) return false
    const line = parsed(text.toString('utf8', at, stop))
    if (line && line.seq > expected && line.batch > expected && line.batch <= line.seq) return true
  }
  return false
}

function parsed(text: string): Head | undefined {
  try {
    const line = JSON.parse(text) as Partial<Head> & { hash?: unknown }
    const whole = Number.isSafeInteger(line.seq) && Number.isSafeInteger(line.batch) && typeof line.hash === 'string'
    return whole ? (line as Head) : undefined
  } catch {
    return undefined
  }
}
