import { describe, expect, it } from 'vitest'
import { importedMs, type Stretch } from '../../packages/server/src/domain/time-import.ts'

const MINUTE = 60_000

/** A stretch in minutes. */
const s = (startedAt: number, stoppedAt: number): Stretch => ({
  startedAt: startedAt * MINUTE,
  stoppedAt: stoppedAt * MINUTE,
})

/** It is minute 100, an hour is left, nothing runs, and minutes 0 to 10 are charged. */
const against = (records: readonly Stretch[], change = {}) => ({
  now: 100 * MINUTE,
  leftMs: 60 * MINUTE,
  runningSince: undefined,
  charged: records.map(({ stoppedAt }) => (stoppedAt > 0 ? s(0, 10) : undefined)),
  ...change,
})

describe('importedMs', () => {
  it.each([
    ['one record', [s(20, 30)], 10],
    ['several, in any order', [s(50, 60), s(20, 30), s(40, 41)], 21],
    ['records that touch', [s(20, 30), s(30, 40)], 20],
    ['a record that begins where charged time ends', [s(10, 20)], 10],
    ['a record before everything', [s(-20, 0)], 20],
    ['a record that ends now', [s(99, 100)], 1],
    ['all that is left', [s(20, 50), s(50, 80)], 60],
  ])('charges %s', (_, records, minutes) => {
    expect(importedMs(records, against(records))).toBe(minutes * MINUTE)
  })

  it.each([
    ['ends after now', [s(20, 30), s(90, 100.01)], 'time_in_future', { index: 1 }],
    ['ends before it starts', [s(30, 20)], 'time_in_future', { index: 0 }],
    ['lasts no time', [s(30, 30)], 'time_in_future', { index: 0 }],
    ['overlaps charged time', [s(20, 30), s(9, 11)], 'time_overlap', { index: 1 }],
    ['lies within charged time', [s(1, 2)], 'time_overlap', { index: 0 }],
    ['overlaps the next', [s(20, 30), s(29, 40)], 'time_overlap', { index: 1 }],
    ['overlaps the one before', [s(29, 40), s(20, 30)], 'time_overlap', { index: 1 }],
    ['is there twice', [s(20, 30), s(40, 50), s(20, 30)], 'time_overlap', { index: 2 }],
    ['overlaps a long one behind a short one', [s(20, 50), s(21, 22), s(40, 45)], 'time_overlap', { index: 1 }],
    ['overlaps a long one past a short one', [s(20, 22), s(23, 50), s(40, 45)], 'time_overlap', { index: 2 }],
    ['is covered by one named later', [s(40, 45), s(20, 30), s(20, 50)], 'time_overlap', { index: 2 }],
    ['is covered by a long one, behind a short one', [s(40, 45), s(20, 50), s(21, 22)], 'time_overlap', { index: 1 }],
    ['overlaps the first of two that end at once', [s(20, 50), s(40, 45), s(30, 50)], 'time_overlap', { index: 1 }],
    [
      'costs a millisecond too much',
      [s(20, 50), s(50, 80 + 1 / MINUTE)],
      'insufficient_minutes',
      { index: 1, minutes: 60 },
    ],
    // What is unreal comes before what overlaps, and that before what costs too much.
    ['overlaps, and another is unreal', [s(9, 11), s(30, 20)], 'time_in_future', { index: 1 }],
    ['costs too much, and another overlaps', [s(10, 90), s(80, 95)], 'time_overlap', { index: 1 }],
  ])('charges nothing where one %s', (_, records, code, details) => {
    expect(importedMs(records, against(records))).toMatchObject({ code, details })
  })

  it.each([
    ['before the timer', s(40, 50), 10 * MINUTE],
    ['into the timer', s(40, 51), 'time_overlap'],
    ['within the timer', s(60, 70), 'time_overlap'],
  ])('a record %s that runs since minute 50', (_, record, expected) => {
    const answer = importedMs([record], against([record], { runningSince: 50 * MINUTE }))
    if (typeof expected === 'number') expect(answer).toBe(expected)
    else expect(answer).toMatchObject({ code: expected })
  })
})
