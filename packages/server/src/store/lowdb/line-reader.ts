import { JsonCursor } from '../memory/json-cursor.ts'
import type { Posting } from '../memory/posting.ts'
import { type Columns, columnsNamed } from '../memory/row-text.ts'
import { shapes, type TableName } from '../store.ts'
import { checkFormat, type Formats, upgraded } from './format.ts'
import { readPostings } from './posted.ts'

/** Who hears what lines tell, in the order in which it is to be done. */
export interface Listener {
  post(posting: Posting, at: number): void
  /** A row's text begins there among the bytes; says where it ends. */
  putBytes(table: TableName, bytes: Buffer, start: number, columns: Columns): number
  remove(table: TableName, id: number): void
  /** An id was given out, whatever became of it. */
  given(table: TableName, lastId: number): void
}

/** What a line says of itself. */
export interface Head {
  seq: number
  at: number
}

/** Parts of a line that change nothing. */
const unheard = new Set(['said', 'by', 'batch', 'format', 'hash'])

const newline = 10
const comma = 44
const openBrace = 123
const closeBrace = 125
const openBracket = 91
const closeBracket = 93

/** Reads the lines of one segment, in order, which were found to follow from each other. */
export class LineReader {
  private readonly listener: Listener
  private readonly formats: Formats
  private readonly columns = new Map<string, Columns>()
  private format: number
  /** Where the next line begins, and how many came before it. */
  at = 0
  lines = 0

  constructor(listener: Listener, known: Formats) {
    this.listener = listener
    this.formats = known
    this.format = known.current
  }

  /** Tells the listener the lines up to a place, or up to a `seq` if that comes first; says which was the last. */
  readTo(text: Buffer, end: number, seq = Number.POSITIVE_INFINITY): Head | undefined {
    let head: Head | undefined
    while (this.at < end && (head?.seq ?? 0) < seq) {
      const stop = text.indexOf(newline, this.at)
      head = this.read(text, this.at, stop)
      this.at = stop + 1
      this.lines += 1
    }
    return head
  }

  private read(text: Buffer, start: number, stop: number): Head {
    if (this.lines === 0) {
      const format = /^\{"seq":\d+,"batch":\d+,"format":(\d+),/.exec(text.toString('latin1', start, start + 64))?.[1]
      if (format === undefined) throw new Error('A segment that does not tell its format.')
      checkFormat(Number(format), this.formats)
      this.format = Number(format)
    }
    if (this.format === this.formats.current) return this.tell(text, start)
    return this.tell(Buffer.from(upgraded(text.toString('utf8', start, stop), this.format, this.formats)), 0)
  }

  private tell(bytes: Buffer, start: number): Head {
    const head: Head = { seq: 0, at: 0 }
    const cursor = new JsonCursor(bytes, start)
    cursor.pass(openBrace)
    do {
      const name = cursor.name()
      if (unheard.has(name)) cursor.skip()
      else if (name === 'seq' || name === 'at') head[name] = cursor.number()
      else if (name === 'put') this.rows(bytes, cursor)
      else if (name === 'post') readPostings(cursor, (posting) => this.listener.post(posting, head.at))
      else this.part(name, JSON.parse(cursor.json()))
    } while (cursor.takes(comma))
    return head
  }

  private part(name: string, value: unknown): void {
    if (name === 'columns') {
      for (const [table, names] of Object.entries(value as Record<string, string[]>)) {
        this.columns.set(table, columnsNamed(names))
      }
    } else if (name === 'gone') {
      for (const [table, ids] of Object.entries(value as Record<string, number[]>)) {
        for (const id of ids) this.listener.remove(known(table), id)
      }
    } else if (name === 'ids') {
      for (const [table, id] of Object.entries(value as Record<string, number>)) this.listener.given(known(table), id)
    } else throw new Error(`A line that tells "${name}".`)
  }

  private rows(bytes: Buffer, cursor: JsonCursor): void {
    cursor.pass(openBrace)
    do {
      const name = cursor.name()
      const table = known(name)
      const columns = this.columns.get(name)
      if (!columns) throw new Error(`Rows of ${name} whose columns were not told.`)
      cursor.pass(openBracket)
      do cursor.at = this.listener.putBytes(table, bytes, cursor.at, columns)
      while (cursor.takes(comma))
      cursor.pass(closeBracket)
    } while (cursor.takes(comma))
    cursor.pass(closeBrace)
  }
}

function known(name: string): TableName {
  if (!Object.hasOwn(shapes, name)) throw new Error(`There is no table ${name}.`)
  return name as TableName
}
