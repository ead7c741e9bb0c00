import { describe, expect, it } from 'vitest'
import type { Timer } from '../../packages/server/src/domain/rows.ts'
import {
  exhaustsAt,
  LOW_AT_MS,
  leftMs,
  lowPassed,
  pauseTimer,
  pendingMs,
  resumeTimer,
  startTimer,
  stateOf,
  usedMs,
  wakesAt,
} from '../../packages/server/src/domain/timer.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NINE = Date.UTC(2026, 0, 5, 9)

/** Minutes past nine. */
const at = (minutes: number) => NINE + minutes * MINUTE

/** What a rule gave, which must not be a refusal. */
function theTimer(given: Timer | { failed: true; code: string }): Timer {
  if ('failed' in given) throw new Error(given.code)
  return given
}

/** A timer as it stands after moves at minutes past nine: started, then paused and resumed in turn. */
function aTimer(start: number, ...turns: number[]): Timer {
  let timer = theTimer(startTimer({ timer: null, timeSheet: 7 }, HOUR, at(start), null))
  for (const [index, turn] of turns.entries()) {
    timer = theTimer(index % 2 === 0 ? pauseTimer(timer, at(turn)) : resumeTimer(timer, at(turn)))
  }
  return timer
}

/** The same from a table; null is no timer. What a table holds is there before any test runs, so it holds moves, not timers. */
function timerAfter(moves: readonly number[] | null): Timer | null {
  const [start, ...turns] = moves ?? []
  return start === undefined ? null : aTimer(start, ...turns)
}

describe('startTimer', () => {
  it('begins on the active time sheet with nothing used', () => {
    expect(startTimer({ timer: null, timeSheet: 7 }, HOUR, NINE, 'review')).toEqual({
      startedAt: NINE,
      runningSince: NINE,
      pausedAt: null,
      pendingMs: 0,
      pendingCount: 0,
      usedMs: 0,
      sheet: 7,
      notes: 'review',
    })
  })

  it.each([
    ['a timer runs', [0], HOUR, 'clock_already_running'],
    ['one is paused', [0, 1], HOUR, 'clock_paused'],
    ['nothing is left', null, 0, 'insufficient_minutes'],
    ['one runs and nothing is left', [0], 0, 'clock_already_running'],
  ])('is refused where %s', (_, moves, balance, code) => {
    expect(startTimer({ timer: timerAfter(moves), timeSheet: 7 }, balance, NINE, null)).toMatchObject({ code })
  })

  it('needs one millisecond', () => {
    expect(startTimer({ timer: null, timeSheet: 7 }, 1, NINE, null)).toMatchObject({ startedAt: NINE })
    expect(startTimer({ timer: null, timeSheet: 7 }, 0, NINE, null)).toMatchObject({ details: { minutes: 0 } })
  })
})

describe('pauseTimer', () => {
  it('stops the use and counts the pause', () => {
    expect(pauseTimer(aTimer(0), at(2))).toMatchObject({ pausedAt: at(2), usedMs: 2 * MINUTE, pendingCount: 1 })
    expect(pauseTimer(aTimer(0, 2, 5), at(6))).toMatchObject({
      usedMs: 3 * MINUTE,
      pendingCount: 2,
      pendingMs: 3 * MINUTE,
    })
  })

  it.each([
    ['no timer', null, 'clock_not_running'],
    ['a paused one', [0, 1], 'clock_paused'],
  ])('is refused to %s', (_, moves, code) => {
    expect(pauseTimer(timerAfter(moves), at(2))).toMatchObject({ code })
  })
})

describe('resumeTimer', () => {
  it('goes on from now and keeps what the pauses were', () => {
    expect(resumeTimer(aTimer(0, 2), at(5))).toMatchObject({
      startedAt: NINE,
      runningSince: at(5),
      pausedAt: null,
      usedMs: 2 * MINUTE,
      pendingMs: 3 * MINUTE,
      pendingCount: 1,
    })
  })

  it.each([
    ['no timer', null, 'clock_not_running'],
    ['one that runs', [0], 'clock_not_paused'],
  ])('is refused to %s', (_, moves, code) => {
    expect(resumeTimer(timerAfter(moves), at(2))).toMatchObject({ code })
  })
})

