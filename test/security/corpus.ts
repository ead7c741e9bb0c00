import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Numbers from 0 to below 1, always the same for a seed. */
export type Dice = () => number

/** mulberry32, by Tommy Ettinger, in the public domain. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Inputs that reached something no input before them had reached; those that did so lately are changed most often. */
export class Corpus {
  readonly inputs: string[]
  private readonly folder: string
  private readonly words: readonly string[]
  private readonly dice: Dice

  /** Begins with some inputs and those that an earlier run left in the folder; `words` are put in where something is changed. */
  constructor(folder: string, inputs: readonly string[], words: readonly string[], dice: Dice) {
    mkdirSync(folder, { recursive: true })
    const left = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')) : []
    this.folder = folder
    this.inputs = [...inputs, ...left]
    this.words = words
    this.dice = dice
  }

  /** Keeps an input, in the folder too. */
  keep(input: string): void {
    this.inputs.push(input)
    writeFileSync(join(this.folder, createHash('sha1').update(input).digest('hex')), input)
  }

  /** One of them, changed in a few places. */
  next(): string {
    const late = this.dice() < 0.5 ? Math.floor(this.inputs.length * 0.8) : 0
    let input = this.oneOf(this.inputs.slice(late))
    const changes = 1 + Math.floor(this.dice() * 4)
    for (let n = 0; n < changes; n += 1) input = this.changed(input)
    return input.slice(0, 20_000)
  }

  private changed(input: string): string {
    const at = Math.floor(this.dice() * (input.length + 1))
    const size = 1 + Math.floor(this.dice() * 8)
    const [before, after] = [input.slice(0, at), input.slice(at)]
    const ways: (() => string)[] = [
      () => before + String.fromCharCode(Math.floor(this.dice() * 128)) + after.slice(1),
      () => before + after.slice(size),
      () => before + after.slice(0, size) + after,
      () => before + this.oneOf(this.words) + after,
      () => before + this.other().slice(Math.floor(this.dice() * 200)),
      () => this.withToken(input, () => this.oneOf(this.words)),
      () => this.withToken(input, () => this.oneOf(tokensOf(this.other()))),
      () => this.withToken(input, () => this.oneOf(tokensOf(this.other()))),
    ]
    return this.oneOf(ways)()
  }

  /** The input with one of its JSON values or names replaced. */
  private withToken(input: string, other: () => string): string {
    const tokens = [...input.matchAll(TOKEN)]
    if (tokens.length === 0) return input
    const { 0: token, index } = this.oneOf(tokens)
    return input.slice(0, index) + other() + input.slice(index + token.length)
  }

  private other(): string {
    return this.oneOf(this.inputs)
  }

  private oneOf<T>(things: readonly T[]): T {
    return things[Math.floor(this.dice() * things.length)] as T
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\]]/g

const tokensOf = (input: string) => input.match(TOKEN) ?? ['null']
