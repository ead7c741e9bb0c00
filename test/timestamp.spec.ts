import { afterEach, describe, expect, it } from 'vitest'
import { isoTimestamp, localTimestamp, momentOf } from '../packages/server/src/timestamp.ts'

const NINE = Date.UTC(2026, 0, 5, 9)

afterEach(() => {
  process.env.TZ = 'UTC'
})

describe('momentOf', () => {
  it.each([
    ['2026-01-05T09:00:00Z', NINE],
    ['2026-01-05T09:00Z', NINE],
    ['2026-01-05T09:00:00.250Z', NINE + 250],
    ['2026-01-05T09:00:00.123456789Z', NINE + 123],
    ['2026-01-05T11:00:00+02:00', NINE],
    ['05-01-2026 09:00:00', NINE],
    ['05-01-2026', Date.UTC(2026, 0, 5)],
    ['2026-01-05', Date.UTC(2026, 0, 5)],
    ['29-02-2024', Date.UTC(2024, 1, 29)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['01-01-0050', Date.parse('0050-01-01T00:00:00Z')],
  ])('%s is a moment', (text, at) => {
    expect(momentOf(text)).toBe(at)
  })

  it.each([
    '2026-02-29',
    '2026-02-31T00:00:00Z',
    '2026-04-31T00:00:00+02:00',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '31-02-2026',
    '00-01-2026',
    '01-13-2026 09:00:00',
    '05-01-2026 24:00:00',
    '05-01-2026 09:60:00',
    '05-01-2026 09:00:60',
    '2026-01-05T25:00:00Z',
    '2026-01-05T09:60:00Z',
    '2026-01-05T09:00:60Z',
    'yesterday',
    '',
  ])('%j is none', (text) => {
    expect(momentOf(text)).toBeNaN()
  })

  it("takes a moment without a zone for one in the daemon's", () => {
    process.env.TZ = 'Europe/Bucharest'
    expect(momentOf('05-01-2026 11:00:00')).toBe(NINE)
    expect(momentOf('05-07-2026 12:00:00')).toBe(Date.UTC(2026, 6, 5, 9))
    expect(momentOf('2026-01-05')).toBe(Date.UTC(2026, 0, 4, 22))
  })
})

describe('a timestamp', () => {
  it("is told in the daemon's zone, or in UTC as RFC 3339", () => {
    process.env.TZ = 'Europe/Bucharest'
    expect(localTimestamp(NINE)).toBe('05-01-2026 11:00:00')
    expect(isoTimestamp(NINE)).toBe('2026-01-05T09:00:00.000Z')
  })

  it('comes back as the moment it tells', () => {
    for (const zone of ['UTC', 'Europe/Bucharest', 'America/St_Johns']) {
      process.env.TZ = zone
      for (const at of [NINE, Date.UTC(2026, 6, 5, 23, 59, 59), Date.UTC(1999, 11, 31)]) {
        expect(momentOf(localTimestamp(at))).toBe(at)
        expect(momentOf(isoTimestamp(at))).toBe(at)
      }
    }
  })
})
