import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayOf, isoDay, openZone, splitByDay, splitByOffset } from '../../packages/cli/src/reports/zone.ts'

const HOUR = 3_600_000
const zones = [
  'UTC',
  'Europe/Bucharest',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Goose_Bay',
  'Pacific/Apia',
]
const day = (text: string) => {
  const [year = 0, month = 0, date = 0] = text.split('-').map(Number)
  return dayOf(year, month, date) ?? Number.NaN
}

describe('a day', () => {
  it.each([
    ['Europe/Bucharest', '2026-01-05', '2026-01-04T22:00:00.000Z', 24],
    ['Europe/Bucharest', '2026-03-29', '2026-03-28T22:00:00.000Z', 23],
    ['Europe/Bucharest', '2026-10-25', '2026-10-24T21:00:00.000Z', 25],
    ['America/New_York', '2026-03-08', '2026-03-08T05:00:00.000Z', 23],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z', 25],
    ['America/New_York', '2025-12-31', '2025-12-31T05:00:00.000Z', 24],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00.000Z', 24.5],
    ['UTC', '2028-02-29', '2028-02-29T00:00:00.000Z', 24],
    // Clocks went from 00:00 to 01:00: the day begins at one.
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z', 23],
    // Clocks went from 24:00 back to 23:00: the day before is the longer one.
    ['America/Sao_Paulo', '2018-02-17', '2018-02-17T02:00:00.000Z', 25],
    // The island went over the date line and never had this day.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', 0],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z', 24],
  ])('in %s, %s begins at %s and lasts %d hours', (name, date, begins, hours) => {
    const zone = openZone(name)
    const start = zone.startOf(day(date))
    expect(new Date(start).toISOString()).toBe(begins)
    expect((zone.startOf(day(date) + 1) - start) / HOUR).toBe(hours)
  })

  it.each(zones)('of %s holds every instant between its start and the next', (name) => {
    const zone = openZone(name)
    const instant = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) })
    fc.assert(
      fc.property(instant, (at) => {
        const found = zone.dayAt(at)
        expect(zone.startOf(found)).toBeLessThanOrEqual(at)
        expect(zone.startOf(found + 1)).toBeGreaterThan(at)
      }),
    )
  })

  it('has a date, and dates that do not exist are no days', () => {
    expect(isoDay(day('2026-12-31') + 1)).toBe('2027-01-01')
    expect(dayOf(2026, 2, 29)).toBeUndefined()
    expect(dayOf(2026, 13, 1)).toBeUndefined()
    expect(dayOf(2028, 2, 29)).toBe(day('2028-02-28') + 1)
  })
})

describe('what clocks show', () => {
  const zone = openZone('Europe/Bucharest')

  it.each([
    ['an hour that is there once', Date.UTC(2026, 0, 5, 9), '2026-01-05T07:00:00.000Z', '2026-01-05T07:00:00.000Z'],
    ['an hour that comes twice', Date.UTC(2026, 9, 25, 3, 30), '2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'],
  ])('is found: %s', (_, shown, first, last) => {
    expect(new Date(zone.instantOf(shown, 'first') ?? 0).toISOString()).toBe(first)
    expect(new Date(zone.instantOf(shown, 'last') ?? 0).toISOString()).toBe(last)
  })

  it('is nothing in the hour they skip', () => {
    expect(zone.instantOf(Date.UTC(2026, 2, 29, 3, 30), 'first')).toBeUndefined()
  })
})

describe('a stretch', () => {
  const stretches = fc
    .tuple(fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) }), fc.integer({ min: 1, max: 40 * 24 * HOUR }))
    .map(([start, ms]) => ({ start, stop: start + ms }))

  it.each(zones)('is cut at the midnights of %s without losing a millisecond', (name) => {
    const zone = openZone(name)
    fc.assert(
      fc.property(stretches, (stretch) => {
        const parts = splitByDay(stretch, zone)
        expect(parts[0]?.start).toBe(stretch.start)
        expect(parts.at(-1)?.stop).toBe(stretch.stop)
        for (const [index, part] of parts.entries()) {
          expect(zone.dayAt(part.start)).toBe(part.day)
          expect(zone.dayAt(part.stop - 1)).toBe(part.day)
          if (index > 0) expect(part.start).toBe(parts[index - 1]?.stop)
        }
      }),
      { numRuns: 50 },
    )
  })

  it.each(zones)('is cut where the clocks of %s are changed, so that each part lasts what they show', (name) => {
    const zone = openZone(name)
    fc.assert(
      fc.property(stretches, (stretch) => {
        const parts = splitByOffset(stretch, zone)
        expect(parts[0]?.start).toBe(stretch.start)
        expect(parts.at(-1)?.stop).toBe(stretch.stop)
        for (const [index, { start, stop }] of parts.entries()) {
          expect(zone.offsetAt(start)).toBe(zone.offsetAt(stop - 1))
          if (index > 0) expect(start).toBe(parts[index - 1]?.stop)
        }
      }),
      { numRuns: 50 },
    )
  })
})
