import { type Refusal, refuse } from '@ewallet/protocol'
import type { Clock, Timer } from './rows.ts'

const MINUTE_MS = 60_000
/** How much is left when `clock.low` is told, in ms (decisions.md, The clock). */
export const LOW_AT_MS = [15 * MINUTE_MS, 5 * MINUTE_MS] as const

/** `clock_state` of an answer. */
export function stateOf(timer: Timer | null): 'inactive' | 'active' | 'pending' {
  if (!timer) return 'inactive'
  return timer.pausedAt === null ? 'active' : 'pending'
}

/** A timer that starts now and ends on the clock's active time sheet. Prepaid: there must be something left to run down, in ms. */
export function startTimer(
  { timer, timeSheet }: Pick<Clock, 'timer' | 'timeSheet'>,
  balance: number,
  now: number,
  notes: string | null,
): Timer | Refusal<'clock_already_running' | 'clock_paused' | 'insufficient_minutes'> {
  if (timer) return refuse(timer.pausedAt === null ? 'clock_already_running' : 'clock_paused')
  if (balance <= 0) return refuse('insufficient_minutes', { minutes: 0 })
  return {
    startedAt: now,
    runningSince: now,
    pausedAt: null,
    pendingMs: 0,
    pendingCount: 0,
    usedMs: 0,
    sheet: timeSheet,
    notes,
  }
}

/** The timer paused now. */
export function pauseTimer(timer: Timer | null, now: number): Timer | Refusal<'clock_not_running' | 'clock_paused'> {
  if (!timer) return refuse('clock_not_running')
  if (timer.pausedAt !== null) return refuse('clock_paused')
  return { ...timer, pausedAt: now, usedMs: usedMs(timer, now), pendingCount: timer.pendingCount + 1 }
}

/** The timer resumed now. */
export function resumeTimer(
  timer: Timer | null,
  now: number,
): Timer | Refusal<'clock_not_running' | 'clock_not_paused'> {
  if (!timer) return refuse('clock_not_running')
  if (timer.pausedAt === null) return refuse('clock_not_paused')
  return { ...timer, runningSince: now, pausedAt: null, pendingMs: pendingMs(timer, now) }
}

/** What a timer used up to a moment, in ms: start to now, less the pauses. */
export function usedMs(timer: Timer, now: number): number {
  return timer.usedMs + (timer.pausedAt === null ? now - timer.runningSince : 0)
}

/** All its pauses up to a moment, in ms; the one it is in counts. */
export function pendingMs(timer: Timer, now: number): number {
  return timer.pendingMs + (timer.pausedAt === null ? 0 : now - timer.pausedAt)
}

/** What is left of a clock's balance at a moment, in ms; never below zero. */
export function leftMs(balance: number, timer: Timer | null, now: number): number {
  return timer ? Math.max(0, balance - usedMs(timer, now)) : balance
}

/** The instant a running timer has used up a balance; undefined while it is paused. */
export function exhaustsAt(timer: Timer, balance: number): number | undefined {
  return timer.pausedAt === null ? timer.runningSince + balance - timer.usedMs : undefined
}

/** When a timer next has something to tell after a moment: 15 or 5 minutes left, or nothing left; null while it is paused. */
export function wakesAt(timer: Timer, balance: number, after: number): number | null {
  const end = exhaustsAt(timer, balance)
  if (end === undefined) return null
  return LOW_AT_MS.map((left) => end - left).find((at) => at > after) ?? end
}

/** The lowest mark of `clock.low` that a change of what is left, in ms, went past; undefined where it went past none. */
export function lowPassed(before: number, after: number): number | undefined {
  return LOW_AT_MS.filter((mark) => before > mark && after <= mark).at(-1)
}
