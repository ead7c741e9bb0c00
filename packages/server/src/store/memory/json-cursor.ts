import { valueEnd } from './row-text.ts'
import { wordAt } from './words.ts'

const quote = 34
const comma = 44
const minus = 45
const zero = 48
const nine = 57
const colon = 58
const backslash = 92
const closeBracket = 93
const letterN = 110
const closeBrace = 125

/** Walks through JSON that was written without spaces, one value after the other, and makes nothing that is not asked for. */
export class JsonCursor {
  /** Where the next value or sign stands. */
  at: number
  private readonly bytes: Buffer

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
  }

  /** Passes over a sign if that stands here; says whether it did. */
  takes(sign: number): boolean {
    if (this.bytes[this.at] !== sign) return false
    this.at += 1
    return true
  }

  /** Passes over a sign. Throws where another one stands. */
  pass(sign: number): void {
    if (!this.takes(sign)) throw new Error(`At byte ${this.at} stands no ${String.fromCharCode(sign)}.`)
  }

  /** Reads a field's name and the colon behind it. */
  name(): string {
    const name = this.text()
    this.pass(colon)
    return name
  }

  text(): string {
    this.pass(quote)
    const start = this.at
    let isPlain = true
    let at = start
    for (let byte = this.bytes[at]; byte !== quote; byte = this.bytes[at]) {
      if (byte === undefined) throw new Error('A text that does not end.')
      if (byte === backslash) isPlain = false
      at += byte === backslash ? 2 : 1
    }
    this.at = at + 1
    return isPlain ? wordAt(this.bytes, start, at) : JSON.parse(this.bytes.toString('utf8', start - 1, at + 1))
  }

  /** Reads a whole number. */
  number(): number {
    const start = this.at
    const isNegative = this.takes(minus)
    let value = 0
    let at = this.at
    let byte = this.bytes[at] as number
    for (; byte >= zero && byte <= nine; byte = this.bytes[++at] as number) value = value * 10 + (byte - zero)
    if (byte !== comma && byte !== closeBracket && byte !== closeBrace) {
      throw new Error(`At byte ${start} stands no whole number.`)
    }
    this.at = at
    return isNegative ? -value : value
  }

  /** Passes over a value. */
  skip(): void {
    this.at = valueEnd(this.bytes, this.at)
  }

  /** Passes over a value and gives back its JSON. */
  json(): string {
    const start = this.at
    this.skip()
    return this.bytes.toString('utf8', start, this.at)
  }

  textOrNull(): string | null {
    if (this.bytes[this.at] !== letterN) return this.text()
    this.at += 'null'.length
    return null
  }
}
