import type { Path, RefusalCode } from '@ewallet/protocol'
import { Buckets } from './buckets.ts'

const latencyMs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500]
const syncMs = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000]
const batchLines = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]

/** Why a connection, or a request before any instruction was read, is turned away. */
export const refusedFor = [
  'origin',
  'host',
  'connections',
  'connections_per_address',
  'stopping',
  'header_time',
  'header_bytes',
  'not_http',
  'tls',
  'body_bytes',
  'frame_bytes',
  'bad_frame',
  'no_session',
  'no_pong',
  'events_unread',
  'answers_unread',
  'unfinished',
] as const

export type RefusedFor = (typeof refusedFor)[number]

/** What one instruction came to so far. */
interface Outcomes {
  done: number
  refused: Map<RefusalCode, number>
  latencyMs: Buckets
}

/** What is counted while the daemon runs; nothing is worked out of it before somebody asks. */
export class Metrics {
  /** By path; undefined for what was no instruction. */
  readonly instructions = new Map<Path | undefined, Outcomes>()
  /** How long an fsync of the journal takes. */
  readonly syncMs = new Buckets(syncMs)
  /** How many transactions reach the disk with one. */
  readonly batchLines = new Buckets(batchLines)

  /** How many connections were turned away, by why. */
  readonly turnedAway = new Map<RefusedFor, number>(refusedFor.map((reason) => [reason, 0]))

  /** Counts an instruction that was answered, with its refusal's code or none. */
  answered(path: Path | undefined, refused: RefusalCode | undefined, ms: number): void {
    let outcomes = this.instructions.get(path)
    if (!outcomes) {
      outcomes = { done: 0, refused: new Map(), latencyMs: new Buckets(latencyMs) }
      this.instructions.set(path, outcomes)
    }
    if (refused === undefined) outcomes.done += 1
    else outcomes.refused.set(refused, (outcomes.refused.get(refused) ?? 0) + 1)
    outcomes.latencyMs.observe(ms)
  }

  /** Counts a connection that was turned away. */
  refused(reason: RefusedFor): void {
    this.turnedAway.set(reason, (this.turnedAway.get(reason) ?? 0) + 1)
  }

  /** Counts a batch of transactions that reached the disk. */
  synced(lines: number, ms: number): void {
    this.batchLines.observe(lines)
    this.syncMs.observe(ms)
  }
}

/** What stands at the moment somebody asks. */
export interface Gauges {
  /** Sessions that are not over; undefined where the store cannot be read. */
  sessions: number | undefined
  /** How many instructions wait or run, by worker. */
  queues: ReadonlyMap<number, number>
  subscriptions: number
  /** Passwords that wait to be hashed. */
  passwordsWaiting: number
}
