import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exporting } from '../../packages/cli/src/commands/export.ts'
import type { Interval } from '../../packages/cli/src/reports/history.ts'
import { hledgerJournal } from '../../packages/cli/src/reports/hledger.ts'
import { calendar, escaped, folded } from '../../packages/cli/src/reports/ics.ts'
import { sheetsCsv, sheetsNdjson } from '../../packages/cli/src/reports/sheet-export.ts'
import { timeclockFile } from '../../packages/cli/src/reports/timeclock.ts'
import { wholeSeconds } from '../../packages/cli/src/reports/whole-seconds.ts'
import { openZone } from '../../packages/cli/src/reports/zone.ts'
import { lines } from '../output/paper.ts'
import { readCalendar } from './calendar-reader.ts'
import { histories, hostileTexts, NINE, statementOver } from './histories.ts'
import { describeWithHledger, hledger } from './hledger.ts'
import { aMonth } from './house.ts'

const bucharest = openZone('Europe/Bucharest')
const zones = ['UTC', 'Europe/Bucharest', 'America/New_York'].map(openZone)
const someZone = fc.constantFrom(...zones)

/** Intervals over two years, so that clocks are changed in some; one after the other or, on two clocks, at the same time. */
const someIntervals: fc.Arbitrary<Interval[]> = fc
  .array(fc.tuple(fc.integer({ min: -3_600_000, max: 12 * 86_400_000 }), fc.integer({ min: 1, max: 9 * 3_600_000 })), {
    maxLength: 80,
    size: 'max',
  })
  .map((steps) => {
    let at = NINE
    const intervals = steps.map(([gap, lasting], index) => {
      const start = Math.max(NINE, at + gap)
      at = start + lasting
      return { timeRecord: index + 1, start, stop: at }
    })
    return intervals.sort((one, other) => one.start - other.start)
  })

describe('export -o hledger', () => {
  it('is the ledger as a journal', async () => {
    const house = await aMonth()
    const { out } = await house.runs(exporting, { globals: { output: 'hledger' } })
    expect(out).toBe(
      lines(`
        ; Wallet 3, from its statement. Days are those of UTC.
        ; Minutes times 60,000, rounded, are the milliseconds of the ledger.

        commodity 1000. credits
        commodity 1000.000000 minutes

        account assets:clock:3
        account assets:wallet:3
        account equity:conversion
        account equity:supply
        account expenses:payment:bob@example.org
        account expenses:time
        account expenses:transfer:bob@example.org

        2026-01-05 * (2) systemcore@ewallet.invalid | supply: card
            assets:wallet:3  500 credits = 500 credits
            equity:supply  -500 credits = -500 credits

        2026-01-05 * (3) conversion
            assets:wallet:3  -300 credits = 200 credits
            equity:conversion  300 credits = 300 credits

        2026-01-05 * (6) conversion
            assets:clock:3  300.000000 minutes = 300.000000 minutes
            equity:conversion  -300.000000 minutes = -300.000000 minutes

        2026-01-05 * (7) bob@example.org | payment: lunch
            assets:wallet:3  -15 credits = 185 credits
            expenses:payment:bob@example.org  15 credits = 15 credits

        2026-01-05 * (9) time: contract review
            assets:clock:3  -75.500000 minutes = 224.500000 minutes
            expenses:time  75.500000 minutes = 75.500000 minutes

        2026-01-07 * (11) time
            assets:clock:3  -60.000000 minutes = 164.500000 minutes
            expenses:time  60.000000 minutes = 135.500000 minutes

        2026-01-31 * (13) bob@example.org | transfer
            assets:wallet:3  -20 credits = 165 credits
            expenses:transfer:bob@example.org  20 credits = 20 credits

        2026-02-01 * (16) systemcore@ewallet.invalid | supply
            assets:wallet:3  7 credits = 172 credits
            equity:supply  -7 credits = -507 credits
      `),
    )
  })

  it('opens a later period with what was held before it', async () => {
    const house = await aMonth()
    const { out } = await house.runs(exporting, { options: { period: '2026-02' }, globals: { output: 'hledger' } })
    expect(out).toContain(
      '2026-02-01 * opening balance\n    assets:wallet:3  165 credits = 165 credits\n    equity:opening  -165 credits = -165 credits\n',
    )
    expect(out).toContain('    assets:clock  164.500000 minutes = 164.500000 minutes\n')
  })
})

