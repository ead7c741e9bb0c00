import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { report } from '../../packages/cli/src/commands/report.ts'
import { type Interval, readIntervals, readStatement, type Statement } from '../../packages/cli/src/reports/history.ts'
import { everything, type Period, readPeriod } from '../../packages/cli/src/reports/period.ts'
import { gatherReport } from '../../packages/cli/src/reports/report.ts'
import { openZone } from '../../packages/cli/src/reports/zone.ts'
import { lines } from '../output/paper.ts'
import { histories, NINE, statementOver } from './histories.ts'
import { aHouse, aMonth } from './house.ts'

const HOUR = 3_600_000

describe('report', () => {
  it('tells time by day, credits by contact and what moved by type', async () => {
    const house = await aMonth()
    const { out } = await house.runs(report, { args: ['2026-W02'] })
    expect(out).toBe(
      lines(`
        Week 2026-W02, 5 to 11 January 2026 (UTC)

        Day                   Time  Credits in  Credits out
        2026-01-05 Mon  1 h 15 min         500          315
        2026-01-06 Tue      30 min
        2026-01-07 Wed      30 min
        2026-01-08 Thu
        2026-01-09 Fri
        2026-01-10 Sat
        2026-01-11 Sun
        Total           2 h 15 min         500          315

        With                        Movements  Credits in  Credits out
        systemcore@ewallet.invalid          1         500
        bob@example.org                     1                       15

        What        Movements  Credits in  Credits out  Time in    Time out
        conversion          2                      300      5 h
        supply              1         500
        time                2                                    2 h 15 min
        payment             1                       15
      `),
    )
  })

  it('cuts days at midnight in the zone', async () => {
    const house = await aMonth()
    const { out } = await house.runs(report, {
      args: ['2026-01-05..2026-01-07'],
      options: { by: 'day' },
      globals: { tz: 'Europe/Bucharest' },
    })
    expect(out).toBe(
      lines(`
        5 to 7 January 2026 (Europe/Bucharest)

        Day                   Time  Credits in  Credits out
        2026-01-05 Mon  1 h 15 min         500          315
        2026-01-06 Tue
        2026-01-07 Wed         1 h
        Total           2 h 15 min         500          315
      `),
    )
  })

  it('counts time that began before the period and lasts into it', async () => {
    const house = await aMonth()
    const { out } = await house.runs(report, { args: ['2026-01-07'], options: { by: 'day' }, globals: { json: true } })
    expect(JSON.parse(out)).toEqual({
      failed: false,
      period: '2026-01-07',
      from: '2026-01-07T00:00:00.000Z',
      to: '2026-01-08T00:00:00.000Z',
      time_zone: 'UTC',
      milliseconds: HOUR / 2,
      credits_in: 0,
      credits_out: 0,
      days: [{ date: '2026-01-07', milliseconds: HOUR / 2, credits_in: 0, credits_out: 0 }],
    })
  })

  it('draws bars by day', async () => {
    const house = await aMonth()
    const { out } = await house.runs(report, {
      args: ['2026-01-05..2026-01-08'],
      options: { chart: true, by: 'day' },
      columns: 60,
    })
    expect(out).toBe(
      lines(`
        5 to 8 January 2026 (UTC)

        2026-01-05 Mon  1 h 15 min  ████████████████████████████████
        2026-01-06 Tue      30 min  ████████████▊
        2026-01-07 Wed      30 min  ████████████▊
        2026-01-08 Thu

        2 h 15 min spent, 500 credits in, 315 out.
      `),
    )
  })

  it('draws them in ASCII where that is asked for', async () => {
    const house = await aMonth()
    const { out } = await house.runs(report, {
      args: ['2026-01-05..2026-01-06'],
      options: { chart: true, by: 'day' },
      globals: { ascii: true },
      columns: 60,
    })
    expect(out).toContain('2026-01-06 Tue      30 min  #############\n')
    expect(out).toMatch(/^[ -~\n]*$/)
  })

  it('draws credits by contact', async () => {
    const house = await aMonth()
    const { out } = await house.runs(report, {
      args: ['2026-01'],
      options: { chart: true, by: 'contact' },
      columns: 60,
    })
    expect(out).toContain('bob@example.org            +0 -35  █▊')
  })

  it('leaves days to come out', async () => {
    const house = await aHouse()
    const { out } = await house.runs(report, { args: ['month'], options: { by: 'day' }, globals: { output: 'csv' } })
    expect(out).toBe(
      `date,milliseconds,credits_in,credits_out\n${[1, 2, 3, 4, 5].map((day) => `2026-01-0${day},0,0,0\n`).join('')}`,
    )
  })

  it('tells a program one grouping: the days where none is named', async () => {
    const house = await aMonth()
    const ndjson = await house.runs(report, { args: ['2026-01-06'], globals: { output: 'ndjson' } })
    expect(ndjson.out).toBe('{"date":"2026-01-06","milliseconds":1800000,"credits_in":0,"credits_out":0}\n')
    const csv = await house.runs(report, { args: ['2026-01'], options: { by: 'contact' }, globals: { output: 'csv' } })
    expect(csv.out).toBe(
      'contact,movements,credits_in,credits_out\nsystemcore@ewallet.invalid,1,500,0\nbob@example.org,2,0,35\n',
    )
  })

  it('takes the week where no period is typed', async () => {
    const house = await aHouse()
    expect((await house.runs(report)).out).toContain('Week 2026-W02')
  })

  it.each([
    [{ args: ['fortnight'] }, 'is no period'],
    [{ options: { by: 'colour' } }, '--by should be one of day, contact, type'],
    [{ options: { chart: true }, globals: { json: true } }, '--chart draws for people'],
  ])('refuses what cannot be meant: %j', async (typed, says) => {
    const house = await aHouse()
    await expect(house.runs(report, typed)).rejects.toThrow(says)
  })

  it('counts every wallet and every clock of the account', async () => {
    const house = await aMonth()
    const { ewallet_data } = await house.ada.says('client action new credit ewallet', {})
    await house.ada.says('client action switch credit ewallet', { ewallet_id: ewallet_data.id })
    await house.after(1, 'client action supply credits', { credits: 60 })
    await house.after(0, 'client action convert credits2clock', { credits: 60 })
    await house.after(0, 'client action start clock_timer')
    await house.after(10, 'client action stop clock_timer')
    const { out } = await house.runs(report, { args: ['all'], globals: { json: true } })
    expect(JSON.parse(out)).toMatchObject({ milliseconds: 2 * HOUR + 15.5 * 60_000 + 10 * 60_000, credits_in: 567 })
  })
})

