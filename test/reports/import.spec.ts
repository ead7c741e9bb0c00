import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { importTime } from '../../packages/cli/src/commands/import.ts'
import { readIntervals } from '../../packages/cli/src/reports/history.ts'
import { timesFromCsv } from '../../packages/cli/src/reports/import-csv.ts'
import { timesFromTimeclock } from '../../packages/cli/src/reports/import-timeclock.ts'
import { timesFromTimew } from '../../packages/cli/src/reports/import-timew.ts'
import type { KeptTime } from '../../packages/cli/src/reports/kept-time.ts'
import { everything } from '../../packages/cli/src/reports/period.ts'
import { showProgress } from '../../packages/cli/src/reports/progress.ts'
import { timeclockFile } from '../../packages/cli/src/reports/timeclock.ts'
import { openZone } from '../../packages/cli/src/reports/zone.ts'
import { aFolder } from '../cli/stand.ts'
import { aPaper, lines } from '../output/paper.ts'
import { aHouse, type House } from './house.ts'

const zone = openZone('Europe/Bucharest')
const file = { name: 'work', zone }
const told = (times: readonly KeptTime[]) =>
  times.map(({ line, start, stop, notes }) => {
    const span = [start, stop].map((at) => new Date(at).toISOString().replace(':00.000Z', 'Z')).join(' ')
    return `${line} ${span}${notes === undefined ? '' : ` ${notes}`}`
  })

/** As Timewarrior 1.4 wrote it: tags with spaces, quotes and hashes, and hours that come twice and never. */
const timewExport = `[
{"id":3,"start":"20260105T070000Z","end":"20260105T083000Z","tags":["big client","review"]},
{"id":2,"start":"20260329T003000Z","end":"20260329T013000Z","tags":["night"]},
{"id":1,"start":"20261024T233000Z","end":"20261025T023000Z","tags":["back"],"annotation":"say \\"hi\\" # there, é"}
]
`
const timewData = `inc 20260105T070000Z - 20260105T083000Z # "big client" review
inc 20260329T003000Z - 20260329T013000Z # night
inc 20261024T233000Z - 20261025T023000Z # back # "say \\"hi\\" # there, é"
`

