import { type AnyRow, type Columns, columnsNamed, rowOfText, writeRow } from './row-text.ts'
import { TextBytes } from './text-bytes.ts'

/** How many ids share a block. */
export const blockIds = 1000

/** What a block has room for at first, in bytes, where nobody knows better. */
const roomAtFirst = 256
/** The room that is made at least, in bytes: a block of few rows that change all the time would make room all the time. */
const roomMin = 4096

/** The block an id belongs to. */
export function blockOf(id: number): number {
  return Math.floor(id / blockIds)
}

/** The row that is being written. */
const rowBytes = new TextBytes()

const newline = 10
const comma = 44
const openBrace = 123

/**
 * The rows of a table whose ids lie in one block: their texts one after the other, and where each begins. A million rows are a
 * thousand such blocks, and none of the garbage collector's business.
 */
export class Block {
  readonly number: number
  readonly columns: Columns
  /** How many rows it holds. */
  count = 0
  /** Whether somebody looks at it as it is now; who has to change it changes a copy. */
  isSeen = false
  private bytes: Buffer
  private used: number
  private dead = 0
  /** By place of the id, where its text begins, counted from 1; 0 where there is no row. */
  private starts: Uint32Array

  constructor(number: number, columns: Columns, bytes: Buffer = Buffer.allocUnsafeSlow(roomAtFirst), used = 0) {
    this.number = number
    this.columns = columns
    this.bytes = bytes
    this.used = used
    this.starts = new Uint32Array(blockIds)
  }

  has(id: number): boolean {
    return this.starts[id % blockIds] !== 0
  }

  get(id: number): AnyRow | undefined {
    const text = this.text(id)
    return text === undefined ? undefined : rowOfText(text, this.columns)
  }

  /** How many bytes its texts take. */
  get size(): number {
    return this.used
  }

  /** The text of a row. */
  text(id: number): string | undefined {
    const start = this.startOf(id)
    return start < 0 ? undefined : this.bytes.toString('utf8', start, this.endOf(start))
  }

  /** Where the text of a row begins among the bytes; -1 where there is no row. */
  startOf(id: number): number {
    return (this.starts[id % blockIds] as number) - 1
  }

  /** The bytes that `startOf` tells of, until the next change. */
  get content(): Buffer {
    return this.bytes
  }

  put(row: AnyRow): void {
    rowBytes.clear()
    writeRow(rowBytes, row, this.columns)
    this.take(row.id, rowBytes.bytes, 0, rowBytes.length)
  }

  /** Puts a row whose text stands among other bytes, under columns that may be others. */
  putText(id: number, from: Buffer, start: number, end: number, columns: Columns): void {
    if (columns === this.columns && from[start] !== openBrace) this.take(id, from, start, end)
    else this.put(rowOfText(from.toString('utf8', start, end), columns))
  }

  /** Knows a row whose text stands among its bytes already. */
  know(id: number, start: number): void {
    if (this.starts[id % blockIds] === 0) this.count += 1
    this.starts[id % blockIds] = start + 1
  }

  remove(id: number): void {
    const start = this.startOf(id)
    if (start < 0) return
    this.dead += this.endOf(start) - start + 1
    this.count -= 1
    this.starts[id % blockIds] = 0
  }

  /** Gives back the room behind the last row. */
  trim(): void {
    if (this.bytes.length - this.used > this.used >>> 3) this.move(this.used)
  }

  /** One that can be changed while somebody looks at this one. */
  copy(): Block {
    const copy = new Block(this.number, this.columns, this.bytes, this.used)
    copy.starts = this.starts.slice()
    copy.count = this.count
    copy.dead = this.dead
    return copy
  }

  /** Copies the texts of its rows, in the order of their ids, a comma and a newline between them; says where they end. */
  copyTexts(to: Buffer, at: number): number {
    let end = at
    for (let place = 0; place < blockIds; place += 1) {
      const start = (this.starts[place] as number) - 1
      if (start < 0) continue
      if (end > at) {
        to[end++] = comma
        to[end++] = newline
      }
      const stop = this.endOf(start)
      for (let from = start; from < stop; from += 1) to[end++] = this.bytes[from] as number
    }
    return end
  }

  /** The ids of its rows, in order. */
  *ids(): Generator<number> {
    for (let place = 0; place < blockIds; place += 1) {
      if (this.starts[place] !== 0) yield this.number * blockIds + place
    }
  }

  private take(id: number, from: Buffer, start: number, end: number): void {
    const length = end - start
    if (this.used + length + 1 > this.bytes.length) this.reserve(length + 1)
    this.begin(id)
    const { bytes } = this
    let to = this.used
    // A row is short: a loop has copied it before node has made a view of it.
    for (let at = start; at < end; at += 1) bytes[to++] = from[at] as number
    bytes[to++] = newline
    this.used = to
  }

  private begin(id: number): void {
    const place = id % blockIds
    const start = (this.starts[place] as number) - 1
    if (start < 0) this.count += 1
    else this.dead += this.endOf(start) - start + 1
    this.starts[place] = this.used + 1
  }

  private endOf(start: number): number {
    const end = this.bytes.indexOf(newline, start)
    return this.bytes[end - 1] === comma ? end - 1 : end
  }

  private reserve(room: number): void {
    if (this.dead * 2 > this.used) this.compact(Math.max(room, roomMin))
    else this.move(Math.max(this.used + room, Math.ceil(this.used * 1.5)))
  }

  private move(size: number): void {
    const bytes = Buffer.allocUnsafeSlow(size)
    this.bytes.copy(bytes, 0, 0, this.used)
    this.bytes = bytes
  }

  /** Leaves the texts behind that nothing points to. */
  private compact(room: number): void {
    const from = this.bytes
    const bytes = Buffer.allocUnsafeSlow(Math.ceil((this.used - this.dead) * 1.5) + room)
    let used = 0
    for (let place = 0; place < blockIds; place += 1) {
      const start = (this.starts[place] as number) - 1
      if (start < 0) continue
      const end = this.endOf(start)
      this.starts[place] = used + 1
      used += from.copy(bytes, used, start, end)
      bytes[used++] = newline
    }
    this.bytes = bytes
    this.used = used
    this.dead = 0
  }
}

/** The columns of the row whose text begins there: its own names where it is told with them. */
export function columnsAt(bytes: Buffer, start: number, end: number, told: Columns): Columns {
  return bytes[start] === openBrace ? columnsNamed(Object.keys(JSON.parse(bytes.toString('utf8', start, end)))) : told
}
