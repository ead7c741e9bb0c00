import { type Refusal, refuse } from '@ewallet/protocol'

const SECOND = 1_000

/** Counts what each session, or each connection without one, says within a second. */
export class Paces {
  private readonly max: number
  private readonly counts = new Map<unknown, number>()
  private began = 0

  /** At most `max` in a second. */
  constructor(max: number) {
    this.max = max
  }

  /** Counts one; refuses once there were too many in the second that goes on. */
  take(who: unknown, now: number): Refusal<'too_many_requests'> | undefined {
    if (now - this.began >= SECOND) {
      this.counts.clear()
      this.began = now
    }
    const count = (this.counts.get(who) ?? 0) + 1
    if (count > this.max) {
      return refuse('too_many_requests', { seconds: 1 }, `A session may say at most ${this.max} instructions a second.`)
    }
    this.counts.set(who, count)
    return undefined
  }
}
