import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { LowSync } from 'lowdb'
import { Block } from '../memory/block.ts'
import { BlockFile, blockName, storesFolder } from './block-file.ts'
import { Blocks } from './blocks.ts'
import { type Files, writeWhole } from './files.ts'
import type { Formats } from './format.ts'
import { chainStart } from './line.ts'
import { LineReader } from './line-reader.ts'
import { type Manifest, readManifest, sumOf, writeManifest } from './manifest.ts'
import { publishStaged } from './picture.ts'
import { damageIn, journalFolder, readSegment, type Segment, segmentsOf } from './segments.ts'

/** Level 3 packs a journal to about a tenth; 9 takes five times as long for a few hundredths. */
const gzipLevel = 3

/** A manifest of nothing. */
export function emptyManifest(format: number): Manifest {
  return { format, ...chainStart, lastNow: 0, lastIds: {}, journal: {}, files: {} }
}

/**
 * Draws the picture anew, up to the end of the sealed journal: of the old one, only the blocks that changed. Sealed segments are
 * compressed on the way; an original goes once its checksum is on disk.
 */
export function drawPicture(files: Files, folder: string, known: Formats): Manifest {
  files.makeFolder(storesFolder(folder))
  const old = readManifest(files, folder, known)
  if (old) publishStaged(files, folder, old)
  // A picture of an older format is drawn from the first line on.
  let manifest = old?.format === known.current ? old : emptyManifest(known.current)
  const segments = segmentsOf(files, folder)
  // The last one may still be written to.
  const sealed = segments.slice(0, -1)
  for (const [place, segment] of sealed.entries()) {
    const isDrawn = (segments[place + 1] as Segment).first <= manifest.seq + 1
    const isPacked = segment.name.endsWith('.gz') && manifest.journal[segment.name] !== undefined
    if (isDrawn && isPacked) continue
    const { bytes, text } = readSegment(files, folder, segment, manifest)
    const packed = pack(files, folder, segment, bytes)
    const journal = { ...manifest.journal, ...packed }
    if (isDrawn) {
      manifest = { ...manifest, journal }
      writeManifest(files, folder, manifest)
    } else manifest = drawSegment(files, folder, { ...manifest, journal }, segment, text, known)
    if (!segment.name.endsWith('.gz')) files.remove(join(journalFolder(folder), segment.name))
  }
  sweep(files, folder, manifest)
  return manifest
}

/** Draws what one segment changed. */
function drawSegment(
  files: Files,
  folder: string,
  from: Manifest,
  segment: Segment,
  text: Buffer,
  known: Formats,
): Manifest {
  const drawn = new Map<string, LowSync<Block>>()
  const open = (name: string, block: Block) => {
    const low = new LowSync(new BlockFile(files, folder, name, from.files[name]), block)
    drawn.set(name, low)
    return low
  }
  const blocks = new Blocks(from.lastIds, (table, number) => {
    const name = blockName(table, number)
    if (from.files[name] === undefined) return undefined
    const low = open(name, new Block(number, []))
    low.read()
    return low.data
  })
  const checked = damageIn(segment, text, from)
  const head = new LineReader(blocks, known).readTo(text, checked.end)
  const next = { ...from, ...checked.link, lastNow: Math.max(from.lastNow, head?.at ?? 0), files: { ...from.files } }
  const written: BlockFile[] = []
  for (const [name, block] of blocks.touched()) {
    delete next.files[name]
    if (!block) continue
    const low = drawn.get(name) ?? open(name, block)
    low.data = block
    low.write()
    const file = low.adapter as BlockFile
    next.files[name] = file.sum as string
    written.push(file)
  }
  next.lastIds = blocks.lastIds
  files.syncFolder(storesFolder(folder))
  writeManifest(files, folder, next)
  for (const file of written) file.publish()
  files.syncFolder(storesFolder(folder))
  return next
}

/** Sees to it that a sealed segment lies there compressed, on disk; gives the checksum of that by its name. */
function pack(files: Files, folder: string, { name }: Segment, bytes: Buffer): Record<string, string> {
  if (name.endsWith('.gz')) return { [name]: sumOf(bytes) }
  const journal = journalFolder(folder)
  const packed = gzipSync(bytes, { level: gzipLevel })
  const staged = join(journal, `.${name}.gz.next`)
  writeWhole(files, staged, packed)
  files.rename(staged, join(journal, `${name}.gz`))
  files.syncFolder(journal)
  return { [`${name}.gz`]: sumOf(packed) }
}

/** Removes what a picture no longer consists of, and what was begun and never finished. */
function sweep(files: Files, folder: string, manifest: Manifest): void {
  const stores = storesFolder(folder)
  for (const name of files.list(stores)) if (manifest.files[name] === undefined) files.remove(join(stores, name))
  const journal = journalFolder(folder)
  for (const name of files.list(journal)) if (name.endsWith('.next')) files.remove(join(journal, name))
}
