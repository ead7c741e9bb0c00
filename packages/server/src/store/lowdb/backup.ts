import { basename, dirname, join } from 'node:path'
import { storesFolder } from './block-file.ts'
import { drawPicture } from './checkpoint.ts'
import { type Files, readWhole, writeWhole } from './files.ts'
import { checkFormat, type Formats } from './format.ts'
import { type Manifest, manifestName } from './manifest.ts'
import { type Progress, type Proved, proveFolder } from './proof.ts'
import { journalFolder, readSegment, segmentName, segmentsOf } from './segments.ts'

/** Copies the sealed journal and its picture into a folder that is new or empty; the copy appears there whole and proved, or not at all. */
export function copyFolder(
  files: Files,
  folder: string,
  to: string,
  known: Formats,
  progress: Progress = () => {},
): Proved {
  const { files: blocks, seq } = drawPicture(files, folder, known)
  const staged = join(dirname(to), `.${basename(to)}.partial`)
  files.remove(staged)
  for (const each of [staged, journalFolder(staged), storesFolder(staged)]) files.makeFolder(each)
  const journal = segmentsOf(files, folder).filter(({ first }) => first <= seq)
  const copied = [
    ...journal.map(({ name }) => join('journal', name)),
    ...Object.keys(blocks).map((name) => join('stores', name)),
    manifestName,
  ]
  for (const [place, name] of copied.entries()) {
    copyFile(files, folder, staged, name)
    progress(place, copied.length * 2)
  }
  // Where the journal goes on, as in the folder of a daemon.
  writeWhole(files, join(journalFolder(staged), segmentName(seq + 1)), Buffer.alloc(0))
  for (const each of [journalFolder(staged), storesFolder(staged), staged]) files.syncFolder(each)
  const proved = proveFolder(files, staged, known, seq, (done, of) => progress(of + done, of * 2))
  files.rename(staged, to)
  files.syncFolder(dirname(to))
  return proved
}

/** The format of a folder: its picture's, else that of the newest segment that has lines. */
export function formatOf(files: Files, folder: string, known: Formats, manifest: Manifest | undefined): number {
  if (manifest) return manifest.format
  for (const segment of segmentsOf(files, folder).reverse()) {
    const { text } = readSegment(files, folder, segment, undefined)
    const format = Number(/^\{"seq":\d+,"batch":\d+,"format":(\d+),/.exec(text.toString('latin1', 0, 64))?.[1])
    if (Number.isNaN(format)) continue
    checkFormat(format, known)
    return format
  }
  return known.current
}

/** Copies a folder as it is into one beside its journal, before another format is written; says where. */
export function copyFormat(files: Files, folder: string, format: number): string {
  const kept = join(folder, `before-format-${format + 1}`)
  const staged = `${kept}.partial`
  files.remove(staged)
  for (const each of ['', 'journal', 'stores']) files.makeFolder(join(staged, each))
  for (const below of ['journal', 'stores']) {
    for (const name of files.list(join(folder, below))) copyFile(files, folder, staged, join(below, name))
    files.syncFolder(join(staged, below))
  }
  if (files.read(join(folder, manifestName))) copyFile(files, folder, staged, manifestName)
  files.syncFolder(staged)
  files.remove(kept)
  files.rename(staged, kept)
  files.syncFolder(folder)
  return kept
}

function copyFile(files: Files, from: string, to: string, name: string): void {
  writeWhole(files, join(to, name), readWhole(files, join(from, name)) ?? Buffer.alloc(0))
}