describe('a report', () => {
  it('is the same whatever the pages it was read in', async () => {
    const [whole, paged] = [await aMonth(), await aMonth({ pageMax: 2 })]
    const read = async ({ say }: typeof whole) => ({
      statement: await readStatement(say, everything),
      intervals: await readIntervals(say, everything),
    })
    expect(await read(paged)).toEqual(await read(whole))
  })

  const zone = openZone('Europe/Bucharest')

  function reportOf(period: Period, { entries }: Statement, intervals: readonly Interval[], now = NINE) {
    const gathering = gatherReport(period, zone, now)
    gathering.entries(entries)
    gathering.intervals(intervals)
    return gathering.report()
  }

  it('has as much time on its days as was charged, and as much credit as moved', () => {
    fc.assert(
      fc.property(histories, ({ entries, intervals }) => {
        const statement = statementOver({ entries })
        const made = reportOf(everything, statement, intervals)
        const charged = intervals.reduce((sum, { start, stop }) => sum + stop - start, 0)
        expect(made.milliseconds).toBe(charged)
        expect(made.types.find(({ type }) => type === 'time')?.milliseconds_out ?? 0).toBe(charged)
        expect(made.credits_in - made.credits_out).toBe(statement.closing.credits)
      }),
    )
  })

  it('of a month is what its days are together', () => {
    const month = readPeriod('2026-01', zone, NINE)
    fc.assert(
      fc.property(histories, ({ entries, intervals }) => {
        const cut = (from = 0, to = 0) =>
          intervals
            .map((interval) => ({
              ...interval,
              start: Math.max(interval.start, from),
              stop: Math.min(interval.stop, to),
            }))
            .filter(({ start, stop }) => stop > start)
        const made = (words: string) => {
          const period = readPeriod(words, zone, NINE)
          const { from, to } = period
          return reportOf(period, statementOver({ entries }, from, to), cut(from, to), month.to)
        }
        const whole = made('2026-01')
        expect(whole.days).toHaveLength(31)
        for (const row of whole.days) expect(made(row.date).days).toEqual([row])
      }),
      { numRuns: 20 },
    )
  })
})

describe('a report of a day on which clocks are changed', () => {
  // Each: the zone, the day, from when to when (UTC) the timer ran, and how much of it is that day's.
  it.each([
    ['Europe/Bucharest', '2026-03-29', '2026-03-28T21:00Z', '2026-03-29T22:00Z', 23],
    ['Europe/Bucharest', '2026-10-25', '2026-10-24T20:00Z', '2026-10-25T23:00Z', 25],
    ['America/New_York', '2026-03-08', '2026-03-08T04:00Z', '2026-03-09T05:00Z', 23],
    ['America/New_York', '2026-11-01', '2026-11-01T03:00Z', '2026-11-02T06:00Z', 25],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T12:00Z', '2026-04-05T14:00Z', 24.5],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T12:00Z', '2026-10-04T14:00Z', 23.5],
    ['America/New_York', '2026-12-31', '2026-12-31T04:00Z', '2027-01-01T06:00Z', 24],
  ])('in %s, %s has all its hours', async (tz, date, start, stop, hours) => {
    const house = await aHouse()
    house.daemon.time.turnTo(Date.parse(start))
    await house.after(0, 'client action supply credits', { credits: 3_000 })
    await house.after(0, 'client action convert credits2clock', { credits: 3_000 })
    await house.after(0, 'client action start clock_timer')
    house.daemon.time.turnTo(Date.parse(stop))
    await house.after(0, 'client action stop clock_timer')
    const read = async (period: string) =>
      JSON.parse(
        (await house.runs(report, { args: [period], options: { by: 'day' }, globals: { json: true, tz } })).out,
      )
    expect((await read(date)).milliseconds).toBe(hours * HOUR)
    const all = await read('all')
    expect(all.days).toHaveLength(3)
    expect(all.milliseconds).toBe(Date.parse(stop) - Date.parse(start))
    expect(all.days[1]).toMatchObject({ date, milliseconds: hours * HOUR })
  })

  it('cuts the year where it ends in the zone', async () => {
    const house = await aHouse()
    house.daemon.time.turnTo(Date.UTC(2026, 11, 31, 21))
    await house.after(0, 'client action supply credits', { credits: 600 })
    await house.after(0, 'client action convert credits2clock', { credits: 600 })
    await house.after(0, 'client action start clock_timer')
    await house.after(180, 'client action stop clock_timer')
    const read = async (period: string) =>
      JSON.parse((await house.runs(report, { args: [period], globals: { json: true, tz: 'Europe/Bucharest' } })).out)
    expect([(await read('2026')).milliseconds, (await read('2027')).milliseconds]).toEqual([HOUR, 2 * HOUR])
    expect([(await read('2026-W53')).milliseconds, (await read('2027-W01')).milliseconds]).toEqual([3 * HOUR, 0])
  })
})
