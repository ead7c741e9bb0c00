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
  /** Hears how many transactions reached the disk together, and how long its fsync took. */
  onSynced?: ((lines: number, ms: number) => void) | undefined
}

/** Transactions that reach the disk together. */
class Batch {
  readonly bodies: Body[] = []
  readonly kept: Promise<void>
  resolve!: () => void
  reject!: (error: Error) => void
  /** Who waits for the segment to end with it; they hear where it ended, or nothing where it could not. */
  readonly sealing: ((link: Link | undefined) => void)[] = []

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
  private readonly onSynced: JournalStart['onSynced']
  private file: OpenFile | undefined
  private size: number
  /** The columns that the open segment has told, by table. */
  private readonly told = new Map<string, Columns>()
  /** Up to where it is on disk. */
  private link: Link
  private waiting: Batch[] = []
  private writing: Batch | undefined
  private running = false
  private failure: StoreUnavailable | undefined

  constructor({ files, folder, format, link, open, sealBytes, onSealed, onSynced }: JournalStart) {
    this.files = files
    this.folder = journalFolder(folder)
    this.format = format
    this.link = link
    this.sealBytes = sealBytes
    this.onSealed = onSealed
    this.onSynced = onSynced
    this.file = open ? files.open(join(this.folder, open.name)) : this.begin()
    this.size = open?.size ?? 0
  }

  /** Takes a line's body; resolves once it is on disk. All that is taken in one turn of the event loop gets there together. */
  append(body: Body): Promise<void> {
    if (this.failure) return Promise.reject(this.failure)
    let batch = this.waiting.at(-1)
    // What is sealed holds what was taken before it was asked for, and no more.
    if (!batch || batch.sealing.length > 0) batch = this.begun()
    batch.bodies.push(body)
    return batch.kept
  }

  /** Resolves once all that was taken before is on disk. */
  settled(): Promise<void> {
    if (this.failure) return Promise.reject(this.failure)
    return (this.waiting.at(-1) ?? this.writing)?.kept ?? Promise.resolve()
  }

  /** Ends the open segment right behind what was taken before; says up to where the journal is sealed. */
  async seal(): Promise<Link> {
    if (this.failure) throw this.failure
    const batch = this.waiting.at(-1) ?? this.begun()
    const sealed = new Promise<Link | undefined>((resolve) => batch.sealing.push(resolve))
    await batch.kept
    const link = await sealed
    if (!link) throw this.failure
    return link
  }

  /** Writes what waits, and closes the file. */
  async close(): Promise<void> {
    await this.settled().catch(() => {})
    this.closeFile()
    this.failure ??= new StoreUnavailable('The store is closed.')
  }

  private begun(): Batch {
    const batch = new Batch()
    this.waiting.push(batch)
    if (!this.running) {
      this.running = true
      setImmediate(() => void this.run())
    }
    return batch
  }

  private async run(): Promise<void> {
    for (let batch = this.waiting.shift(); batch; batch = this.waiting.shift()) {
      this.writing = batch
      try {
        if (batch.bodies.length > 0) await this.write(batch)
        batch.resolve()
        if (batch.sealing.length > 0 || this.size >= this.sealBytes) this.endSegment()
      } catch (error) {
        this.fail(error as Error)
      }
      this.writing = undefined
      for (const told of batch.sealing) told(this.failure ? undefined : this.link)
    }
    this.running = false
  }

  private async write(batch: Batch): Promise<void> {
    const { file } = this
    if (!file) throw new Error('It is closed.')
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
    writeAll(file, bytes, this.size)
    const began = performance.now()
    await file.sync()
    this.onSynced?.(batch.bodies.length, performance.now() - began)
    this.size += bytes.byteLength
    this.link = { seq: link.seq, hash: link.hash }
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
    return file
  }

  private endSegment(): void {
    if (this.size === 0) return
    this.closeFile()
    // The next one is there before anything is told, so that this one is never taken for the last again.
    this.file = this.begin()
    this.size = 0
    this.onSealed(this.link)
  }

  private closeFile(): void {
    const { file } = this
    this.file = undefined
    file?.close()
  }

  private fail(error: Error): void {
    this.failure = new StoreUnavailable(`The journal cannot be written: ${error.message}`, { cause: error })
    this.writing?.reject(this.failure)
    for (const batch of this.waiting.splice(0)) {
      batch.reject(this.failure)
      for (const told of batch.sealing) told(undefined)
    }
  }
}
