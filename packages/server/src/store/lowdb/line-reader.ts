import type { LedgerAccount, Unit } from '../../domain/rows.ts'
import type { Posting } from '../memory/posting.ts'
import { type Columns, columnsNamed, valueEnd } from '../memory/row-text.ts'
import { type Memo, shapes, type TableName } from '../store.ts'
import { checkFormat, type Formats, upgraded } from './format.ts'

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

type PostedLine = [LedgerAccount, LedgerAccount, number, Unit, Memo]

const newline = 10
const quote = 34
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
    let at = start
    do {
      const name = bytes.toString('latin1', at + 2, bytes.indexOf(quote, at + 2))
      at += name.length + 4
      if (name === 'put') {
        at = this.rows(bytes, at)
        continue
      }
      const end = valueEnd(bytes, at)
      if (name !== 'said' && name !== 'by' && name !== 'batch' && name !== 'format' && name !== 'hash') {
        this.part(name, JSON.parse(bytes.toString('utf8', at, end)), head)
      }
      at = end
    } while (bytes[at] === comma)
    return head
  }

  private part(name: string, value: unknown, head: Head): void {
    if (name === 'seq' || name === 'at') head[name] = value as number
    else if (name === 'columns') {
      for (const [table, names] of Object.entries(value as Record<string, string[]>)) {
        this.columns.set(table, columnsNamed(names))
      }
    } else if (name === 'post') {
      for (const [debit, credit, amount, unit, memo] of value as PostedLine[]) {
        this.listener.post({ debit, credit, amount, unit, memo }, head.at)
      }
    } else if (name === 'gone') {
      for (const [table, ids] of Object.entries(value as Record<string, number[]>)) {
        for (const id of ids) this.listener.remove(known(table), id)
      }
    } else if (name === 'ids') {
      for (const [table, id] of Object.entries(value as Record<string, number>)) this.listener.given(known(table), id)
    } else throw new Error(`A line that tells "${name}".`)
  }

  private rows(bytes: Buffer, start: number): number {
    let at = start
    if (bytes[at] !== openBrace) throw new Error('Rows that are not gathered by table.')
    do {
      const name = bytes.toString('latin1', at + 2, bytes.indexOf(quote, at + 2))
      at += name.length + 4
      const table = known(name)
      const columns = this.columns.get(name)
      if (!columns || bytes[at] !== openBracket) throw new Error(`Rows of ${name} that cannot be read.`)
      do at = this.listener.putBytes(table, bytes, at + 1, columns)
      while (bytes[at] === comma)
      if (bytes[at] !== closeBracket) throw new Error(`Rows of ${name} that do not end.`)
      at += 1
    } while (bytes[at] === comma)
    if (bytes[at] !== closeBrace) throw new Error('Rows that do not end.')
    return at + 1
  }
}

function known(name: string): TableName {
  if (!Object.hasOwn(shapes, name)) throw new Error(`There is no table ${name}.`)
  return name as TableName
}
