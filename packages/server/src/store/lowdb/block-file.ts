import { join } from 'node:path'
import type { SyncAdapter } from 'lowdb'
import { Block } from '../memory/block.ts'
import { type Columns, columnsNamed } from '../memory/row-text.ts'
import { StoreDamaged } from './cannot-open.ts'
import { type Files, readWhole, writeWhole } from './files.ts'
import { sumOf } from './manifest.ts'

/** The name of a block's file. */
export function blockName(table: string, block: number): string {
  return `${table}.${block}.json`
}

/** The table whose rows a file holds. */
export function tableOfBlock(name: string): string {
  return name.slice(0, name.indexOf('.'))
}

/** Where a data folder's picture lies. */
export function storesFolder(folder: string): string {
  return join(folder, 'stores')
}

/** The name under which the next version of a file waits. */
export function stagedName(name: string): string {
  return `.${name}.next`
}

/** A block as it stands in its file: JSON, the names of the fields first, then one row a line. */
export function textOfBlock(table: string, block: Block): Buffer {
  const head = `{"table":${JSON.stringify(table)},"block":${block.number},"columns":${JSON.stringify(block.columns)},"rows":[`
  if (block.count === 0) return Buffer.from(`${head}]}\n`)
  // Each row ends in a byte of its own already, and takes two here.
  const bytes = Buffer.allocUnsafeSlow(head.length * 3 + block.size + block.count + rowsEnd.length)
  const end = block.copyTexts(bytes, bytes.write(`${head}\n`))
  return bytes.subarray(0, end + bytes.write(rowsEnd, end))
}

const rowsEnd = '\n]}\n'

/** The block that a file tells; its rows stay where they are. */
export function blockOfText(bytes: Buffer): Block {
  const newline = bytes.indexOf(10)
  const firstLine = bytes.toString('utf8', 0, newline)
  const head = JSON.parse(firstLine.endsWith(']}') ? firstLine : `${firstLine}]}`) as {
    block: number
    columns: Columns
  }
  const block = new Block(head.block, columnsNamed(head.columns), bytes, bytes.length)
  if (firstLine.endsWith(']}')) return block
  for (let at = newline + 1; bytes[at] !== closeBracket; at = bytes.indexOf(10, at) + 1) {
    // An id is the first of a row's fields.
    const start = bytes[at] === openBracket ? at + 1 : at + '{"id":'.length
    let id = 0
    for (let digit = start; isDigit(bytes[digit]); digit += 1) id = id * 10 + ((bytes[digit] as number) - zero)
    block.know(id, at)
  }
  return block
}

const zero = 48
const openBracket = 91
const closeBracket = 93

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte < zero + 10
}

/** The bytes of a block's file that a manifest gives the checksum of. Throws where the file is not as it was drawn. */
export function readBlock(files: Files, folder: string, name: string, sum: string): Buffer {
  const bytes = readWhole(files, join(storesFolder(folder), name))
  if (!bytes) throw new StoreDamaged(`stores/${name}`, 1, 'The file is not there.')
  if (sumOf(bytes) !== sum) throw new StoreDamaged(`stores/${name}`, 1, 'It is not as manifest.json says.')
  return bytes
}

/**
 * A lowdb adapter that survives a power cut. What is written lies beside the file, on disk, until it is published: whoever writes
 * many files first puts a manifest on disk that names them all.
 */
export class BlockFile implements SyncAdapter<Block> {
  private readonly files: Files
  private readonly folder: string
  private readonly name: string
  /** The SHA-256 of the file, of what is there and then of what was written; undefined where there is none. */
  sum: string | undefined

  constructor(files: Files, folder: string, name: string, sum: string | undefined) {
    this.files = files
    this.folder = folder
    this.name = name
    this.sum = sum
  }

  read(): Block | null {
    return this.sum === undefined ? null : blockOfText(readBlock(this.files, this.folder, this.name, this.sum))
  }

  write(block: Block): void {
    const bytes = textOfBlock(tableOfBlock(this.name), block)
    writeWhole(this.files, this.staged, bytes)
    this.sum = sumOf(bytes)
  }

  /** Lets what was written take the file's place. */
  publish(): void {
    this.files.rename(this.staged, join(storesFolder(this.folder), this.name))
  }

  private get staged(): string {
    return join(storesFolder(this.folder), stagedName(this.name))
  }
}