describeWithHledger('hledger', () => {
  const moment = fc.integer({ min: 0, max: 90 }).map((days) => NINE + days * 86_400_000)

  it('finds every random journal right, strictly, and the balances those of the daemon to the millisecond', () => {
    fc.assert(
      fc.property(histories, moment, someZone, (history, from, zone) => {
        for (const statement of [statementOver(history), statementOver(history, from)]) {
          const journal = hledgerJournal(statement, zone)
          expect(hledger(journal, 'journal', 'check', '--strict')).toEqual({ status: 0, stdout: '', stderr: '' })
          const { stdout } = hledger(journal, 'journal', 'balance', 'assets', '-O', 'csv', '--layout', 'tall')
          const held = { credits: 0, minutes: 0 }
          for (const [, account, figure, unit] of stdout.matchAll(/^"(assets[^"]*)","(-?[\d.]+) (\w+)"$/gm)) {
            if (account && unit) held[unit as 'credits' | 'minutes'] += Number(figure)
          }
          expect(held.credits).toBe(statement.closing.credits)
          expect(Math.round(held.minutes * 60_000)).toBe(statement.closing.milliseconds)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('finds an error where a movement is missing from the journal', () => {
    const transfer = {
      kind: 'transfer',
      counterparty: 'bob@example.org',
      clock: null,
      unit: 'credits' as const,
      notes: null,
    }
    const entries = [1, 2, 3].map((id) => ({
      ...transfer,
      id,
      record: id,
      at: new Date(NINE + id).toISOString(),
      amount: 5,
      balance: 5 * id,
    }))
    const journal = hledgerJournal(statementOver({ entries }), bucharest)
    expect(hledger(journal, 'journal', 'check', '--strict').status).toBe(0)
    const torn = journal.replace(/\n\n2026-01-05 \* \(2\)[\s\S]*?(?=\n\n)/, '')
    expect(torn).not.toBe(journal)
    expect(hledger(torn, 'journal', 'check', '--strict').stderr).toContain('balance assertion')
  })

  it('reads every random timeclock file, and counts the hours in it to its own hundredths', () => {
    fc.assert(
      fc.property(someIntervals, someZone, (intervals, zone) => {
        const file = timeclockFile(intervals, zone)
        const { status, stdout, stderr } = hledger(file, 'timeclock', 'print', '-O', 'csv')
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
        const sessions = [...stdout.matchAll(/"\(?time\)?","([\d.]+)","h"/g)].map(([, hours]) => Number(hours))
        const charged = intervals.reduce((sum, { start, stop }) => sum + stop - start, 0) / 3_600_000
        const counted = sessions.reduce((sum, hours) => sum + hours, 0)
        expect(sessions.length).toBeGreaterThanOrEqual(intervals.length)
        // hledger rounds each session to a hundredth of an hour.
        expect(Math.abs(counted - charged)).toBeLessThan(0.005 * sessions.length + 0.001)
      }),
      { numRuns: 15 },
    )
  })
})

describeWithHledger('on the day on which clocks are put back', () => {
  const hour = (utc: number, minute = 0) => Date.UTC(2026, 9, 25, utc, minute)
  const intervals = [
    { timeRecord: 1, start: hour(0, 10), stop: hour(0, 40) },
    { timeRecord: 2, start: hour(0, 50), stop: hour(1, 20) },
    { timeRecord: 3, start: hour(1, 30), stop: hour(5) },
  ]

  it('hledger passes over the offsets, finds the file right and counts the hours that were charged', () => {
    const file = timeclockFile(intervals, bucharest)
    expect(file).toContain('+0200')
    expect(hledger(file, 'timeclock', 'check')).toMatchObject({ status: 0, stderr: '' })
    expect(hledger(file, 'timeclock', 'balance', 'time').stdout).toContain('4.50h')
  })
})

describe('export -o timeclock', () => {
  it('is the charged time, pauses left out', async () => {
    const house = await aMonth()
    const { out } = await house.runs(exporting, {
      args: ['time'],
      globals: { output: 'timeclock', tz: 'Europe/Bucharest' },
    })
    expect(out).toBe(
      lines(`
        ; Charged time, pauses left out. Times are those of Europe/Bucharest.
        i 2026-01-05 11:31:00 time  record 1
        o 2026-01-05 12:16:00
        i 2026-01-05 12:31:00 time  record 1
        o 2026-01-05 13:01:30
        i 2026-01-07 01:30:00 time  record 2
        o 2026-01-07 02:30:00
      `),
    )
  })

  it('cuts a stretch where clocks are changed, so that its times say how long it took', () => {
    const at = (text: string) => Date.parse(text)
    const back = { timeRecord: 1, start: at('2026-10-25T00:30:00Z'), stop: at('2026-10-25T01:30:00Z') }
    const forward = { timeRecord: 2, start: at('2026-03-29T00:30:00Z'), stop: at('2026-03-29T01:30:00Z') }
    const times = (interval: Interval) => timeclockFile([interval], bucharest).match(/\d\d:\d\d:\d\d\S*/g)
    expect(times(back)).toEqual(['03:30:00+0300', '04:00:00+0300', '03:00:00+0200', '03:30:00+0200'])
    expect(times(forward)).toEqual(['02:30:00', '03:00:00+0200', '04:00:00', '04:30:00'])
  })

  it('differs from the charge by under a second, however long the span', () => {
    fc.assert(
      fc.property(someIntervals, (intervals) => {
        const rounded = wholeSeconds(intervals)
        const errors = [0]
        let [exact, told] = [0, 0]
        for (const [index, { start, stop }] of intervals.entries()) {
          const shown = rounded[index] ?? { start: 0, stop: 0 }
          expect(shown.stop).toBeGreaterThanOrEqual(shown.start)
          expect(shown.start % 1_000).toBe(0)
          expect(Math.abs(shown.start - start)).toBeLessThan(2_000)
          exact += stop - start
          told += shown.stop - shown.start
          errors.push(told - exact)
        }
        // Any span is the difference of two places in the running sum.
        expect(Math.max(...errors) - Math.min(...errors)).toBeLessThan(1_000)
      }),
    )
  })

  it('says in its file what the rounded stretches last, in any zone', () => {
    fc.assert(
      fc.property(someIntervals, someZone, (intervals, zone) => {
        const shown = timeclockFile(intervals, zone).match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g) ?? []
        const instants = shown.map((text) => Date.parse(`${text.replace(' ', 'T')}Z`))
        let lasting = 0
        for (let index = 0; index < instants.length; index += 2)
          lasting += (instants[index + 1] ?? 0) - (instants[index] ?? 0)
        expect(lasting).toBe(wholeSeconds(intervals).reduce((sum, { start, stop }) => sum + stop - start, 0))
      }),
    )
  })
})

describe('export -o ics', () => {
  it('has an event for each stretch', async () => {
    const house = await aMonth()
    const { out } = await house.runs(exporting, { args: ['time'], globals: { output: 'ics' } })
    expect(out).toMatch(/^BEGIN:VCALENDAR\r\nVERSION:2.0\r\n/)
    expect(out).toContain('DTSTART:20260106T233000Z\r\nDTEND:20260107T003000Z\r\nSUMMARY:Time record 2\r\n')
    expect(out.match(/BEGIN:VEVENT/g)).toHaveLength(3)
  })

  it('is a calendar to a strict reader, whatever the names, with all the time that was charged', () => {
    fc.assert(
      fc.property(histories, fc.constantFrom(...hostileTexts, 'ada@example.org'), ({ intervals }, account) => {
        const { components } = readCalendar(calendar(intervals, account))
        expect(components).toHaveLength(intervals.length)
        expect(new Set(components.map(({ properties }) => properties.get('UID')?.[0])).size).toBe(intervals.length)
        const at = (value = '') => Date.parse(value.replace(/(....)(..)(..T..)(..)(..)/, '$1-$2-$3:$4:$5'))
        const lasting = components.reduce((sum, { properties }) => {
          const [start] = properties.get('DTSTART') ?? []
          const [end = start] = properties.get('DTEND') ?? []
          return sum + at(end) - at(start)
        }, 0)
        const charged = intervals.reduce((sum, { start, stop }) => sum + stop - start, 0)
        expect(Math.abs(lasting - charged)).toBeLessThan(1_000)
      }),
    )
  })

  it.each([
    ['a;b,c\\d', 'a\\;b\\,c\\\\d'],
    ['two\r\nlines\nmore', 'two\\nlines\\nmore'],
    ['\u0007', '\\\\x07'],
  ])('escapes %j', (text, written) => {
    expect(escaped(text)).toBe(written)
  })

  it('folds between characters only', () => {
    const line = `SUMMARY:${'山👩‍👩‍👧é'.repeat(40)}`
    const parts = folded(line).split('\r\n ')
    expect(parts.join('')).toBe(line)
    for (const part of parts) expect(part).not.toContain('\ufffd')
    expect(parts.every((part) => Buffer.byteLength(part) <= 75 && part === Buffer.from(part).toString())).toBe(true)
  })
})

describe('export -o csv, json and ndjson', () => {
  it('are the records of a sheet', async () => {
    const house = await aMonth({ pageMax: 1 })
    const { out } = await house.runs(exporting, { args: ['transfer'], globals: { output: 'csv' } })
    const rows = out.trim().split('\n')
    expect(rows[0]).toBe(
      'id,transfer_sheet,reference,create_date,write_date,transfer_type,transfer_from,transfer_to,credits',
    )
    expect(rows).toHaveLength(5)
    const ndjson = await house.runs(exporting, { args: ['time'], globals: { output: 'ndjson' } })
    expect(
      ndjson.out
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row).time_spent),
    ).toEqual([60, 75.5])
    const json = await house.runs(exporting, { args: ['conversion'], globals: { json: true } })
    expect(JSON.parse(json.out)).toMatchObject({ failed: false, conversion_sheet: 3, records: [{ credits: 300 }] })
  })

  it('hold all sheets together where no kind is named', async () => {
    const house = await aMonth()
    const { out } = await house.runs(exporting)
    const rows = out.trim().split('\n')
    expect(rows[0]).toMatch(/^sheet,id,transfer_sheet,/)
    expect(rows.slice(1).map((row) => row.split(',')[0])).toEqual([
      ...Array(4).fill('transfer'),
      ...Array(3).fill('invoice'),
      'conversion',
      'time',
      'time',
    ])
    const json = await house.runs(exporting, { args: ['all'], globals: { json: true } })
    expect(Object.keys(JSON.parse(json.out))).toEqual(['failed', 'transfer', 'invoice', 'conversion', 'time'])
  })

  it('hold only what falls into a period', async () => {
    const house = await aMonth()
    const { out } = await house.runs(exporting, {
      args: ['transfer'],
      options: { period: '2026-02' },
      globals: { output: 'ndjson' },
    })
    expect(
      out
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row).credits),
    ).toEqual([7])
  })

  it.each(hostileTexts.map((text) => [text]))('keep a hostile note in its own cell: %j', (notes) => {
    const record = {
      id: 1,
      invoice_sheet: 1,
      reference: 'r',
      credits: 1,
      currency: 'RON',
      cost: 0,
      seller: notes,
      notes,
    }
    const sheet = { kind: 'invoice' as const, id: 1, records: [record, record] }
    expect(
      sheetsNdjson([sheet])
        .trimEnd()
        .split('\n')
        .map((row) => JSON.parse(row)),
    ).toEqual([record, record])
    expect(cellsOf(sheetsCsv([sheet])).map((row) => row.length)).toEqual([10, 10, 10])
  })
})

