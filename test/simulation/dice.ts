/** Chance that repeats itself: the same seed throws the same dice. */
export class Dice {
  private readonly state: Uint32Array

  constructor(seed: number, purpose = '') {
    let mixed = seed ^ 0x9e3779b9
    for (const letter of purpose) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193)
    this.state = Uint32Array.of(mixed, Math.floor(seed / 2 ** 32) ^ 0x243f6a88, 0xb7e15162 ^ seed, 1)
    for (let throws = 0; throws < 12; throws += 1) this.next()
  }

  /** sfc32: 32 bits. */
  private next(): number {
    const [a = 0, b = 0, c = 0, count = 0] = this.state
    const sum = (a + b + count) >>> 0
    this.state[0] = b ^ (b >>> 9)
    this.state[1] = c + (c << 3)
    this.state[2] = ((c << 21) | (c >>> 11)) + sum
    this.state[3] = count + 1
    return sum
  }

  /** From 0 to below 1. */
  part(): number {
    return this.next() / 2 ** 32
  }

  /** A whole number within two bounds, both included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.part() * (to - from + 1))
  }

  chance(probability: number): boolean {
    return this.part() < probability
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error('Nothing to pick from.')
    return from[this.whole(0, from.length - 1)] as T
  }

  /** Picks by weight. */
  weighed<T>(from: readonly (readonly [number, T])[]): T {
    let left = this.part() * from.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, thing] of from) {
      left -= weight
      if (left < 0) return thing
    }
    return this.pick(from)[1]
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.next() & 0xff)
  }
}
