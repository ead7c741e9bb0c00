import type { Log } from '../log.ts'
import type { Metrics, RefusedFor } from '../metrics/metrics.ts'

/** How many of each reason are written down one by one in an interval; further ones are summed up at its end. */
const SINGLE_MAX = 5
const INTERVAL_MS = 60_000

/** Writes down who was not let in, or not let go on, and why: so many lines a minute at most, whatever comes. */
export class TurnedAway {
  private readonly metrics: Metrics
  private readonly log: Pick<Log, 'warn'>
  private counts = new Map<RefusedFor, number>()
  private timer: NodeJS.Timeout | undefined

  constructor(metrics: Metrics, log: Pick<Log, 'warn'>) {
    this.metrics = metrics
    this.log = log
  }

  /** Counts one; `address` is null on the admin channel. */
  add(reason: RefusedFor, address: string | null): void {
    this.metrics.refused(reason)
    const count = (this.counts.get(reason) ?? 0) + 1
    this.counts.set(reason, count)
    this.timer ??= setTimeout(() => this.sumUp(), INTERVAL_MS).unref()
    if (count <= SINGLE_MAX) this.log.warn('connection refused', { reason, address })
  }

  /** Writes down how many there were that no line tells of, and begins anew. */
  sumUp(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const further = [...this.counts].flatMap(([reason, count]) =>
      count > SINGLE_MAX ? [[reason, count - SINGLE_MAX]] : [],
    )
    this.counts = new Map()
    if (further.length > 0) this.log.warn('further connections refused', { reasons: Object.fromEntries(further) })
  }
}
