import { describe, expect, it } from 'vitest'
import { readPeriod } from '../../packages/cli/src/reports/period.ts'
import { openZone } from '../../packages/cli/src/reports/zone.ts'

const HOUR = 3_600_000

/** Thursday, the first of January 2026, half past midnight in Bucharest; in New York it is still 2025. */
const newYear = Date.UTC(2025, 11, 31, 22, 30)

const read = (words: string, zone = 'Europe/Bucharest', now = newYear) => {
  const { from, to, title, name } = readPeriod(words, openZone(zone), now)
  const told = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString().slice(0, 16))
  return { from: told(from), to: told(to), title, name, hours: ((to ?? 0) - (from ?? 0)) / HOUR }
}

describe('a period', () => {
  it.each([
    ['day', '2025-12-31T22:00', '2026-01-01T22:00', 'Thursday, 1 January 2026'],
    ['today', '2025-12-31T22:00', '2026-01-01T22:00', 'Thursday, 1 January 2026'],
    ['yesterday', '2025-12-30T22:00', '2025-12-31T22:00', 'Wednesday, 31 December 2025'],
    ['week', '2025-12-28T22:00', '2026-01-04T22:00', 'Week 2026-W01, 29 December 2025 to 4 January 2026'],
    ['last week', '2025-12-21T22:00', '2025-12-28T22:00', 'Week 2025-W52, 22 to 28 December 2025'],
    ['month', '2025-12-31T22:00', '2026-01-31T22:00', 'January 2026'],
    ['this month', '2025-12-31T22:00', '2026-01-31T22:00', 'January 2026'],
    ['last month', '2025-11-30T22:00', '2025-12-31T22:00', 'December 2025'],
    ['year', '2025-12-31T22:00', '2026-12-31T22:00', '2026'],
    ['last year', '2024-12-31T22:00', '2025-12-31T22:00', '2025'],
    ['2028-02', '2028-01-31T22:00', '2028-02-29T22:00', 'February 2028'],
    ['2028-02-29', '2028-02-28T22:00', '2028-02-29T22:00', 'Tuesday, 29 February 2028'],
    ['2026-W05', '2026-01-25T22:00', '2026-02-01T22:00', 'Week 2026-W05, 26 January to 1 February 2026'],
    ['2026-w05', '2026-01-25T22:00', '2026-02-01T22:00', 'Week 2026-W05, 26 January to 1 February 2026'],
    ['2026-W53', '2026-12-27T22:00', '2027-01-03T22:00', 'Week 2026-W53, 28 December 2026 to 3 January 2027'],
    ['2020-W53', '2020-12-27T22:00', '2021-01-03T22:00', 'Week 2020-W53, 28 December 2020 to 3 January 2021'],
    ['2026-01-05..2026-01-09', '2026-01-04T22:00', '2026-01-09T22:00', '5 to 9 January 2026'],
    ['2026-01..2026-03', '2025-12-31T22:00', '2026-03-31T21:00', '1 January to 31 March 2026'],
    ['2025 .. 2026', '2024-12-31T22:00', '2026-12-31T22:00', '1 January 2025 to 31 December 2026'],
    ['last month..today', '2025-11-30T22:00', '2026-01-01T22:00', '1 December 2025 to 1 January 2026'],
    ['2026-01-05..2026-01-05', '2026-01-04T22:00', '2026-01-05T22:00', '5 January 2026'],
    ['2026-02..', '2026-01-31T22:00', null, 'Since 1 February 2026'],
    ['..2025', null, '2025-12-31T22:00', 'Until 31 December 2025'],
    ['all', null, null, 'Everything'],
    ['..', null, null, 'Everything'],
    ['  LAST   Month ', '2025-11-30T22:00', '2025-12-31T22:00', 'December 2025'],
  ])('is read: %s', (words, from, to, title) => {
    expect(read(words)).toMatchObject({ from, to, title })
  })

  it.each([
    ['Europe/Bucharest', '2026-03-29', 23],
    ['Europe/Bucharest', '2026-10-25', 25],
    ['Europe/Bucharest', '2026-W13', 7 * 24 - 1],
    ['Europe/Bucharest', '2026-W43', 7 * 24 + 1],
    ['Europe/Bucharest', '2026-03', 31 * 24 - 1],
    ['Europe/Bucharest', '2026', 365 * 24],
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    ['America/New_York', '2026-11', 30 * 24 + 1],
    ['America/New_York', '2028', 366 * 24],
  ])('in %s, %s lasts %d hours', (zone, words, hours) => {
    expect(read(words, zone).hours).toBe(hours)
  })

  it('follows the zone: at the same instant it is another year elsewhere', () => {
    expect(read('year', 'America/New_York')).toMatchObject({ title: '2025', from: '2025-01-01T05:00' })
    expect(read('year', 'Europe/Bucharest')).toMatchObject({ title: '2026', from: '2025-12-31T22:00' })
  })

  it.each([
    ['week', '2026-W01'],
    ['month', '2026-01'],
    ['day', '2026-01-01'],
    ['2026-01-05..2026-01-09', '2026-01-05..2026-01-09'],
    ['..2025', '..2025-12-31'],
  ])('of %s is named so that it can be typed again: %s', (words, name) => {
    expect(read(words).name).toBe(name)
    expect(read(name)).toMatchObject({ from: read(words).from, to: read(words).to })
  })

  it.each([
    'fortnight',
    'last',
    'next week',
    '2026-13',
    '2026-02-29',
    '2026-00-01',
    '2026-1-5',
    '2026-W00',
    '2025-W53',
    '2027-W54',
    '0000',
    '1969',
    '26',
    '2026-01-01T09:00',
    '2026-01-01...2026-01-02',
    'x..today',
    '',
  ])('is not read from "%s"', (words) => {
    expect(() => read(words)).toThrow('is no period')
  })

  it('does not end before it begins', () => {
    expect(() => read('2026-02..2026-01')).toThrow('ends before it begins')
  })
})
