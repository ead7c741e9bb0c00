import { join } from 'node:path'
import { LowSync } from 'lowdb'
import { balanceKey, entriesOf } from '../memory/posting.ts'
import type { AnyRow } from '../memory/state.ts'
import { type Block, BlockFile, blockName, blockOf } from './block-file.ts'
import { StoreDamaged } from './damage.ts'
import type { Files } from './files.ts'
import { chainStart, type Line } from './line.ts'
import { type Manifest, readManifest, writeManifest } from './manifest.ts'
import { publishStaged, storesFolder } from './picture.ts'
import { readLines, segmentsOf, textOf } from './segments.ts'

/** Draws the picture anew, up to the end of the sealed journal: of the old one, only the blocks that changed. */
export function drawPicture(files: Files, folder: string, format: number): Manifest {
  files.makeFolder(storesFolder(folder))
  const old = readManifest(files, folder)
  if (old) publishStaged(files, folder, old)
  let manifest = old ?? { ...chainStart, format, lastNow: 0, lastIds: {}, balances: {}, files: {} }
  const segments = segmentsOf(files, folder)
  for (const [place, segment] of segments.entries()) {
    const next = segments[place + 1]
    // The last one may still be written to.
    if (!next) break
    if (next.first <= manifest.seq + 1) continue
    const drawing = new Drawing(files, folder, manifest)
    const read = readLines(textOf(files, folder, segment), manifest, (line) => drawing.add(line))
    if (read.wrong) throw new StoreDamaged(`journal/${segment.name}`, read.lines + 1, read.wrong)
    manifest = drawing.finish({ ...manifest, ...read.link })
  }
  return manifest
}

/** The blocks that a segment changes. */
class Drawing {
  private readonly files: Files
  private readonly folder: string
  private readonly manifest: Manifest
  private readonly blocks = new Map<string, Map<number, AnyRow>>()

  constructor(files: Files, folder: string, manifest: Manifest) {
    this.files = files
    this.folder = folder
    this.manifest = manifest
  }

  add(line: Line): void {
    const { balances, lastIds } = this.manifest
    for (const [debit, credit, amount, unit, memo] of line.post ?? []) {
      const posting = { debit, credit, amount, unit, memo }
      for (const entry of entriesOf(posting, line.at, (key) => balances[key] ?? 0)) {
        balances[balanceKey(entry.ledger, unit)] = entry.balance
        this.put('entries', { id: (lastIds.entries ?? 0) + 1, ...entry })
      }
    }
    for (const name in line.put) for (const row of line.put[name] as AnyRow[]) this.put(name, row)
    for (const name in line.gone) {
      for (const id of line.gone[name] as number[]) this.blockFor(name, id).delete(id)
    }
    for (const name in line.ids) lastIds[name] = Math.max(lastIds[name] ?? 0, line.ids[name] as number)
    this.manifest.lastNow = Math.max(this.manifest.lastNow, line.at)
  }

  /** Puts the changed blocks on disk, then the manifest that makes them the picture. */
  finish(next: Manifest): Manifest {
    const stores = storesFolder(this.folder)
    const drawn = [...this.blocks].map(([name, rows]) => {
      const [table, block] = name.split('.') as [string, string]
      const file = new BlockFile(this.files, join(stores, name))
      const low = new LowSync<Block>(file, { table, block: Number(block), rows: sorted(rows) })
      low.write()
      return { name, file, sum: file.sum }
    })
    this.files.syncFolder(stores)
    const manifest = { ...next, files: { ...next.files } }
    for (const { name, sum } of drawn) manifest.files[name] = sum
    writeManifest(this.files, this.folder, manifest)
    for (const { file } of drawn) file.publish()
    this.files.syncFolder(stores)
    return manifest
  }

  private put(name: string, row: AnyRow): void {
    this.blockFor(name, row.id).set(row.id, row)
    const { lastIds } = this.manifest
    if (row.id > (lastIds[name] ?? 0)) lastIds[name] = row.id
  }

  private blockFor(table: string, id: number): Map<number, AnyRow> {
    const name = blockName(table, blockOf(id))
    const known = this.blocks.get(name)
    if (known) return known
    const low = new LowSync<Block>(new BlockFile(this.files, join(storesFolder(this.folder), name)), {
      table,
      block: blockOf(id),
      rows: [],
    })
    low.read()
    const rows = new Map(low.data.rows.map((row) => [row.id, row]))
    this.blocks.set(name, rows)
    return rows
  }
}

function sorted(rows: Map<number, AnyRow>): AnyRow[] {
  return [...rows.values()].sort((a, b) => a.id - b.id)
}
