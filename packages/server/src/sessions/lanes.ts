import { type Refusal, refuse } from '@ewallet/protocol'
import type { Awaitable } from '../store/store.ts'

/** How many instructions may be open. */
export interface LaneLimits {
  inFlightPerSessionMax: number
  /** Of one worker's sessions together. */
  queuePerWorkerMax: number
}

interface Lane {
  /** How many of its instructions wait, or run and are not answered yet. */
  open: number
  /** Whether one of them is not applied yet. */
  isTaken: boolean
  /** Those that wait for their turn. */
  readonly waiting: (() => void)[]
  /** Whether turns are being given to them. */
  isGoingOn: boolean
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

  /**
   * Runs an instruction in its session's turn; the next one's turn comes when it says `applied`, at the latest when it ends. `hear` is
   * told, once it is begun, what it comes to.
   */
  run<T>(
    session: string | undefined,
    work: (applied: () => void) => Awaitable<T>,
    hear: (outcome: Awaitable<T | Refusal<'too_busy'>>) => void,
  ): void {
    if (session === undefined || this.isFull(session)) {
      hear(session === undefined ? begun(work, () => {}) : refuse('too_busy'))
      return
    }
    const worker = this.workers.get(session) ?? 0
    const lane = this.laneOf(session)
    this.queues.set(worker, this.queueOf(worker) + 1)
    lane.open += 1
    if (lane.isTaken || lane.isGoingOn) lane.waiting.push(() => hear(this.take(session, lane, worker, work)))
    else hear(this.take(session, lane, worker, work))
  }

  private take<T>(
    session: string,
    lane: Lane,
    worker: number,
    work: (applied: () => void) => Awaitable<T>,
  ): Awaitable<T> {
    lane.isTaken = true
    let isPassed = false
    const pass = () => {
      if (isPassed) return
      isPassed = true
      lane.isTaken = false
      goOn(lane)
    }
    const outcome = begun(work, pass)
    const end = () => {
      pass()
      this.leave(session, lane, worker)
    }
    if (outcome instanceof Promise) outcome.then(end, end)
    else end()
    return outcome
  }

  private leave(session: string, lane: Lane, worker: number): void {
    lane.open -= 1
    if (lane.open === 0) this.lanes.delete(session)
    const left = this.queueOf(worker) - 1
    if (left === 0) this.queues.delete(worker)
    else this.queues.set(worker, left)
  }

  private laneOf(session: string): Lane {
    let lane = this.lanes.get(session)
    if (!lane) {
      lane = { open: 0, isTaken: false, waiting: [], isGoingOn: false }
      this.lanes.set(session, lane)
    }
    return lane
  }

  /** Whether no further instruction of a session is let in. */
  isFull(session: string | undefined): boolean {
    if (session === undefined) return false
    const { inFlightPerSessionMax, queuePerWorkerMax } = this.limits
    const open = this.lanes.get(session)?.open ?? 0
    return open >= inFlightPerSessionMax || this.queueOf(this.workers.get(session) ?? 0) >= queuePerWorkerMax
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

/** Begins work; what it throws at once is a promise that fails. */
function begun<T>(work: (applied: () => void) => Awaitable<T>, applied: () => void): Awaitable<T> {
  try {
    return work(applied)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Gives turns to those who wait until one takes it for longer; who ends at once does not give its turn on from within, however many there are. */
function goOn(lane: Lane): void {
  if (lane.isGoingOn) return
  lane.isGoingOn = true
  try {
    for (let next = lane.waiting.shift(); next; next = lane.isTaken ? undefined : lane.waiting.shift()) next()
  } finally {
    lane.isGoingOn = false
  }
}
