import { join } from 'node:path'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import { StoreDamaged } from './cannot-open.ts'
import { type Files, readWhole } from './files.ts'
import { hashOf, type Link } from './line.ts'
import { sumOf } from './manifest.ts'

const gzipHeadBytes = 10
/** How much is unpacked at a time. */
const unpackedBytes = 1 << 20

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

/** What people call a segment. */
export function fileOf(segment: Segment): string {
  return `journal/${segment.name}`
}

/** The journal's segments in order; where one lies there twice, the one that is not compressed. */
export function segmentsOf(files: Files, folder: string): Segment[] {
  const found = new Map<number, Segment>()
  for (const name of files.list(journalFolder(folder))) {
    const first = Number(/^(\d{12,})\.ndjson(\.gz)?$/.exec(name)?.[1] ?? 0)
    if (first === 0) continue
    const known = found.get(first)
    if (!known || known.name.length > name.length) found.set(first, { first, name })
  }
  return [...found.values()].sort((a, b) => a.first - b.first)
}

/** Throws where a file of the journal is missing that a manifest knows of, or that its lines must have gone on in. */
export function checkAllThere(
  segments: readonly Segment[],
  manifest: { journal: Record<string, string>; seq: number } | undefined,
): void {
  if (!manifest) return
  for (const name of Object.keys(manifest.journal)) {
    const first = Number.parseInt(name, 10)
    if (!segments.some((each) => each.first === first)) throw new StoreDamaged(`journal/${name}`, 1, 'It is not there.')
  }
  if (manifest.seq > 0 && segments.length === 0) throw new StoreDamaged('journal', 1, 'It is empty.')
}

/** A segment's file as it is, and its lines. Throws where it is not there, or not as a manifest says. */
export function readSegment(
  files: Files,
  folder: string,
  segment: Segment,
  manifest: { journal: Record<string, string> } | undefined,
): { bytes: Buffer; text: Buffer } {
  const bytes = readBytes(files, folder, segment)
  return { bytes, text: unpack(segment, bytes, manifest?.journal[segment.name]) }
}

/** A segment's file as it is. Throws where it is not there. */
export function readBytes(files: Files, folder: string, segment: Segment): Buffer {
  const bytes = readWhole(files, join(journalFolder(folder), segment.name))
  if (!bytes) throw new StoreDamaged(fileOf(segment), 1, 'The file is not there.')
  return bytes
}

/** The lines in a segment's file. Throws where it is not as the SHA-256 says that it should have. */
function unpack(segment: Segment, bytes: Buffer, sum: string | undefined): Buffer {
  if (!segment.name.endsWith('.gz')) return bytes
  let text: Buffer
  try {
    text = gunzipSync(bytes, { chunkSize: unpackedBytes })
  } catch (error) {
    throw new StoreDamaged(fileOf(segment), lineUnpacked(bytes), `It cannot be unpacked: ${(error as Error).message}.`)
  }
  if (sum !== undefined && sum !== sumOf(bytes)) {
    throw new StoreDamaged(fileOf(segment), firstBadLine(text), 'It is not as manifest.json says.')
  }
  return text
}

/** A segment's lines, and how far they follow from each other. */
export interface Followed {
  text: Buffer
  checked: Checked
}

/** Unpacks a segment's file and follows the chain through it. Throws where it is not as the SHA-256 says that it should have. */
export function followSegment(segment: Segment, bytes: Buffer, sum: string | undefined, from: Link): Followed {
  const text = unpack(segment, bytes, sum)
  return { text, checked: checkLines(text, from) }
}

/** How far the lines of a segment follow from each other. */
export interface Checked {
  link: Link
  lines: number
  /** Where the good lines end. */
  end: number
  /** Where the batch of the last good line begins. */
  batchAt: number
  /** What is wrong with what comes then, if anything does. */
  wrong?: string
}

/** Follows the chain through the lines of a segment. */
function checkLines(text: Buffer, from: Link): Checked {
  const checked: Checked = { link: from, lines: 0, end: 0, batchAt: 0 }
  let batch = 0
  while (checked.end < text.length) {
    const stop = text.indexOf(10, checked.end)
    if (stop < 0) return { ...checked, wrong: 'The line does not end.' }
    const hash = hashOf(checked.link.hash, text, checked.end, stop)
    if (hash === undefined) return { ...checked, wrong: 'The line does not follow from the one before it.' }
    const seq = checked.link.seq + 1
    const head = /^\{"seq":(\d+),"batch":(\d+),/.exec(text.toString('latin1', checked.end, checked.end + 48))
    if (Number(head?.[1]) !== seq) return { ...checked, wrong: `The line is not number ${seq}.` }
    if (Number(head?.[2]) !== batch) {
      batch = Number(head?.[2])
      if (batch !== seq) return { ...checked, wrong: 'The line belongs to no batch that was begun.' }
      checked.batchAt = checked.end
    }
    checked.link = { seq, hash }
    checked.end = stop + 1
    checked.lines += 1
  }
  return checked
}

/** The same for a segment that is sealed. Throws where a line is not as it was written. */
export function damageIn(segment: Segment, text: Buffer, from: Link): Checked {
  return whole(segment, checkLines(text, from))
}

/** What was checked. Throws where a line is not as it was written. */
export function whole(segment: Segment, checked: Checked): Checked {
  if (checked.wrong !== undefined) throw new StoreDamaged(fileOf(segment), checked.lines + 1, checked.wrong)
  return checked
}

/** What the last line says it is; undefined where there is none. */
export function lastLink(text: Buffer): Link | undefined {
  const start = text.lastIndexOf(10, text.length - 2) + 1
  const line = text.toString('latin1', start)
  const [, seq, hash] = /^\{"seq":(\d+),.*"hash":"([\w-]{43})"\}\n$/.exec(line) ?? []
  return hash === undefined ? undefined : { seq: Number(seq), hash }
}

/** The first bad line of what a damaged file still holds; 1 where that cannot be told. */
function lineUnpacked(bytes: Buffer): number {
  try {
    return firstBadLine(inflateRawSync(bytes.subarray(gzipHeadBytes)))
  } catch {
    return 1
  }
}

/** The first line that does not follow from the one before it, the first one's own forerunner unknown. */
function firstBadLine(text: Buffer): number {
  const lines = text.toString('latin1').split('\n')
  const bad = lines.findIndex((line, place) => {
    const before = /"hash":"([\w-]{43})"\}$/.exec(lines[place - 1] ?? '')?.[1]
    return (
      place > 0 &&
      line !== '' &&
      before !== undefined &&
      hashOf(before, Buffer.from(line, 'latin1'), 0, line.length) === undefined
    )
  })
  return bad < 0 ? 1 : bad + 1
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

function parsed(text: string): { seq: number; batch: number } | undefined {
  try {
    const line = JSON.parse(text)
    const isWhole = Number.isSafeInteger(line.seq) && Number.isSafeInteger(line.batch) && typeof line.hash === 'string'
    return isWhole ? line : undefined
  } catch {
    return undefined
  }
}
