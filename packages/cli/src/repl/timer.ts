import { isRefusal, type Response } from '@ewallet/protocol'
import type { Speaker } from '../live-values.ts'

type ClockData = Response<'client action view credit clock'>['clock_data']

/** A clock and its timer as they were at one moment, told by a clock of this machine that never jumps. */
export interface Timer {
  clock: number
  state: ClockData['clock_state']
  leftMs: number
  /** Undefined where it is not known since when it runs. */
  elapsedMs?: number
  asOfMs: number
}

/** What this machine's clock says that no setting of the time changes. */
export function monotonic(): number {
  return performance.now()
}

/** Milliseconds left at a moment; it never says less than none. */
export function leftAt({ leftMs, state, asOfMs }: Timer, now: number): number {
  return Math.max(0, state === 'active' ? leftMs - (now - asOfMs) : leftMs)
}

/** How long a timer has run at a moment, pauses left out; it ends with the clock. */
export function elapsedAt({ elapsedMs, state, leftMs, asOfMs }: Timer, now: number): number | undefined {
  if (elapsedMs === undefined || state !== 'active') return elapsedMs
  return elapsedMs + Math.min(now - asOfMs, leftMs)
}

/** Asks for the clock, and for how long its timer has run, which only the dry run of a stop tells. */
export async function lookAtTimer(speaker: Speaker, clockId?: number): Promise<Timer | undefined> {
  const which = clockId === undefined ? {} : { clock_id: clockId }
  const seen = await speaker.say('client action view credit clock', which)
  if (isRefusal(seen)) return undefined
  const { id, clock_state: state, credit_clock: left } = seen.clock_data
  const timer = { clock: id, state, leftMs: left * 60_000, asOfMs: monotonic() }
  if (state === 'inactive') return timer
  const stop = await speaker.say('client action stop clock_timer', { clock_id: id }, { dryRun: true })
  return isRefusal(stop) ? timer : { ...timer, elapsedMs: stop.minutes_spent * 60_000, asOfMs: monotonic() }
}
