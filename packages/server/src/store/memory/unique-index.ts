import type { FieldValue } from './row-text.ts'

const multiplier = 0x01000193

/** A number of 32 bits that stands for some values. */
export function hashOfValues(values: readonly FieldValue[], places: readonly number[]): number {
  let hash = 0x811c9dc5
  for (const place of places) {
    const value = values[place] as FieldValue
    if (typeof value === 'string') {
      for (let at = 0; at < value.length; at += 1) hash = Math.imul(hash ^ value.charCodeAt(at), multiplier)
    } else {
      const number = value as number
      hash = Math.imul(hash ^ (number | 0), multiplier)
      hash = Math.imul(hash ^ Math.floor(number / 0x1_0000_0000), multiplier)
    }
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const stripes = 256

/** Ids by hash; who asks tells the ones of equal hashes apart. Split, so that no growth is a long one. */
export class UniqueIndex {
  private readonly parts: (Part | undefined)[] = new Array(stripes).fill(undefined)

  /** The first id under a hash that is the one meant; 0 where there is none. */
  find(hash: number, isMeant: (id: number) => boolean): number {
    return this.parts[hash >>> 24]?.find(hash, isMeant) ?? 0
  }

  add(hash: number, id: number): void {
    let part = this.parts[hash >>> 24]
    if (!part) {
      part = new Part()
      this.parts[hash >>> 24] = part
    }
    part.add(hash, id)
  }

  remove(hash: number, id: number): void {
    this.parts[hash >>> 24]?.remove(hash, id)
  }
}

/** A table of open addresses; an id of 0 marks a free place. */
class Part {
  private hashes = new Uint32Array(8)
  private ids = new Float64Array(8)
  private count = 0

  find(hash: number, isMeant: (id: number) => boolean): number {
    const mask = this.ids.length - 1
    for (let place = hash & mask; this.ids[place] !== 0; place = (place + 1) & mask) {
      if (this.hashes[place] === hash && isMeant(this.ids[place] as number)) return this.ids[place] as number
    }
    return 0
  }

  add(hash: number, id: number): void {
    if ((this.count + 1) * 4 > this.ids.length * 3) this.grow()
    this.place(hash, id)
    this.count += 1
  }

  remove(hash: number, id: number): void {
    const mask = this.ids.length - 1
    let hole = hash & mask
    while (this.ids[hole] !== id || this.hashes[hole] !== hash) {
      if (this.ids[hole] === 0) return
      hole = (hole + 1) & mask
    }
    // What comes behind moves up, unless it would then stand before the place it belongs to.
    for (let place = (hole + 1) & mask; this.ids[place] !== 0; place = (place + 1) & mask) {
      const home = (this.hashes[place] as number) & mask
      if (((place - home) & mask) < ((place - hole) & mask)) continue
      this.hashes[hole] = this.hashes[place] as number
      this.ids[hole] = this.ids[place] as number
      hole = place
    }
    this.ids[hole] = 0
    this.count -= 1
  }

  private place(hash: number, id: number): void {
    const mask = this.ids.length - 1
    let place = hash & mask
    while (this.ids[place] !== 0) place = (place + 1) & mask
    this.hashes[place] = hash
    this.ids[place] = id
  }

  private grow(): void {
    const { hashes, ids } = this
    this.hashes = new Uint32Array(hashes.length * 2)
    this.ids = new Float64Array(ids.length * 2)
    for (let place = 0; place < ids.length; place += 1) {
      if (ids[place] !== 0) this.place(hashes[place] as number, ids[place] as number)
    }
  }
}