describe('import time reads', () => {
  const spans = [
    '2026-01-05T07:00Z 2026-01-05T08:30Z big client, review',
    '2026-03-29T00:30Z 2026-03-29T01:30Z night',
    '2026-10-24T23:30Z 2026-10-25T02:30Z back: say "hi" # there, é',
  ]

  it('what Timewarrior exports', () => {
    expect(told(timesFromTimew(timewExport, file))).toEqual(spans.map((span, index) => `${index + 2} ${span}`))
  })

  it('the data files of Timewarrior', () => {
    expect(told(timesFromTimew(timewData, file))).toEqual(spans.map((span, index) => `${index + 1} ${span}`))
  })

  it('a timeclock file, its accounts and descriptions as notes', () => {
    const text = lines(`
      ; a comment
      i 2026-01-05 09:00:00 client:review  first look ; and a comment
      o 2026-01-05 10:30:00

      i 2026/1/6 9:00 client
      O 2026/1/6 10:00:30 done
      b 2026/01/06 100
      i 2026-01-07 09:00:00+0100
      o 2026-01-07 09:00:00Z
    `).replace('09:00:00Z', '09:00:00 +0000')
    expect(told(timesFromTimeclock(text, file))).toEqual([
      '2 2026-01-05T07:00Z 2026-01-05T08:30Z client:review: first look',
      '5 2026-01-06T07:00Z 2026-01-06T08:00:30.000Z client, done',
      '8 2026-01-07T08:00Z 2026-01-07T09:00Z',
    ])
  })

  it.each([
    [
      'columns in any order, cells quoted',
      'notes,stop,start\n"a, ""b""\nc",2026-01-05 10:00,2026-01-05 09:00\n',
      ['2 2026-01-05T07:00Z 2026-01-05T08:00Z a, "b"\nc'],
    ],
    [
      'semicolons',
      'Start;End\r\n05-01-2026 09:00:00;05-01-2026 10:00:00\r\n',
      ['2 2026-01-05T07:00Z 2026-01-05T08:00Z'],
    ],
    [
      'RFC 3339, whatever the zone',
      'start,stop\n2026-01-05T09:00:00.250Z,2026-01-05T11:00:00+02:00\n',
      ['2 2026-01-05T09:00:00.250Z 2026-01-05T09:00Z'],
    ],
    ['empty lines', 'start,stop\n\n2026-01-05 09:00,2026-01-05 10:00', ['3 2026-01-05T07:00Z 2026-01-05T08:00Z']],
  ])('CSV: %s', (_, text, times) => {
    expect(told(timesFromCsv(text, file))).toEqual(times)
  })

  it.each([
    ['clocks go back between them', '2026-10-25 03:30', '2026-10-25 03:10', 40],
    ['both in the hour that comes twice', '2026-10-25 03:10', '2026-10-25 03:30', 20],
    ['clocks go forward between them', '2026-03-29 02:30', '2026-03-29 04:30', 60],
    ['around the new year', '2025-12-31 23:30', '2026-01-01 00:30', 60],
  ])('local times that fit each other: %s', (_, start, stop, minutes) => {
    const [time] = timesFromCsv(`start,stop\n${start},${stop}\n`, file)
    expect(((time?.stop ?? 0) - (time?.start ?? 0)) / 60_000).toBe(minutes)
  })

  it.each([
    ['csv', 'start,stop\n2026-01-05 09:00,yesterday\n', 2, '"yesterday" is no time'],
    ['csv', 'start,stop\n2026-02-29 09:00,2026-03-01 09:00\n', 2, '"2026-02-29 09:00" is no time'],
    ['csv', 'start,stop\n2026-03-29 03:30,2026-03-29 05:00\n', 2, 'skipped by the clocks of Europe/Bucharest'],
    ['csv', 'start,stop,notes\n"2026-01-05 09:00","2026-01-05 10:00","open\n\n', 2, 'a quoted cell is not closed'],
    ['csv', 'start,stop\n"2026-01-05 09:00"x,2026-01-05 10:00\n', 2, 'something follows a quoted cell'],
    ['csv', 'start,stop\n2026-01-05 09:00\n', 2, 'it has 1 cells where the header has 2'],
    ['csv', 'from,to\n', 1, '"from" is no column'],
    ['csv', 'start,notes\n', 1, 'the header should name stop once'],
    ['timeclock', 'i 2026-01-05 09:00:00\ni 2026-01-05 10:00:00\n', 2, 'line 1 was never clocked out'],
    ['timeclock', 'o 2026-01-05 09:00:00\n', 1, 'it clocks out of nothing'],
    ['timeclock', '\ni 2026-01-05 09:00:00\n', 2, 'it is never clocked out'],
    ['timeclock', 'i 2026-01-05\n', 1, 'it should be as "i 2026-01-31 09:00:00"'],
    ['timew', timewExport.replace('"20260329T003000Z"', '"20260329T0030Z"'), 3, 'is no time'],
    ['timew', timewExport.replace('"end":"20260329T013000Z",', ''), 3, 'it is still running'],
    ['timew', timewExport.replace('"start":"20260105T070000Z",', ''), 2, 'it has no start'],
    ['timew', timewExport.replace('["night"]', '[night]'), 3, 'it is no JSON'],
    ['timew', timewExport.replace('["night"]}', '["night"'), 3, 'it is no JSON'],
    ['timew', timewExport.replace(/\]\n$/, ''), 4, 'the list does not end there'],
    ['timew', '{"start":"20260105T070000Z"}', 1, 'it should be a list'],
    ['timew', '[\nnull]', 2, 'it is no JSON'],
    ['timew', `${timewData}inc 20261026T070000Z\n`, 4, 'it is still running'],
    ['timew', 'ink 1\n', 1, 'it should be as "inc'],
  ])('no %s that is wrong, and names the line: %j', (from, text, line, says) => {
    const parse = { csv: timesFromCsv, timeclock: timesFromTimeclock, timew: timesFromTimew }[from]
    const read = () => parse?.(text, file)
    expect(read).toThrow(`work, line ${line}: `)
    expect(read).toThrow(says)
  })

  it('what it exports itself, where clocks are never changed', () => {
    const someStretches = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 30 * 86_400 }), fc.integer({ min: 1, max: 90_000 })), { maxLength: 30 })
      .map((steps) => {
        let at = Date.UTC(2026, 0, 5, 9)
        return steps.map(([gap, seconds], index) => {
          const start = at + gap * 1_000
          at = start + seconds * 1_000
          return { timeRecord: index + 1, start, stop: at }
        })
      })
    fc.assert(
      fc.property(someStretches, fc.constantFrom('UTC', 'Asia/Kolkata'), (stretches, name) => {
        const where = openZone(name)
        const times = timesFromTimeclock(timeclockFile(stretches, where), { name: 'work', zone: where })
        const lasting = (all: readonly { start: number; stop: number }[]) =>
          all.reduce((sum, { start, stop }) => sum + stop - start, 0)
        expect(lasting(times)).toBe(lasting(stretches))
      }),
    )
  })
})

