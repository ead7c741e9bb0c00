import { describe, expect, it } from 'vitest'
import { cursorAfter, EVENTS_KEPT_MS, eventData } from '../../packages/server/src/domain/event.ts'

describe('the cursor after which to go on', () => {
  it.each([
    ['from where something is kept', 5, { oldest: 3, last: 9 }, 5],
    ['from right before the oldest one kept', 2, { oldest: 3, last: 9 }, 2],
    ['from the last', 9, { oldest: 3, last: 9 }, 9],
    ['from one that was never given out', 100, { oldest: 3, last: 9 }, 9],
    ['from the start, where all is kept', 0, { oldest: 1, last: 9 }, 0],
    ['from the start, where nothing ever happened', 0, { oldest: 1, last: 0 }, 0],
    ['from the last, where nothing is kept', 9, { oldest: 10, last: 9 }, 9],
    ['from nowhere in particular', undefined, { oldest: 3, last: 9 }, 7],
  ])('%s', (_, from, cursors, after) => {
    expect(cursorAfter(from, cursors, 7)).toBe(after)
  })

  it.each([
    ['before the oldest one kept', 1, { oldest: 3, last: 9 }],
    ['before the last, where nothing is kept', 8, { oldest: 10, last: 9 }],
  ])('is refused %s', (_, from, cursors) => {
    const details = { oldest: cursors.oldest }
    expect(cursorAfter(from, cursors, 0)).toMatchObject({ code: 'cursor_too_old', details })
  })
})

describe('events', () => {
  it('are kept for 90 days', () => {
    expect(EVENTS_KEPT_MS).toBe(7_776_000_000)
  })
})

describe('what an event tells', () => {
  it('has its moment worded, and all else as it was', () => {
    expect(eventData({ address: null, at: 5 }, (at) => `at ${at}`)).toEqual({ address: null, at: 'at 5' })
    const data = { clock: 2 }
    expect(eventData(data, String)).toBe(data)
  })
})
