import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { StoreDamaged } from './cannot-open.ts'
import { type Files, writeWhole } from './files.ts'
import { checkFormat, type Formats } from './format.ts'
import type { Link } from './line.ts'

/** What a picture consists of, and the journal line it stands at. */
export interface Manifest extends Link {
  format: number
  /** The moment of the last line, in ms. */
  lastNow: number
  /** The last id given out, by table. */
  lastIds: Record<string, number>
  /** The SHA-256 of every compressed file in `journal/`. */
  journal: Record<string, string>
  /** The SHA-256 of every file in `stores/`. */
  files: Record<string, string>
}

export const manifestName = 'manifest.json'

/** The SHA-256 of a file's bytes, in hexadecimal as `sha256sum` prints it. */
export function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function manifestText(manifest: Manifest): string {
  const text = JSON.stringify(manifest, null, 1)
  return `${text.slice(0, -2)},\n "sha256": "${sumOf(Buffer.from(text))}"\n}\n`
}

/** The manifest of a data folder; undefined where there is none. Throws if it is not as it was written, or of a newer format. */
export function readManifest(files: Files, folder: string, known: Formats): Manifest | undefined {
  const bytes = files.read(join(folder, manifestName))
  if (!bytes) return undefined
  // Letter by byte, so that a byte that is no UTF-8 is not taken for another.
  const found = Buffer.from(bytes).toString('latin1')
  let expected: string
  let manifest: Manifest & { sha256?: string }
  try {
    manifest = JSON.parse(found)
    delete manifest.sha256
    expected = manifestText(manifest)
  } catch (error) {
    throw new StoreDamaged(manifestName, lineOfFault(found, (error as Error).message), 'It is not JSON.')
  }
  if (found !== expected) {
    throw new StoreDamaged(manifestName, lineThatDiffers(found, expected), 'It is not as it was written.')
  }
  checkFormat(manifest.format, known)
  return manifest
}

/** Puts a manifest on disk: from then on the picture is the one it tells of. */
export function writeManifest(files: Files, folder: string, manifest: Manifest): void {
  const staged = join(folder, `.${manifestName}.next`)
  writeWhole(files, staged, Buffer.from(manifestText(manifest)))
  files.rename(staged, join(folder, manifestName))
  files.syncFolder(folder)
}

/** The first line, counted from 1, in which a text is not what it should be. */
export function lineThatDiffers(found: string, expected: string): number {
  let line = 1
  for (let at = 0; at < found.length && found[at] === expected[at]; at += 1) if (found[at] === '\n') line += 1
  return line
}

function lineOfFault(text: string, message: string): number {
  const position = Number(/position (\d+)/.exec(message)?.[1] ?? 0)
  return text.slice(0, position).split('\n').length
}
