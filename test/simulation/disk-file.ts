import type { Dice } from './dice.ts'

const SECTOR = 512
const PAGE = 4096

/** Bytes that grow. */
class Bytes {
  private held = new Uint8Array(0)
  size = 0

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.byteLength
    if (end > this.held.byteLength) {
      const more = new Uint8Array(Math.max(end, this.held.byteLength * 2, 256))
      more.set(this.held.subarray(0, this.size))
      this.held = more
    }
    this.held.set(bytes, at)
    this.size = Math.max(this.size, end)
  }

  resize(size: number): void {
    if (size < this.size) this.held.fill(0, size, this.size)
    else if (size > this.held.byteLength) this.write(size, new Uint8Array(0))
    this.size = size
  }

  copy(from = 0, to = this.size): Uint8Array {
    return this.held.slice(from, Math.min(to, this.size))
  }
}

/** A write or a change of size that no fsync has covered yet. */
type Pending = { at: number; bytes: Uint8Array } | { size: number }

/** What a file holds for those who read it, and what of it is on disk for certain. */
export class File {
  /** What programs see. */
  seen = new Bytes()
  /** What is on disk for certain. */
  kept = new Bytes()
  pending: Pending[] = []

  change(pending: Pending): void {
    apply(this.seen, pending)
    this.pending.push(pending)
  }

  /** Puts the first so many changes on disk. */
  keep(count: number): void {
    for (const pending of this.pending.splice(0, count)) apply(this.kept, pending)
  }

  /** Lets something arbitrary of the changes reach the disk, and forgets the others. */
  lose(dice: Dice): void {
    if (this.pending.length > 0) this.kept = whatIsLeft(this.kept, this.pending, dice)
    this.pending = []
  }

  /** Leaves what a power cut leaves. */
  cut(dice: Dice): void {
    this.lose(dice)
    this.seen = new Bytes()
    this.seen.write(0, this.kept.copy())
  }
}

/** Of every page some state it had since the last fsync; a torn one now and then, and any size the file had or grew through. */
function whatIsLeft(kept: Bytes, pending: readonly Pending[], dice: Dice): Bytes {
  const sizes = [kept.size]
  for (const each of pending) {
    sizes.push('size' in each ? each.size : Math.max(sizes.at(-1) ?? 0, each.at + each.bytes.byteLength))
  }
  const largest = Math.max(...sizes)
  const grows = largest > kept.size && dice.chance(0.4)
  const size = grows ? dice.whole(kept.size, largest) : dice.pick(sizes)
  const left = new Bytes()
  left.write(0, kept.copy())
  left.resize(largest)
  for (let page = 0; page < largest; page += PAGE) {
    const reached = dice.chance(0.5) ? pending.length : dice.whole(0, pending.length)
    const isTorn = dice.chance(0.2)
    for (let sector = page; sector < Math.min(page + PAGE, largest); sector += SECTOR) {
      const upTo = isTorn ? dice.whole(0, pending.length) : reached
      for (const each of pending.slice(0, upTo)) applyWithin(left, each, sector, Math.min(sector + SECTOR, largest))
    }
  }
  left.resize(size)
  return left
}

function apply(bytes: Bytes, pending: Pending): void {
  if ('size' in pending) bytes.resize(pending.size)
  else bytes.write(pending.at, pending.bytes)
}

function applyWithin(bytes: Bytes, pending: Pending, from: number, to: number): void {
  if ('size' in pending) {
    if (pending.size < to) bytes.write(Math.max(from, pending.size), new Uint8Array(to - Math.max(from, pending.size)))
    return
  }
  const start = Math.max(from, pending.at)
  const end = Math.min(to, pending.at + pending.bytes.byteLength)
  if (start < end) bytes.write(start, pending.bytes.subarray(start - pending.at, end - pending.at))
}