describe('a timer, minute by minute', () => {
  it.each([
    // moves (start, pause, resume, …), now; state, used, pending
    ['started', [0], 0, 'active', 0, 0],
    ['running', [0], 10, 'active', 10, 0],
    ['paused', [0, 10], 10, 'pending', 10, 0],
    ['paused for long', [0, 10], 100, 'pending', 10, 90],
    ['resumed', [0, 10, 20], 20, 'active', 10, 10],
    ['running again', [0, 10, 20], 25, 'active', 15, 10],
    ['paused again', [0, 10, 20, 25], 26, 'pending', 15, 11],
    ['after two pauses', [0, 10, 20, 25, 30], 31, 'active', 16, 15],
    ['paused at once', [0, 0], 5, 'pending', 0, 5],
    ['after a jump forward', [0], 30 * 24 * 60, 'active', 30 * 24 * 60, 0],
  ] as const)('%s', (_, [start, ...turns], now, state, used, pending) => {
    const timer = aTimer(start, ...turns)
    expect(stateOf(timer)).toBe(state)
    expect(usedMs(timer, at(now))).toBe(used * MINUTE)
    expect(pendingMs(timer, at(now))).toBe(pending * MINUTE)
    // Start to now is what was used and what was paused, to the millisecond.
    expect(usedMs(timer, at(now)) + pendingMs(timer, at(now))).toBe(at(now) - timer.startedAt)
  })

  it('is inactive where there is none', () => {
    expect(stateOf(null)).toBe('inactive')
  })
})

describe('leftMs', () => {
  it.each([
    ['no timer', null, 60, 60],
    ['at the start', [0], 0, 60],
    ['while it runs', [0], 59, 1],
    ['at the end', [0], 60, 0],
    ['never below zero', [0], 61, 0],
    ['while it is paused', [0, 10], 1_000, 50],
  ])('%s', (_, moves, now, left) => {
    expect(leftMs(HOUR, timerAfter(moves), at(now))).toBe(left * MINUTE)
  })
})

describe('exhaustsAt', () => {
  it.each<[string, [number, ...number[]], number, number]>([
    ['an hour after the start', [0], HOUR, at(60)],
    ['a pause later', [0, 10, 20], HOUR, at(70)],
    ['to the millisecond', [0], 1, NINE + 1],
    ['later for every credit converted', [0], 2 * HOUR, at(120)],
  ])('%s', (_, moves, balance, end) => {
    expect(exhaustsAt(aTimer(...moves), balance)).toBe(end)
  })

  it('never while it is paused', () => {
    expect(exhaustsAt(aTimer(0, 10), HOUR)).toBeUndefined()
  })
})

describe('wakesAt', () => {
  it.each<[string, [number, ...number[]], number, number, number]>([
    ['15 minutes before the end', [0], HOUR, 0, at(45)],
    ['still, a moment before that', [0], HOUR, 44, at(45)],
    ['5 minutes before the end, once that is told', [0], HOUR, 45, at(55)],
    ['the end, once both are told', [0], HOUR, 55, at(60)],
    ['5 minutes before, where it began with 15', [0], 15 * MINUTE, 0, at(10)],
    ['the end, where it began with 5', [0], 5 * MINUTE, 0, at(5)],
    ['the end, where it began with less', [0], MINUTE, 0, at(1)],
    ['the end, even when that is over', [0], HOUR, 100, at(60)],
    ['15 minutes before the end a pause moved', [0, 10, 20], HOUR, 20, at(55)],
  ])('%s', (_, moves, balance, after, wakes) => {
    expect(wakesAt(aTimer(...moves), balance, at(after))).toBe(wakes)
  })

  it('never while it is paused', () => {
    expect(wakesAt(aTimer(0, 10), HOUR, at(10))).toBeNull()
  })
})

describe('lowPassed', () => {
  it.each([
    // left before and after, in minutes → the mark passed
    [60, 16, undefined],
    [60, 15, 15],
    [16, 10, 15],
    [15, 14, undefined],
    [15, 5, 5],
    [60, 0, 5],
    [6, 5, 5],
    [5, 4, undefined],
    [4, 30, undefined],
    [10, 10, undefined],
  ])('from %i to %i minutes: %s', (before, after, mark) => {
    expect(lowPassed(before * MINUTE, after * MINUTE)).toBe(mark === undefined ? mark : mark * MINUTE)
  })

  it('the marks are 15 and 5 minutes', () => {
    expect(LOW_AT_MS).toEqual([15 * MINUTE, 5 * MINUTE])
  })
})
