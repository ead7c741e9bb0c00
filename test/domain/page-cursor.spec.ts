import { describe, expect, it } from 'vitest'
import { cursorAt, placeOf } from '../../packages/server/src/domain/page-cursor.ts'

describe('a page cursor', () => {
  it.each([
    { order: 0, id: 1 },
    { order: Date.UTC(2026, 0, 5, 9), id: 123_456 },
    { order: -62_167_219_200_000, id: 1 },
    { order: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER },
  ])('names the place of order $order and id $id, in at most 64 characters', (place) => {
    expect(placeOf(cursorAt(place))).toEqual(place)
    expect(cursorAt(place).length).toBeLessThanOrEqual(64)
  })

  it.each([
    '',
    '.',
    '1',
    '1.',
    '.1',
    '1.-1',
    '--1.1',
    'A.1',
    '1.1.1',
    ' 1.1',
    '1.1 ',
    '1e5.1!',
    `${'z'.repeat(20)}.1`,
    `1.${'z'.repeat(20)}`,
  ])('is none where it reads %j', (text) => {
    expect(placeOf(text)).toBeUndefined()
  })
})
