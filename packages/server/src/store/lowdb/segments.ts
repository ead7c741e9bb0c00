import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { StoreDamaged } from './damage.ts'
import type { Files } from './files.ts'
import { hashOf, type Line, type Link } from './line.ts'

/** A piece of the journal. */
export interface Segment {
  /** The `seq` of its first line. */
  first: number
  /** Its file's name, which ends in `.gz` once it is compressed. */
  name: string
}

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
export function textOf(files: Files, folder: string, segment: Segment): Uint8Array {
  const bytes = files.read(join(journalFolder(folder), segment.name))
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
  /** The batch of the last good line, and where in the segment the batch begins. */
  batch: number
  batchAt: number
  /** Up to where it is good. */
  end: number
  lines: number
  /** What is wrong there, if that is not the end of the file. */
  wrong?: string
}

/** Reads lines for as long as they follow from each other. */
export function readLines(bytes: Uint8Array, from: Link, visit: (line: Line, hash: string) => void): Read {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read: Read = { link: from, batch: 0, batchAt: 0, end: 0, lines: 0 }
  while (read.end < text.length) {
    const stop = text.indexOf(10, read.end)
    if (stop < 0) return { ...read, wrong: 'The line does not end.' }
    const hash = hashOf(read.link.hash, text.subarray(read.end, stop))
    if (hash === undefined) return { ...read, wrong: 'The line does not follow from the one before it.' }
    const line = JSON.parse(text.toString('utf8', read.end, stop)) as Line
    if (line.seq !== read.link.seq + 1)
      return { ...read, wrong: `The line is number ${line.seq}, not ${read.link.seq + 1}.` }
    visit(line, hash)
    if (line.batch !== read.batch) {
      read.batch = line.batch
      read.batchAt = read.end
    }
    read.link = { seq: line.seq, hash }
    read.end = stop + 1
    read.lines += 1
  }
  return read
}

/** Whether somewhere beyond a bad line stands one of a batch that was begun after the bad line was on disk. */
export function hasLaterBatch(bytes: Uint8Array, from: number, expected: number): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = text.indexOf('{"seq":', from + 1); at >= 0; at = text.indexOf('{"seq":', at + 1)) {
    const stop = text.indexOf(10, at)
    if (stop < 0) return false
    const line = parsed(text.toString('utf8', at, stop))
    if (line && line.seq > expected && line.batch > expected && line.batch <= line.seq) return true
  }
  return false
}

function parsed(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Partial<Line> & { hash?: unknown }
    const whole = Number.isSafeInteger(line.seq) && Number.isSafeInteger(line.batch) && typeof line.hash === 'string'
    return whole ? (line as Line) : undefined
  } catch {
    return undefined
  }
}
