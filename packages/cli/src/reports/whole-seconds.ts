import type { Interval } from './history.ts'

/**
 * Rounds intervals, oldest first, to whole seconds, the remainder of one carried to the next: however many follow each other, they
 * last as long together as they were charged, within less than a second. None begins before one ends that it did not overlap.
 */
export function wholeSeconds(intervals: readonly Interval[]): Interval[] {
  let exact = 0
  let told = 0
  let before: { exact: number; told: number } | undefined
  return intervals.map(({ timeRecord, start, stop }) => {
    exact += stop - start
    const lasting = Math.round(exact / 1_000) * 1_000 - told
    told += lasting
    const second = Math.floor(start / 1_000) * 1_000
    const from = before && start >= before.exact ? Math.max(second, before.told) : second
    before = { exact: stop, told: from + lasting }
    return { timeRecord, start: from, stop: from + lasting }
  })
}