describe('export', () => {
  it('-o html is a page of tables', async () => {
    const house = await aMonth()
    const { out } = await house.runs(exporting, { args: ['transfer'], globals: { output: 'html' } })
    expect(out).toContain('<caption>Transfers, sheet 3</caption>')
    expect(out).toContain('<bdi>bob@example.org</bdi>')
    expect(out.match(/<tr/g)).toHaveLength(5)
  })

  it.each([
    [{ args: ['transfers'] }, '"transfers" cannot be exported'],
    [{ args: ['transfer'], globals: { output: 'ics' } }, '-o ics is for time, not for transfer'],
    [{ args: ['time'], globals: { output: 'hledger' } }, '-o hledger is for all, not for time'],
    [{ options: { wallet: '3' } }, '--wallet is for -o hledger'],
    [{ options: { period: 'x' } }, 'is no period'],
    [{ globals: { output: 'pdf' } }, '-o should be one of csv, json'],
  ])('refuses what cannot be meant: %j', async (typed, says) => {
    const house = await aMonth()
    await expect(house.runs(exporting, typed)).rejects.toThrow(says)
  })
})

/** Rows of CSV, as RFC 4180 reads them. */
function cellsOf(csv: string): string[][] {
  return [...csv.matchAll(/((?:(?:"(?:[^"]|"")*"|[^",\n]*)(?:,|(?=\n)))+)\n/g)].map(([, row = '']) =>
    [...`${row},`.matchAll(/("(?:[^"]|"")*"|[^",]*),/g)].map(([, cell = '']) => cell),
  )
}
