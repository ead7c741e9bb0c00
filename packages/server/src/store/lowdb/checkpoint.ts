import { dirname } from 'node:path'
import { LowSync } from 'lowdb'
import { Block, blockOf } from '../memory/block.ts'
import { balanceKey, entriesOf, type Posting } from '../memory/posting.ts'
import { type AnyRow, type Columns, columnsNamed, FieldReader, textOfRow } from '../memory/row-text.ts'
import type { TableName } from '../store.ts'
import { BlockFile, blockName } from './block-file.ts'
import { StoreDamaged } from './damage.ts'
import type { Files } from './files.ts'
import { chainStart } from './line.ts'
import type { Listener } from './line-reader.ts'
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
    const read = readLines(textOf(files, folder, segment), manifest, drawing)
    if (read.wrong) throw new StoreDamaged(`journal/${segment.name}`, read.lines + 1, read.wrong)
    manifest = drawing.finish({ ...manifest, ...read.link, lastNow: Math.max(manifest.lastNow, read.at) })
  }
  return manifest
}

/** The blocks that a segment changes. */
class Drawing implements Listener {
  private readonly files: Files
  private readonly folder: string
  private readonly balances: Record<string, number>
  private readonly lastIds: Record<string, number>
  private readonly blocks = new Map<string, { file: BlockFile; low: LowSync<Block> }>()
  private readonly reader = new FieldReader(['id'])

  constructor(files: Files, folder: string, manifest: Manifest) {
    this.files = files
    this.folder = storesFolder(folder)
    this.balances = manifest.balances
    this.lastIds = manifest.lastIds
  }

  post(posting: Posting, at: number): void {
    for (const entry of entriesOf(posting, at, (key) => this.balances[key] ?? 0)) {
      this.balances[balanceKey(entry.ledger, entry.unit)] = entry.balance
      const row: AnyRow = { id: (this.lastIds.entries ?? 0) + 1, ...entry }
      const block = this.blockFor('entries', row.id, columnsNamed(Object.keys(row)))
      block.put(row.id, textOfRow(row, block.columns))
      this.given('entries', row.id)
    }
  }

  putBytes(table: TableName, bytes: Buffer, start: number, columns: Columns): number {
    const end = this.reader.fromText(bytes, start, columns, true)
    const id = this.reader.values[0] as number
    this.blockFor(table, id, columns).putText(id, bytes, start, end, columns)
    this.given(table, id)
    return end
  }

  remove(table: TableName, id: number): void {
    this.blockFor(table, id, columnsNamed([])).remove(id)
  }

  given(table: TableName, lastId: number): void {
    this.lastIds[table] = Math.max(this.lastIds[table] ?? 0, lastId)
  }

  /** Puts the changed blocks on disk, then the manifest that makes them the picture. */
  finish(next: Manifest): Manifest {
    const manifest = { ...next, files: { ...next.files } }
    for (const [name, { file, low }] of this.blocks) {
      low.write()
      manifest.files[name] = file.sum
    }
    this.files.syncFolder(this.folder)
    writeManifest(this.files, dirname(this.folder), manifest)
    for (const { file } of this.blocks.values()) file.publish()
    this.files.syncFolder(this.folder)
    return manifest
  }

  private blockFor(table: TableName, id: number, columns: Columns): Block {
    const number = blockOf(id)
    const name = blockName(table, number)
    let drawn = this.blocks.get(name)
    if (!drawn) {
      const file = new BlockFile(this.files, this.folder, table, number)
      drawn = { file, low: new LowSync(file, new Block(number, columns)) }
      drawn.low.read()
      this.blocks.set(name, drawn)
    }
    return drawn.low.data
  }
}
