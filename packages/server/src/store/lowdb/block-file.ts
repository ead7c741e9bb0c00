import { basename, dirname, join } from 'node:path'
import type { SyncAdapter } from 'lowdb'
import type { AnyRow } from '../memory/state.ts'
import { type Files, writeWhole } from './files.ts'
import { sumOf } from './manifest.ts'

/** The rows of a table whose ids lie in one block, in order. */
export interface Block {
  table: string
  block: number
  rows: AnyRow[]
}

/** How many ids share a block. */
export const blockIds = 1000

/** The block an id belongs to. */
export function blockOf(id: number): number {
  return Math.floor(id / blockIds)
}

/** The name of a block's file. */
export function blockName(table: string, block: number): string {
  return `${table}.${block}.json`
}

/** A block as it stands in its file: JSON with one row a line. */
export function blockText({ table, block, rows }: Block): string {
  const head = `{"table":${JSON.stringify(table)},"block":${block},"rows":[`
  return rows.length === 0 ? `${head}]}\n` : `${head}\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]}\n`
}

/** The name under which the next version of a file waits. */
export function stagedName(name: string): string {
  return `.${name}.next`
}

/**
 * A lowdb adapter that survives a power cut. What is written lies beside the file, on disk, until it is published: whoever writes
 * many files first puts a manifest on disk that names them all.
 */
export class BlockFile implements SyncAdapter<Block> {
  private readonly files: Files
  private readonly path: string
  /** The SHA-256 of what was written last. */
  sum = ''

  constructor(files: Files, path: string) {
    this.files = files
    this.path = path
  }

  read(): Block | null {
    const bytes = this.files.read(this.path)
    return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as Block) : null
  }

  write(block: Block): void {
    const bytes = Buffer.from(blockText(block))
    writeWhole(this.files, this.staged, bytes)
    this.sum = sumOf(bytes)
  }

  /** Lets what was written take the file's place. */
  publish(): void {
    this.files.rename(this.staged, this.path)
  }

  private get staged(): string {
    return join(dirname(this.path), stagedName(basename(this.path)))
  }
}
