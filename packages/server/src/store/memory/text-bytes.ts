const quote = 34
const minus = 45
const zero = 48
const backslash = 92
const firstPlain = 32
const firstBeyondAscii = 128
/** From which length on node writes a text faster than a loop does. */
const longText = 64
const billion = 1_000_000_000

/** JSON text as it grows, in bytes: what a store writes is never a string, which would have to be made, joined and written again. */
export class TextBytes {
  bytes: Buffer
  /** How many bytes are written. */
  length = 0

  constructor(size = 4096) {
    this.bytes = Buffer.allocUnsafeSlow(size)
  }

  clear(): void {
    this.length = 0
  }

  /** Writes ASCII as it is. */
  ascii(text: string): this {
    const { length } = text
    this.reserve(length)
    if (length >= longText) {
      this.length += this.bytes.write(text, this.length, 'latin1')
      return this
    }
    const { bytes } = this
    let to = this.length
    for (let at = 0; at < length; at += 1) bytes[to++] = text.charCodeAt(at)
    this.length = to
    return this
  }

  /** Writes a value as `JSON.stringify` words it; throws where that cannot. */
  value(value: unknown): this {
    if (typeof value === 'string') this.string(value)
    else if (Number.isSafeInteger(value)) this.integer(value as number)
    else if (value === null) this.ascii('null')
    else if (typeof value === 'object' && value.constructor === Object) this.fields(value as Record<string, unknown>)
    else this.text(JSON.stringify(value))
    return this
  }

  /** Takes over a part of other bytes. */
  copy(from: Buffer, start: number, end: number): this {
    this.reserve(end - start)
    if (end - start >= longText * 4) this.bytes.set(from.subarray(start, end), this.length)
    else for (let at = start, to = this.length; at < end; at += 1, to += 1) this.bytes[to] = from[at] as number
    this.length += end - start
    return this
  }

  private fields(object: Record<string, unknown>): void {
    let opening = '{'
    for (const name in object) {
      const value = object[name]
      if (value === undefined || typeof value === 'function' || typeof value === 'symbol') continue
      this.ascii(opening).value(name).ascii(':').value(value)
      opening = ','
    }
    this.ascii(opening === '{' ? '{}' : '}')
  }

  private string(text: string): void {
    const { length } = text
    this.reserve(length + 2)
    const { bytes } = this
    let to = this.length
    bytes[to++] = quote
    for (let at = 0; at < length; at += 1) {
      const code = text.charCodeAt(at)
      if (code < firstPlain || code >= firstBeyondAscii || code === quote || code === backslash) {
        this.text(JSON.stringify(text))
        return
      }
      bytes[to++] = code
    }
    bytes[to++] = quote
    this.length = to
  }

  private text(text: string): void {
    this.reserve(text.length * 3)
    this.length += this.bytes.write(text, this.length, 'utf8')
  }

  private integer(value: number): void {
    this.reserve(17)
    let rest = value
    if (rest < 0) {
      this.bytes[this.length++] = minus
      rest = -rest
    }
    if (rest < billion) {
      this.digits(rest, lengthOf(rest))
      return
    }
    // In two parts, for numbers of 32 bits are taken apart several times as fast.
    const high = Math.floor(rest / billion)
    this.digits(high, lengthOf(high))
    this.digits(rest - high * billion, 9)
  }

  private digits(value: number, count: number): void {
    const { bytes } = this
    let rest = value | 0
    for (let at = this.length + count - 1; at >= this.length; at -= 1) {
      const next = (rest / 10) | 0
      bytes[at] = zero + rest - next * 10
      rest = next
    }
    this.length += count
  }

  private reserve(room: number): void {
    const needed = this.length + room
    if (needed <= this.bytes.length) return
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(bytes, 0, 0, this.length)
    this.bytes = bytes
  }
}

/** How many digits a whole number below a billion has. */
function lengthOf(value: number): number {
  let count = 1
  for (let least = 10; value >= least; least *= 10) count += 1
  return count
}
