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
      const both = new Order()
      both.add(this.orderOf(group), group)
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

/** A part of an order, short enough to be shifted about. */
interface Chunk {
  orders: number[]
  ids: number[]
}

/** Ids of one group in their order. */
class Order {
  private readonly chunks: Chunk[] = []
  /** What an added one must come behind to be the last. */
  private lastOrder = Number.NEGATIVE_INFINITY
  private lastId = 0

  get isEmpty(): boolean {
    return this.chunks.length === 0
  }

  add(order: number, id: number): void {
    if (order > this.lastOrder || (order === this.lastOrder && id > this.lastId)) {
      this.lastOrder = order
      this.lastId = id
      const last = this.chunks[this.chunks.length - 1]
      if (last && last.ids.length < chunkLength) {
        last.orders.push(order)
        last.ids.push(id)
      } else this.chunks.push({ orders: [order], ids: [id] })
      return
    }
    // The last one may have been removed: then what comes behind all that are left is no longer behind `lastOrder`.
    const at = Math.min(this.chunkOf(order, id), this.chunks.length - 1)
    const chunk = this.chunks[at] as Chunk
    const place = placeIn(chunk, order, id)
    chunk.orders.splice(place, 0, order)
    chunk.ids.splice(place, 0, id)
    if (chunk.ids.length <= chunkLength) return
    const half = chunkLength >>> 1
    this.chunks.splice(at + 1, 0, { orders: chunk.orders.splice(half), ids: chunk.ids.splice(half) })
  }

  remove(order: number, id: number): void {
    const at = this.chunkOf(order, id)
    const chunk = this.chunks[at]
    if (!chunk) return
    const place = placeIn(chunk, order, id)
    if (chunk.ids[place] !== id) return
    chunk.orders.splice(place, 1)
    chunk.ids.splice(place, 1)
    if (chunk.ids.length === 0) this.chunks.splice(at, 1)
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
      for (; place < chunk.ids.length; place += 1) {
        const order = chunk.orders[place] as number
        if (to !== undefined && order >= to) return
        if (!visit(order, chunk.ids[place] as number)) return
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
    for (let chunk = this.chunks[at]; at >= 0; chunk = this.chunks[--at], place = chunk?.ids.length ?? 0) {
      for (place -= 1; chunk && place >= 0; place -= 1) {
        const order = chunk.orders[place] as number
        if (from !== undefined && order < from) return
        if (!visit(order, chunk.ids[place] as number)) return
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
      if (isBefore(chunk, chunk.ids.length - 1, order, id)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The first one that comes at or after an order and an id. */
  private locate(order: number, id: number): Place {
    const at = this.chunkOf(order, id)
    const chunk = this.chunks[at]
    return { at, place: chunk ? placeIn(chunk, order, id) : 0 }
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

function isBefore({ orders, ids }: Chunk, place: number, order: number, id: number): boolean {
  const at = orders[place] as number
  return at < order || (at === order && (ids[place] as number) < id)
}

function placeIn(chunk: Chunk, order: number, id: number): number {
  let low = 0
  let high = chunk.ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(chunk, middle, order, id)) low = middle + 1
    else high = middle
  }
  return low
}
