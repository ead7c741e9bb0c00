import { type Refusal, refuse } from '@ewallet/protocol'

/** How many instructions may be open. */
export interface LaneLimits {
  inFlightPerSessionMax: number
  /** Of one worker's sessions together. */
  queuePerWorkerMax: number
}

interface Lane {
  waiting: number
  /** Resolves once the instruction before is applied. */
  turn: Promise<void>
}

/**
 * One lane a session, known by its token's hash: its instructions are applied in order, those of different sessions interleaved.
 * The lanes of a worker's sessions are together its queue, which is bounded.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>()
  /** The worker of each session that was heard of. */
  private readonly workers = new Map<string, number>()
  private readonly queues = new Map<number, number>()
  private readonly limits: LaneLimits

  constructor(limits: LaneLimits) {
    this.limits = limits
  }

  /** Runs an instruction in its session's turn; the next one's turn comes when it says `applied`, at the latest when it ends. */
  async run<T>(
    session: string | undefined,
    work: (applied: () => void) => Promise<T>,
  ): Promise<T | Refusal<'too_busy'>> {
    if (session === undefined) return work(() => {})
    if (this.isFull(session)) return refuse('too_busy')
    const lane = this.lanes.get(session) ?? { waiting: 0, turn: Promise.resolve() }
    const worker = this.workers.get(session) ?? 0
    this.lanes.set(session, lane)
    this.queues.set(worker, this.queueOf(worker) + 1)
    lane.waiting += 1
    const before = lane.turn
    let pass: () => void = () => {}
    lane.turn = new Promise((resolve) => {
      pass = resolve
    })
    await before
    try {
      return await work(pass)
    } finally {
      pass()
      lane.waiting -= 1
      if (lane.waiting === 0) this.lanes.delete(session)
      const left = this.queueOf(worker) - 1
      if (left === 0) this.queues.delete(worker)
      else this.queues.set(worker, left)
    }
  }

  /** Whether no further instruction of a session is let in. */
  isFull(session: string | undefined): boolean {
    if (session === undefined) return false
    const { inFlightPerSessionMax, queuePerWorkerMax } = this.limits
    const waiting = this.lanes.get(session)?.waiting ?? 0
    return waiting >= inFlightPerSessionMax || this.queueOf(this.workers.get(session) ?? 0) >= queuePerWorkerMax
  }

  /** Says which worker a session belongs to; undefined once it ended. */
  assign(session: string, worker: number | undefined): void {
    if (worker === undefined) this.workers.delete(session)
    else if (this.workers.get(session) !== worker) this.workers.set(session, worker)
  }

  /** How many wait or run, by worker. */
  get queued(): ReadonlyMap<number, number> {
    return this.queues
  }

  /** How many instructions of a worker's sessions wait or run. */
  queueOf(worker: number): number {
    return this.queues.get(worker) ?? 0
  }
}