describe('a timeclock file that was exported', () => {
  it.each([
    ['Europe/Bucharest', '2026-10-24T22:00Z'],
    ['Europe/Bucharest', '2026-03-28T22:00Z'],
    ['America/New_York', '2026-11-01T02:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T12:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T12:00Z'],
  ])('is read as the very instants it was made of, also while clocks are changed: %s, %s', (name, begins) => {
    const where = openZone(name)
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_600 }), fc.integer({ min: 1, max: 7_200 })), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(steps, (steps) => {
        let at = Date.parse(begins)
        const stretches = steps.map(([gap, seconds], index) => {
          const start = at + gap * 1_000
          at = start + seconds * 1_000
          return { timeRecord: index + 1, start, stop: at }
        })
        const times = timesFromTimeclock(timeclockFile(stretches, where), { name: 'work', zone: where })
        const joined: { start: number; stop: number; notes: string | undefined }[] = []
        for (const { start, stop, notes } of times) {
          const before = joined.at(-1)
          if (before?.stop === start && before.notes === notes) before.stop = stop
          else joined.push({ start, stop, notes })
        }
        const told = stretches.map(({ timeRecord, ...stretch }) => ({
          ...stretch,
          notes: `time: record ${timeRecord}`,
        }))
        expect(joined).toEqual(told)
      }),
      { numRuns: 40 },
    )
  })
})

/** A house where ada has ten hours on the clock, and it is the last of January. */
async function aPaidHouse(): Promise<House & { kept(text: string, name?: string): string }> {
  const house = await aHouse()
  await house.after(0, 'client action supply credits', { credits: 600 })
  await house.after(0, 'client action convert credits2clock', { credits: 600 })
  house.daemon.time.turnTo(Date.UTC(2026, 0, 31, 12))
  const folder = aFolder()
  const kept = (text: string, name = 'work.csv') => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  return { ...house, kept }
}

const twoHours = 'start,stop,notes\n2026-01-05 09:00,2026-01-05 10:00,review\n2026-01-06 09:00,2026-01-06 10:00,\n'

const tooLittle = { refusal: { code: 'insufficient_minutes', details: { line: 4 } } }

