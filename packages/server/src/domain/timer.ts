import type { Timer } from './rows.ts'

const MINUTE = 60_000
/** How much is left when `clock.low` is told, in ms (decisions.md, The clock). */
export const LOW_AT_MS = [15 * MINUTE, 5 * MINUTE] as const

/** A timer that starts now on a time sheet. */
export function startedTimer(now: number, sheet: number, notes: string | null): Timer {
  return { startedAt: now, runningSince: now, pausedAt: null, pendingMs: 0, pendingCount: 0, usedMs: 0, sheet, notes }
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

/** The timer paused now. It must run. */
export function pausedTimer(timer: Timer, now: number): Timer {
  return { ...timer, pausedAt: now, usedMs: usedMs(timer, now), pendingCount: timer.pendingCount + 1 }
}

/** The timer resumed now. It must be paused. */
export function resumedTimer(timer: Timer, now: number): Timer {
  return { ...timer, runningSince: now, pausedAt: null, pendingMs: pendingMs(timer, now) }
}
