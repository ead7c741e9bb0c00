import type { Range } from '../store.ts'

/** Whether a row stands within a range. */
export function isWithin(order: number, id: number, { from, to, after, descending }: Range): boolean {
  if (from !== undefined && order < from) return false
  if (to !== undefined && order >= to) return false
  if (!after) return true
  const beyond = order - after.order || id - after.id
  return descending ? beyond < 0 : beyond > 0
}

/** Ids in groups, each in the order of a number and then of the ids. */
export class OrderedIndex {
  /** A group of one is its id alone: most groups are. */
  private readonly groups = new Map<string | number, number | Order>()
  private readonly orderOf: (id: number) => number

  /** `orderOf` tells the order's number of an id that the index holds. */
  constructor(orderOf: (id: number) => number) {
    this.orderOf = orderOf
  }

  add(key: string | number, order: number, id: number): void {
    const group = this.groups.get(key)
    if (group === undefined) this.groups.set(key, id)
    else if (typeof group === 'object') group.add(order, id)
    else {
      const both = new Order(this.orderOf(group), group)
      both.add(order, id)
      this.groups.set(key, both)
    }
  }

  remove(key: string | number, order: number, id: number): void {
    const group = this.groups.get(key)
    if (typeof group === 'object') {
      group.remove(order, id)
      if (group.isEmpty) this.groups.delete(key)
    } else if (group === id) this.groups.delete(key)
  }

  /** Walks a group in the direction of a range from where that begins, until `visit` says false. */
  walk(key: string | number, range: Range, visit: (order: number, id: number) => boolean): void {
    const group = this.groups.get(key)
    if (group === undefined) return
    if (typeof group === 'object') group.walk(range, visit)
    else {
      const order = this.orderOf(group)
      if (isWithin(order, group, range)) visit(order, group)
    }
  }
}

const chunkLength = 512
const smallestChunk = 4

/**
 * A part of an order, short enough to be shifted about: each order's number and its id behind it, in one array of numbers, which
 * the garbage collector never looks into.
 */
class Chunk {
  pairs: Float64Array
  count = 0

  constructor(capacity: number) {
    this.pairs = new Float64Array(capacity * 2)
  }

  orderAt(place: number): number {
    return this.pairs[place * 2] as number
  }

  idAt(place: number): number {
    return this.pairs[place * 2 + 1] as number
  }

  /** Whether the one at a place comes before an order and an id. */
  isBefore(place: number, order: number, id: number): boolean {
    const at = this.pairs[place * 2] as number
    return at < order || (at === order && (this.pairs[place * 2 + 1] as number) < id)
  }

  /** The first place whose one comes at or after an order and an id. */
  placeOf(order: number, id: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.isBefore(middle, order, id)) low = middle + 1
      else high = middle
    }
    return low
  }

  insert(place: number, order: number, id: number): void {
    if (this.count * 2 === this.pairs.length) {
      const pairs = new Float64Array(Math.min(this.count * 2, chunkLength) * 2)
      pairs.set(this.pairs)
      this.pairs = pairs
    }
    if (place < this.count) this.pairs.copyWithin(place * 2 + 2, place * 2, this.count * 2)
    this.pairs[place * 2] = order
    this.pairs[place * 2 + 1] = id
    this.count += 1
  }

  remove(place: number): void {
    this.pairs.copyWithin(place * 2, place * 2 + 2, this.count * 2)
    this.count -= 1
  }

  /** Gives its second half away. */
  split(): Chunk {
    const half = this.count >>> 1
    const other = new Chunk(chunkLength)
    other.pairs.set(this.pairs.subarray(half * 2, this.count * 2))
    other.count = this.count - half
    this.count = half
    return other
  }
}

/** Ids of one group in their order. */
class Order {
  private readonly chunks: Chunk[]

  constructor(order: number, id: number) {
    const chunk = new Chunk(smallestChunk)
    chunk.insert(0, order, id)
    this.chunks = [chunk]
  }

  get isEmpty(): boolean {
    return this.chunks.length === 0
  }

  add(order: number, id: number): void {
    const last = this.chunks[this.chunks.length - 1] as Chunk
    if (last.isBefore(last.count - 1, order, id)) {
      if (last.count < chunkLength) {
        last.insert(last.count, order, id)
        return
      }
      const next = new Chunk(chunkLength)
      next.insert(0, order, id)
      this.chunks.push(next)
      return
    }
    const at = this.chunkOf(order, id)
    const chunk = this.chunks[at] as Chunk
    if (chunk.count < chunkLength) {
      chunk.insert(chunk.placeOf(order, id), order, id)
      return
    }
    const other = chunk.split()
    this.chunks.splice(at + 1, 0, other)
    const taker = chunk.isBefore(chunk.count - 1, order, id) ? other : chunk
    taker.insert(taker.placeOf(order, id), order, id)
  }

  remove(order: number, id: number): void {
    const at = this.chunkOf(order, id)
    const chunk = this.chunks[at]
    if (!chunk) return
    const place = chunk.placeOf(order, id)
    if (chunk.idAt(place) !== id) return
    chunk.remove(place)
    if (chunk.count === 0) this.chunks.splice(at, 1)
  }

  walk(range: Range, visit: (order: number, id: number) => boolean): void {
    if (range.descending) this.walkDown(range, visit)
    else this.walkUp(range, visit)
  }

  private walkUp({ from, to, after }: Range, visit: (order: number, id: number) => boolean): void {
    let start: Place = from === undefined ? { at: 0, place: 0 } : this.locate(from, 0)
    if (after) {
      const beyond = this.locate(after.order, after.id + 1)
      if (isEarlier(start, beyond)) start = beyond
    }
    let { at, place } = start
    for (let chunk = this.chunks[at]; chunk; chunk = this.chunks[++at], place = 0) {
      for (; place < chunk.count; place += 1) {
        const order = chunk.orderAt(place)
        if (to !== undefined && order >= to) return
        if (!visit(order, chunk.idAt(place))) return
      }
    }
  }

  private walkDown({ from, to, after }: Range, visit: (order: number, id: number) => boolean): void {
    let end: Place = to === undefined ? { at: this.chunks.length, place: 0 } : this.locate(to, 0)
    if (after) {
      const before = this.locate(after.order, after.id)
      if (isEarlier(before, end)) end = before
    }
    let { at, place } = end
    for (let chunk = this.chunks[at]; at >= 0; chunk = this.chunks[--at], place = chunk?.count ?? 0) {
      for (place -= 1; chunk && place >= 0; place -= 1) {
        const order = chunk.orderAt(place)
        if (from !== undefined && order < from) return
        if (!visit(order, chunk.idAt(place))) return
      }
    }
  }

  /** The first chunk whose last one comes at or after an order and an id. */
  private chunkOf(order: number, id: number): number {
    let low = 0
    let high = this.chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const chunk = this.chunks[middle] as Chunk
      if (chunk.isBefore(chunk.count - 1, order, id)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The first one that comes at or after an order and an id. */
  private locate(order: number, id: number): Place {
    const at = this.chunkOf(order, id)
    return { at, place: this.chunks[at]?.placeOf(order, id) ?? 0 }
  }
}

/** A chunk and a place in it. */
interface Place {
  at: number
  place: number
}

function isEarlier(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && one.place < other.place)
}