describe('import time', () => {
  it('charges every record of a file, told how by its name', async () => {
    const house = await aPaidHouse()
    const { out, code } = await house.runs(importTime, { args: [house.kept(twoHours)] })
    expect([code, out]).toEqual([0, 'Imported 2 records. 120 minutes spent, 8 h left.\n'])
    expect(await readIntervals(house.say, everything)).toMatchObject([
      { start: Date.UTC(2026, 0, 5, 9), stop: Date.UTC(2026, 0, 5, 10) },
      { start: Date.UTC(2026, 0, 6, 9) },
    ])
  })

  it('reads stdin', async () => {
    const house = await aPaidHouse()
    const { out } = await house.runs(importTime, {
      args: ['-'],
      options: { from: 'timew' },
      stdin: timewExport.replace(/\{"id":[21].*\n/g, '').replace('},', '}'),
    })
    expect(out).toContain('Imported 1 record. 90 minutes spent')
  })

  it('--dry-run shows the difference it would make, and makes none', async () => {
    const house = await aPaidHouse()
    const { out, err } = await house.runs(importTime, {
      args: [house.kept(twoHours)],
      globals: { dryRun: true, tz: 'Europe/Bucharest' },
    })
    expect(out).toBe(
      lines(`
        + 2026-01-05 09:00:00  2026-01-05 10:00:00  1:00:00  review
        + 2026-01-06 09:00:00  2026-01-06 10:00:00  1:00:00
        - 10 h left
        + 8 h left
      `),
    )
    expect(err).toBe('2 records would be imported, 120 minutes charged. Nothing was done.\n')
    expect(await readIntervals(house.say, everything)).toEqual([])
    const json = await house.runs(importTime, { args: [house.kept(twoHours)], globals: { dryRun: true, json: true } })
    expect(JSON.parse(json.out)).toMatchObject({ failed: false, dry_run: true, imported: 2, credit_clock: 480 })
  })

  it('charges nothing a second time', async () => {
    const house = await aPaidHouse()
    const name = house.kept(twoHours)
    await house.runs(importTime, { args: [name] })
    await expect(house.runs(importTime, { args: [name] })).rejects.toThrow(`${name}, line 2: The time overlaps`)
    expect(await readIntervals(house.say, everything)).toHaveLength(2)
  })

  it.each([
    ['a record that overlaps another of the file', '2026-01-05 09:30,2026-01-05 09:45', 4, 'it overlaps line 2.'],
    ['the same record twice', '2026-01-05 09:00,2026-01-05 10:00', 4, 'it overlaps line 2.'],
    ['a record that is not over', '2026-01-31 11:00,2026-01-31 12:01', 4, 'it is not over yet.'],
    ['a record that ends before it starts', '2026-01-07 11:00,2026-01-07 10:00', 4, 'it ends before it starts.'],
    ['a record that lasts no time', '2026-01-07 11:00,2026-01-07 11:00', 4, 'it lasts no time.'],
    [
      'more than the clock has left',
      '2026-01-07 01:00,2026-01-07 09:01',
      4,
      'The clock holds fewer minutes',
      tooLittle,
    ],
    ['a note that is too long', `2026-01-07 11:00,2026-01-07 12:00,${'x'.repeat(2_001)}`, 4, 'its note is longer'],
  ])('is all or nothing: %s stops it, its line named', async (_, row, line, says, how: object = { exit: 'input' }) => {
    const house = await aPaidHouse()
    const name = house.kept(`${twoHours}${row}\n`)
    const failure = await house.runs(importTime, { args: [name] }).catch((fault: unknown) => fault)
    expect(String(failure)).toContain(`${name}, line ${line}: ${says}`)
    expect(failure).toMatchObject(how)
    expect(await readIntervals(house.say, everything)).toEqual([])
  })

  it.each([
    [{ args: [] }, 'Missing FILE'],
    [{ args: ['work.txt'] }, 'Missing --from.'],
    [{ args: ['work.csv'], options: { from: 'excel' } }, '--from should be one of timew, timeclock, csv.'],
    [{ args: ['gone.csv'] }, 'gone.csv cannot be read: there is no such file.'],
  ])('refuses what cannot be meant: %j', async (typed, says) => {
    const house = await aPaidHouse()
    await expect(house.runs(importTime, typed)).rejects.toThrow(says)
  })

  it.each([
    ['nothing', 'start,stop\n', 'holds no time records'],
    [
      'more than 10,000 records',
      `start,stop\n${'2026-01-05 09:00,2026-01-05 10:00\n'.repeat(10_001)}`,
      'holds 10001 time records',
    ],
    [
      'more than a frame takes',
      `start,stop,notes\n${Array.from({ length: 9_999 }, (_, index) => `${new Date(Date.UTC(2025, 0) + index * 60_000).toISOString()},${new Date(Date.UTC(2025, 0, 1, 0, 0, 1) + index * 60_000).toISOString()},${'y'.repeat(100)}`).join('\n')}\n`,
      'a daemon takes 1048576',
    ],
  ])('asks the daemon nothing about a file that holds %s', async (_, text, says) => {
    const house = await aPaidHouse()
    await expect(house.runs(importTime, { args: [house.kept(text)] })).rejects.toThrow(says)
  })

  it('makes what others wrote harmless', async () => {
    const house = await aPaidHouse()
    const { out } = await house.runs(importTime, {
      args: [house.kept('start,stop,notes\n2026-01-05 09:00,2026-01-05 10:00,\u001b[31mred\n')],
      globals: { dryRun: true },
    })
    expect(out).toContain('\\x1b[31mred')
  })
})

describe('the bar of a long import', () => {
  const drawn = (columns: number | undefined, waitMs: number, ascii = false) => {
    vi.useFakeTimers()
    try {
      const paper = aPaper(columns === undefined ? {} : { columns })
      const progress = showProgress(paper.stderr, 'Charging 2 records', ascii)
      vi.advanceTimersByTime(waitMs)
      progress.end()
      return paper.err()
    } finally {
      vi.useRealTimers()
    }
  }

  it('moves at a terminal, and is gone at the end', () => {
    const frames = drawn(60, 700).split('\r').slice(1)
    expect(frames[0]).toBe(`Charging 2 records ${'█'.repeat(6)}${'░'.repeat(18)}`)
    expect(frames[1]).toBe(`Charging 2 records ░${'█'.repeat(6)}${'░'.repeat(17)}`)
    expect(frames.at(-2)).toMatch(/^ +$/)
    expect(frames.at(-1)).toBe('')
  })

  it('fits a narrow terminal', () => {
    for (const frame of drawn(30, 2_000).split('\r')) expect(frame.length).toBeLessThan(30)
  })

  it('is ASCII where that is asked for', () => expect(drawn(60, 700, true)).toMatch(/^[ -~\r]+$/))

  it.each([
    ['in a pipe', undefined, 5_000],
    ['for what is done at once', 60, 200],
  ])('is not drawn %s', (_, columns, waitMs) => {
    expect(drawn(columns, waitMs)).toBe('')
  })
})
