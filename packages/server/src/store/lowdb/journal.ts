import { join } from 'node:path'
import type { Columns } from '../memory/row-text.ts'
import { StoreUnavailable } from '../store.ts'
import { type Files, type OpenFile, writeAll } from './files.ts'
import { type Body, chained, type Link } from './line.ts'
import { journalFolder, segmentName } from './segments.ts'

/** What a journal goes on from. */
export interface JournalStart {
  files: Files
  folder: string
  format: number
  link: Link
  open: { name: string; size: number } | undefined
  /** A segment is sealed once it is longer than this. */
  sealBytes: number
  /** Hears that a segment was sealed, up to which line. */
  onSealed: (link: Link) => void
}

/** Transactions that reach the disk together. */
class Batch {
  readonly bodies: Body[] = []
  readonly kept: Promise<void>
  resolve!: () => void
  reject!: (error: Error) => void

  constructor() {
    this.kept = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }
}

/** The append-only truth: one line a transaction, many transactions a write and an fsync. */
export class Journal {
  private readonly files: Files
  private readonly folder: string
  private readonly format: number
  private readonly sealBytes: number
  private readonly onSealed: (link: Link) => void
  private file: OpenFile | undefined
  private size = 0
  /** The columns that the open segment has told, by table. */
  private readonly told = new Map<string, Columns>()
  /** Up to where it is on disk. */
  private link: Link
  private waiting: Batch | undefined
  private writing: Batch | undefined
  private sealing: (() => void)[] = []
  private running = false
  private failure: StoreUnavailable | undefined

  constructor({ files, folder, format, link, open, sealBytes, onSealed }: JournalStart) {
    this.files = files
    this.folder = journalFolder(folder)
    this.format = format
    this.link = link
    this.sealBytes = sealBytes
    this.onSealed = onSealed
    if (open) {
      this.file = files.open(join(this.folder, open.name))
      this.size = open.size
    }
  }

  /** Takes a line's body; resolves once it is on disk. All that is taken in one turn of the event loop gets there together. */
  append(body: Body): Promise<void> {
    if (this.failure) return Promise.reject(this.failure)
    this.waiting ??= new Batch()
    this.waiting.bodies.push(body)
    this.wake()
    return this.waiting.kept
  }

  /** Resolves once all that was taken before is on disk. */
  settled(): Promise<void> {
    if (this.failure) return Promise.reject(this.failure)
    return (this.waiting ?? this.writing)?.kept ?? Promise.resolve()
  }

  /** Ends the open segment behind all that was taken before; says up to where the journal is sealed. */
  async seal(): Promise<Link> {
    await this.settled()
    await new Promise<void>((resolve) => {
      this.sealing.push(resolve)
      this.wake()
    })
    if (this.failure) throw this.failure
    return this.link
  }

  /** Writes what waits, and closes the file. */
  async close(): Promise<void> {
    await this.settled().catch(() => {})
    this.file?.close()
    this.file = undefined
    this.failure ??= new StoreUnavailable('The store is closed.')
  }

  private wake(): void {
    if (this.running) return
    this.running = true
    setImmediate(() => void this.run())
  }

  private async run(): Promise<void> {
    while (!this.failure && (this.waiting || this.sealing.length > 0)) {
      try {
        const batch = this.waiting
        if (batch) await this.write(batch)
        if (this.size >= this.sealBytes || this.sealing.length > 0) this.endSegment()
      } catch (error) {
        this.fail(error as Error)
      }
      for (const sealed of this.sealing.splice(0)) sealed()
    }
    this.running = false
  }

  private async write(batch: Batch): Promise<void> {
    this.writing = batch
    this.waiting = undefined
    this.file ??= this.begin()
    const first = this.link.seq + 1
    let link = this.link
    let text = ''
    for (const body of batch.bodies) {
      const isFirst = this.size === 0 && link === this.link
      const line = chained(link, first, this.headOf(body, isFirst), body.text)
      text += line.text
      link = line
    }
    const bytes = Buffer.from(text)
    writeAll(this.file, bytes, this.size)
    await this.file.sync()
    this.size += bytes.byteLength
    this.link = { seq: link.seq, hash: link.hash }
    this.writing = undefined
    batch.resolve()
  }

  /** What a line tells so that the segment can be read without another. */
  private headOf({ columns }: Body, isFirst: boolean): string {
    const told: Record<string, Columns> = {}
    for (const [table, names] of columns) {
      if (this.told.get(table) === names) continue
      this.told.set(table, names)
      told[table] = names
    }
    const head = isFirst ? `"format":${this.format},` : ''
    return Object.keys(told).length === 0 ? head : `${head}"columns":${JSON.stringify(told)},`
  }

  private begin(): OpenFile {
    this.told.clear()
    const file = this.files.open(join(this.folder, segmentName(this.link.seq + 1)))
    this.files.syncFolder(this.folder)
    this.size = 0
    return file
  }

  private endSegment(): void {
    if (this.size === 0) return
    this.file?.close()
    // The next one is there before anything is told, so that this one is never taken for the last again.
    this.file = this.begin()
    this.onSealed(this.link)
  }

  private fail(error: Error): void {
    this.failure = new StoreUnavailable(`The journal cannot be written: ${error.message}`, { cause: error })
    const lost = [this.writing, this.waiting]
    this.writing = undefined
    this.waiting = undefined
    for (const batch of lost) batch?.reject(this.failure)
  }
}
