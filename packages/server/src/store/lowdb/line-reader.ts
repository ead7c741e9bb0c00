import type { LedgerAccount, Unit } from '../../domain/rows.ts'
import type { Posting } from '../memory/posting.ts'
import { type Columns, columnsNamed, valueEnd } from '../memory/row-text.ts'
import { type Memo, shapes, type TableName } from '../store.ts'

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
  batch: number
  at: number
  format: number | undefined
}

type PostedLine = [LedgerAccount, LedgerAccount, number, Unit, Memo]

const quote = 34
const comma = 44
const openBrace = 123
const closeBrace = 125
const openBracket = 91
const closeBracket = 93

/** Reads the lines of one segment, in order. */
export class LineReader {
  private readonly listener: Listener
  private readonly columns = new Map<string, Columns>()

  constructor(listener: Listener) {
    this.listener = listener
  }

  /** Tells the listener a line, whose hash was found good. */
  read(bytes: Buffer, start: number): Head {
    const head: Head = { seq: 0, batch: 0, at: 0, format: undefined }
    let at = start
    do {
      const name = bytes.toString('latin1', at + 2, bytes.indexOf(quote, at + 2))
      at += name.length + 4
      if (name === 'put') {
        at = this.rows(bytes, at)
        continue
      }
      const end = valueEnd(bytes, at)
      if (name !== 'said' && name !== 'by' && name !== 'hash') {
        this.part(name, JSON.parse(bytes.toString('utf8', at, end)), head)
      }
      at = end
    } while (bytes[at] === comma)
    return head
  }

  private part(name: string, value: unknown, head: Head): void {
    if (name === 'seq' || name === 'batch' || name === 'at' || name === 'format') head[name] = value as number
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
