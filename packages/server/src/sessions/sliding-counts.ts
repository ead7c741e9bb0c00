/** Above this many keys, those of which nothing counts any more are forgotten. */
const KNOWN_MAX = 10_000
/** How often it is looked for them at the most, in ms. */
const LOOK_MS = 1_000

/** Counts what happened under a key within the last span of time, whenever that is asked: no burst fits around the turn of an hour. */
export class SlidingCounts {
  private readonly max: number
  private readonly spanMs: number
  /** When it happened, the newest last, at most `max` of them. */
  private readonly times = new Map<string, number[]>()
  private lookedAt = 0

  constructor(max: number, spanMs: number) {
    this.max = max
    this.spanMs = spanMs
  }

  /** How long until it may happen again; 0 when it may now. */
  waitMs(key: string, now: number): number {
    const oldest = this.times.get(key)?.at(-this.max)
    return oldest === undefined ? 0 : Math.max(0, oldest + this.spanMs - now)
  }

  /** Counts one. */
  add(key: string, now: number): void {
    const times = this.times.get(key) ?? []
    times.push(now)
    if (times.length > this.max) times.shift()
    this.times.set(key, times)
    if (this.times.size > KNOWN_MAX && now - this.lookedAt >= LOOK_MS) this.forget(now)
  }

  private forget(now: number): void {
    this.lookedAt = now
    for (const [key, times] of this.times) {
      if (now - (times.at(-1) ?? 0) >= this.spanMs) this.times.delete(key)
    }
  }
}
