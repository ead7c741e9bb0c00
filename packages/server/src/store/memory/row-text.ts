import type { TextBytes } from './text-bytes.ts'
import { wordAt } from './words.ts'

/** A row of whatever table. */
export type AnyRow = { id: number } & Record<string, unknown>

/** What an index knows a row by. */
export type FieldValue = number | string | null

/** The names of a row's fields in the order in which its text tells their values; the same names are the same object. */
export type Columns = readonly string[]

const interned = new Map<string, Columns>()

/** The one object that stands for these names in this order. */
export function columnsNamed(names: readonly string[]): Columns {
  const key = names.join(' ')
  const known = interned.get(key)
  if (known) return known
  const columns = Object.freeze([...names])
  interned.set(key, columns)
  return columns
}

/** Writes a row: a JSON array of its values, or where its fields are not just the columns, a JSON object. Says whether it is the former. */
export function writeRow(to: TextBytes, row: AnyRow, columns: Columns): boolean {
  const start = to.length
  let place = 0
  to.ascii('[')
  // Most rows have their fields in the order of the columns; to go along them makes no list of names.
  for (const name in row) {
    const value = row[name]
    if (name !== columns[place] || value === undefined) {
      to.length = start
      return writeOutOfOrder(to, row, columns)
    }
    if (place > 0) to.ascii(',')
    to.value(value)
    place += 1
  }
  if (place < columns.length) {
    to.length = start
    to.value(row)
    return false
  }
  to.ascii(']')
  return true
}

function writeOutOfOrder(to: TextBytes, row: AnyRow, columns: Columns): boolean {
  const values = columns.map((column) => row[column])
  const fits = Object.keys(row).length === columns.length && !values.includes(undefined)
  to.value(fits ? values : row)
  return fits
}

const makers = new WeakMap<Columns, (values: readonly unknown[]) => AnyRow>()

/** Makes rows of their values; as code that names every field it takes half as long as a loop. */
function makerOf(columns: Columns): (values: readonly unknown[]) => AnyRow {
  let maker = makers.get(columns)
  if (!maker) {
    const fields = columns.map((name, place) => `${JSON.stringify(name)}: values[${place}]`)
    maker = new Function('values', `return { ${fields.join(', ')} }`) as (values: readonly unknown[]) => AnyRow
    makers.set(columns, maker)
  }
  return maker
}

/** The row that a text tells. */
export function rowOfText(text: string, columns: Columns): AnyRow {
  const told = JSON.parse(text) as unknown[] | AnyRow
  return Array.isArray(told) ? makerOf(columns)(told) : told
}

const quote = 34
const comma = 44
const minus = 45
const zero = 48
const nine = 57
const openBracket = 91
const backslash = 92
const closeBracket = 93
const letterN = 110
const openBrace = 123
const closeBrace = 125

/** Where a JSON string ends, behind its closing quote. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1
  for (let byte = bytes[at]; byte !== quote; byte = bytes[at]) {
    if (byte === undefined) throw new Error('A text that does not end.')
    at += byte === backslash ? 2 : 1
  }
  return at + 1
}

/** Where the JSON value that begins at a place ends. */
export function valueEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start]
  if (first === quote) return stringEnd(bytes, start)
  let at = start
  if (first !== openBracket && first !== openBrace) {
    for (let byte = bytes[at]; byte !== comma && byte !== closeBracket && byte !== closeBrace; byte = bytes[at]) {
      if (byte === undefined) throw new Error('A text that does not end.')
      at += 1
    }
    return at
  }
  for (let depth = 0; ; ) {
    const byte = bytes[at]
    if (byte === undefined) throw new Error('A text that does not end.')
    if (byte === quote) {
      at = stringEnd(bytes, at)
      continue
    }
    if (byte === openBracket || byte === openBrace) depth += 1
    else if (byte === closeBracket || byte === closeBrace) depth -= 1
    at += 1
    if (depth === 0) return at
  }
}

/** Reads some fields of rows, without making the rows of their texts. */
export class FieldReader {
  /** What was read last, in the order of the names wanted. */
  readonly values: FieldValue[]
  private readonly wanted: readonly string[]
  private columns: Columns | undefined
  /** By column, the place of its value; -1 where it is not wanted. */
  private places: number[] = []
  private lastWanted = -1

  constructor(wanted: readonly string[]) {
    this.wanted = wanted
    this.values = wanted.map(() => null)
  }

  /** Reads the fields of a row. */
  fromRow(row: AnyRow): void {
    for (let place = 0; place < this.wanted.length; place += 1) {
      this.values[place] = (row[this.wanted[place] as string] as FieldValue | undefined) ?? null
    }
  }

  /** Reads the fields from the text of a row, up to the last one wanted; says where the text ends if that is asked for. */
  fromText(bytes: Buffer, start: number, columns: Columns, isEndWanted = false): number {
    if (bytes[start] !== openBracket) {
      const end = valueEnd(bytes, start)
      this.fromRow(JSON.parse(bytes.toString('utf8', start, end)) as AnyRow)
      return end
    }
    if (columns !== this.columns) this.plan(columns)
    const { places, lastWanted, values } = this
    let at = start + 1
    for (let column = 0; column <= lastWanted; column += 1) {
      const place = places[column] as number
      const end = place < 0 ? valueEnd(bytes, at) : this.capture(bytes, at, place, values)
      if (bytes[end] === closeBracket) return end + 1
      at = end + 1
    }
    if (!isEndWanted) return at
    while (bytes[at - 1] !== closeBracket) at = valueEnd(bytes, at) + 1
    return at
  }

  private plan(columns: Columns): void {
    this.columns = columns
    this.places = columns.map((column) => this.wanted.indexOf(column))
    this.lastWanted = this.places.findLastIndex((place) => place >= 0)
    this.values.fill(null)
  }

  private capture(bytes: Buffer, start: number, place: number, values: FieldValue[]): number {
    const first = bytes[start] as number
    if (first === letterN) {
      values[place] = null
      return start + 4
    }
    if (first === quote) {
      let at = start + 1
      let isPlain = true
      for (let byte = bytes[at] as number; byte !== quote; byte = bytes[at] as number) {
        if (byte === undefined) throw new Error('A text that does not end.')
        if (byte === backslash) {
          isPlain = false
          at += 2
        } else at += 1
      }
      values[place] = isPlain
        ? wordAt(bytes, start + 1, at)
        : (JSON.parse(bytes.toString('utf8', start, at + 1)) as string)
      return at + 1
    }
    let at = first === minus ? start + 1 : start
    let value = 0
    let byte = bytes[at] as number
    for (; byte >= zero && byte <= nine; byte = bytes[at] as number) {
      value = value * 10 + (byte - zero)
      at += 1
    }
    if (byte === comma || byte === closeBracket) {
      values[place] = first === minus ? -value : value
      return at
    }
    const end = valueEnd(bytes, start)
    values[place] = JSON.parse(bytes.toString('utf8', start, end)) as FieldValue
    return end
  }
}
