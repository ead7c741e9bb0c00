import { join } from 'node:path'
import type { Overlay } from '../memory/overlay.ts'
import type { Columns } from '../memory/row-text.ts'
import type { Change } from '../memory/state.ts'
import { TextBytes } from '../memory/text-bytes.ts'
import { StoreUnavailable } from '../store.ts'
import { type Files, type OpenFile, writeAll } from './files.ts'
import { type Link, writeLine } from './line.ts'
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

/** What a batch's lines may take to be written into its bytes again, in bytes. */
const spareMax = 4_194_304

/** Transactions that reach the disk together. */
class Batch {
  /** The `seq` of its first line. */
  readonly first: number
  /** Its lines, and how many. */
  readonly text: TextBytes
  lines = 0
  /** Where the chain stands with its last line. */
  link: Link | undefined
  readonly kept: Promise<void>
  resolve!: () => void
  reject!: (error: Error) => void
  /** Who waits for the segment to end with it; they hear where it ended, or nothing where it could not. */
  readonly sealing: ((link: Link | undefined) => void)[] = []

  constructor(text: TextBytes, first: number) {
    this.text = text
    this.first = first
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
  /** Up to where it is on disk. */
  private link: Link
  /** Where the chain stands with all that was taken, and how long the segment is with it. */
  private taken: Link
  private takenSize: number
  /** The batch that was begun last; the segment may end with it. */
  private last: Batch | undefined
  /** The columns that the segment has told with all that was taken, by table. */
  private readonly told = new Map<string, Columns>()
  /** The line at hand. */
  private readonly text = new TextBytes()
  /** The bytes of a batch that is on disk, for one to come. */
  private spare: TextBytes | undefined
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
    this.taken = link
    this.takenSize = this.size
  }

  /**
   * Takes a transaction; resolves once it is on disk. All that is taken in one turn of the event loop gets there together. Throws
   * where something in it cannot be written down, and then nothing was taken.
   */
  append(overlay: Overlay, change: Change): Promise<void> {
    if (this.failure) return Promise.reject(this.failure)
    const last = this.waiting.at(-1)
    // What is sealed holds what was taken before it was asked for, and no more.
    const batch = last && last.sealing.length === 0 ? last : this.begun()
    const { text, taken } = this
    const start = taken.hash.length
    const columns = this.untoldOf(change)
    const head = { batch: batch.first, format: this.takenSize === 0 ? this.format : undefined, columns }
    const link = writeLine(text, taken, head, overlay, change)
    for (const table in columns) this.told.set(table, columns[table] as Columns)
    batch.text.copy(text.bytes, start, text.length)
    batch.lines += 1
    batch.link = link
    this.taken = link
    this.takenSize += text.length - start
    return batch.kept
  }

  /** Resolves once all that was taken before is on disk; undefined where it is. */
  settled(): Promise<void> | undefined {
    if (this.failure) return Promise.reject(this.failure)
    return (this.waiting.at(-1) ?? this.writing)?.kept
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
    await this.settled()?.catch(() => {})
    this.closeFile()
    this.failure ??= new StoreUnavailable('The store is closed.')
  }

  private begun(): Batch {
    if (this.last && this.endsWith(this.last, this.takenSize)) {
      this.takenSize = 0
      this.told.clear()
    }
    const batch = new Batch(this.spare ?? new TextBytes(), this.taken.seq + 1)
    this.last = batch
    this.spare = undefined
    this.waiting.push(batch)
    if (!this.running) {
      this.running = true
      setImmediate(() => void this.run())
    }
    return batch
  }

  /** Whether a segment of a size ends with a batch. */
  private endsWith({ sealing }: Batch, size: number): boolean {
    return sealing.length > 0 || size >= this.sealBytes
  }

  private async run(): Promise<void> {
    for (let batch = this.waiting.shift(); batch; batch = this.waiting.shift()) {
      this.writing = batch
      try {
        if (batch.lines > 0) await this.write(batch)
        batch.resolve()
        if (this.endsWith(batch, this.size)) this.endSegment()
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
    const { text, lines, link } = batch
    writeAll(file, text.bytes.subarray(0, text.length), this.size)
    const began = performance.now()
    await file.sync()
    this.onSynced?.(lines, performance.now() - began)
    this.size += text.length
    if (link) this.link = link
    if (text.bytes.length > spareMax) return
    text.clear()
    this.spare = text
  }

  /** The columns of a change that a reader of the segment does not know yet; undefined where there are none. */
  private untoldOf({ tables }: Change): Record<string, Columns> | undefined {
    let untold: Record<string, Columns> | undefined
    for (const [table, { put, columns }] of tables) {
      if (put.length === 0 || this.told.get(table) === columns) continue
      untold ??= {}
      untold[table] = columns
    }
    return untold
  }

  private begin(): OpenFile {
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
