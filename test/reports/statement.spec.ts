import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { statement } from '../../packages/cli/src/commands/statement.ts'
import { printRows } from '../../packages/cli/src/output/print.ts'
import { measureFor } from '../../packages/cli/src/output/width.ts'
import { readStatement } from '../../packages/cli/src/reports/history.ts'
import { escapeHtml } from '../../packages/cli/src/reports/html.ts'
import { everything, readPeriod } from '../../packages/cli/src/reports/period.ts'
import { flowsOf } from '../../packages/cli/src/reports/report.ts'
import { statementPage } from '../../packages/cli/src/reports/statement-page.ts'
import { statementLayouts, statementLines } from '../../packages/cli/src/reports/statement-table.ts'
import { openZone } from '../../packages/cli/src/reports/zone.ts'
import { aPaper, aStyle, lines } from '../output/paper.ts'
import { histories, hostileTexts, NINE, statementOver } from './histories.ts'
import { aHouse, aMonth } from './house.ts'

const zone = openZone('Europe/Bucharest')

describe('statement', () => {
  it('tells opening, every movement, and closing', async () => {
    const house = await aMonth()
    const { out } = await house.runs(statement, { args: ['2026-01'] })
    expect(out).toBe(
      lines(`
        Wallet 3, January 2026 (UTC)

        When                 What        With                        Clock  Credits  Balance      Time     Left  Note
                             opening                                                       0            0:00:00
        2026-01-05 09:00:00  supply      systemcore@ewallet.invalid            +500      500            0:00:00  card
        2026-01-05 09:01:00  conversion                                        -300      200            0:00:00
        2026-01-05 09:01:00  conversion                                                  200  +5:00:00  5:00:00
        2026-01-05 09:01:00  payment     bob@example.org                        -15      185            5:00:00  lunch
        2026-01-05 11:01:30  time                                                        185  -1:15:30  3:44:30  contract review
        2026-01-07 00:30:00  time                                                        185  -1:00:00  2:44:30
        2026-01-31 23:59:59  transfer    bob@example.org                        -20      165            2:44:30
                             closing                                                     165            2:44:30
      `),
    )
  })

  it('opens with what the one before closed with', async () => {
    const house = await aMonth()
    const read = async (month: string) =>
      JSON.parse((await house.runs(statement, { args: [month], globals: { json: true } })).out)
    const [december, january, february] = [await read('2025-12'), await read('2026-01'), await read('2026-02')]
    expect(january.opening).toEqual(december.closing)
    expect(february.opening).toEqual(january.closing)
    expect(february.opening).toEqual({ credits: 165, milliseconds: 164.5 * 60_000 })
    expect(february.entries).toMatchObject([{ kind: 'supply', amount: 7, balance: 172 }])
  })

  it('takes the current month where none is typed', async () => {
    const house = await aMonth()
    expect((await house.runs(statement)).out).toContain('Wallet 3, February 2026 (UTC)')
  })

  it('is that of another wallet where one is named', async () => {
    const house = await aHouse()
    const { ewallet } = await house.ada.says('client action new credit ewallet', {})
    expect((await house.runs(statement, { options: { wallet: String(ewallet) } })).out).toContain(`Wallet ${ewallet},`)
    await expect(house.runs(statement, { options: { wallet: 'x' } })).rejects.toThrow('--wallet should be an id')
    await expect(house.runs(statement, { options: { wallet: '999' } })).rejects.toThrow('There is no such wallet.')
  })

  it('gives programs the entries as the ledger has them', async () => {
    const house = await aMonth()
    const csv = await house.runs(statement, { args: ['2026-02'], globals: { output: 'csv' } })
    expect(csv.out).toBe(
      lines(`
        id,at,kind,record,counterparty,clock,unit,amount,balance,notes
        ${csv.out.split('\n')[1]}
      `),
    )
    expect(csv.out).toContain('2026-02-01T00:00:00.000Z,supply,')
    const ndjson = await house.runs(statement, { args: ['2026-01'], globals: { output: 'ndjson' } })
    expect(ndjson.out.trim().split('\n')).toHaveLength(7)
  })

  it('is one page of HTML that needs nothing else', async () => {
    const house = await aMonth()
    const { out } = await house.runs(statement, { args: ['2026-01'], globals: { output: 'html' } })
    expect(out).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(out).toContain('<title>Statement, January 2026</title>')
    expect(out).toContain('Wallet 3 of ada@example.org.')
    expect(out).toContain('<svg viewBox=')
    expect(out).toContain('@media print')
    expect(out).not.toMatch(/https?:|url\(|@import|<script|<link|<img|\bsrc=|\bhref=/)
  })
})

describe('a statement', () => {
  const moment = fc.integer({ min: -10, max: 200 }).map((days) => NINE + days * 86_400_000)

  it('closes with what the next one opens with, and its lines lead from the one to the other', () => {
    fc.assert(
      fc.property(histories, moment, moment, moment, (history, ...moments) => {
        const [a = 0, b = 0, c = 0] = moments.toSorted((one, other) => one - other)
        const [first, next, whole] = [
          statementOver(history, a, b),
          statementOver(history, b, c),
          statementOver(history, a, c),
        ]
        expect(next.opening).toEqual(first.closing)
        expect(whole.entries).toEqual([...first.entries, ...next.entries])
        for (const one of [first, next, whole]) {
          const [before, last] = statementLines(one).slice(-2)
          expect(last).toMatchObject({ kind: 'closing', ...(before && { balance: before.balance, left: before.left }) })
          const { credits, milliseconds } = flowsOf(one)
          expect(one.opening.credits + credits.in - credits.out).toBe(one.closing.credits)
          expect(one.opening.milliseconds + milliseconds.in - milliseconds.out).toBe(one.closing.milliseconds)
        }
      }),
    )
  })

  it('is a table on 60 columns, in which what is left leads from line to line by what is shown', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ({ entries }) => {
        const { columns, rows, narrower } = statementLayouts(statementOver({ entries }), everything, zone)
        const paper = aPaper({ columns: 60 })
        await printRows(paper, aStyle(), columns, rows, narrower)
        const measure = await measureFor(paper.out())
        for (const line of paper.out().trimEnd().split('\n')) {
          expect(line).toMatch(/^[┌│├└].*[┐│┤┘]$/)
          expect(measure(line)).toBeLessThanOrEqual(60)
        }

        const seconds = (shown: unknown) =>
          String(shown)
            .replace(/[+-]/, '')
            .split(':')
            .reduce((sum, part) => sum * 60 + Number(part), 0)
        let left = 0
        for (const { change, after, what } of narrower.at(-1)?.().rows ?? []) {
          if (!String(after).includes(':')) continue
          if (change !== null) left += String(change).startsWith('-') ? -seconds(change) : seconds(change)
          expect(seconds(after), String(what)).toBe(left)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('of the daemon is as long as the periods it is made of, whatever the pages', async () => {
    const house = await aMonth({ pageMax: 2 })
    const read = (words: string) => readStatement(house.say, readPeriod(words, zone, NINE))
    const whole = await readStatement(house.say, everything)
    const [before, after] = [await read('..2026-01-05'), await read('2026-01-06..')]
    expect(whole.entries).toEqual([...before.entries, ...after.entries])
    expect([before.opening, after.closing]).toEqual([whole.opening, whole.closing])
    expect(after.opening).toEqual(before.closing)
  })
})

describe('the page of a statement', () => {
  const tags =
    /^<\/?(!doctype html|html|head|meta|title|style|body|main|header|p|h1|h2|div|section|dl|dt|dd|figure|figcaption|span|svg|line|text|path|rect|table|caption|thead|tbody|tr|th|td|bdi|footer)[ >]/

  it('holds no markup but its own, whatever others wrote', () => {
    fc.assert(
      fc.property(histories, fc.constantFrom(...hostileTexts), (history, account) => {
        const page = statementPage(statementOver(history), { account, period: everything, zone, now: NINE })
        for (const [open] of page.matchAll(/<[^\n]{0,20}/g)) expect(open).toMatch(tags)
        for (const [, name, ...rest] of page.matchAll(/<(\w+)([^<>]*)>/g)) {
          expect(`${name}${rest[0]}`).not.toMatch(/\son\w+=/)
        }
        expect(page.match(/<td/g)?.length ?? 0).toBe(page.match(/<\/td>/g)?.length ?? 0)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the ones nobody should meet.
        expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['<b>&amp;"\'</b>', '&#60;b&#62;&#38;amp;&#34;&#39;&#60;/b&#62;'],
    ['\u001b[31m', '\\x1b[31m'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['two\nlines', 'two\nlines'],
  ])('escapes %j', (text, html) => {
    expect(escapeHtml(text)).toBe(html)
  })

  it('draws a day as a bar, and a year by its months', () => {
    const entry = { id: 1, record: 1, counterparty: null, clock: 3, notes: null, unit: 'milliseconds' as const }
    const entries = [
      { ...entry, at: '2024-01-05T09:00:00.000Z', kind: 'conversion', amount: 7_200_000, balance: 7_200_000 },
      { ...entry, at: '2026-01-05T09:00:00.000Z', kind: 'time', amount: -3_600_000, balance: 3_600_000 },
    ]
    const page = (words: string) => {
      const period = readPeriod(words, zone, NINE)
      return statementPage(statementOver({ entries }, period.from, period.to), {
        account: 'ada',
        period,
        zone,
        now: NINE,
      })
    }
    expect(page('2026-01')).toContain('<title>5 Jan: 1:00:00</title>')
    expect(page('all')).toContain('<title>Jan 2026: 1:00:00</title>')
    expect(page('2026-01').match(/class="bar"/g)).toHaveLength(1)
  })

  it('names a month where the chart enters it', () => {
    const entry = { id: 1, record: 1, counterparty: null, clock: null, notes: null, unit: 'credits' as const }
    const entries = [{ ...entry, at: '2026-01-05T09:00:00.000Z', kind: 'supply', amount: 1_500, balance: 1_500 }]
    const period = readPeriod('2026-01-29..2026-02-03', zone, NINE)
    const now = Date.UTC(2026, 2, 1)
    const page = statementPage(statementOver({ entries }, 0), { account: 'ada', period, zone, now })
    const labels = [...page.matchAll(/text-anchor="middle">([^<]*)/g)].map(([, label]) => label)
    expect(labels).toEqual(['29 Jan', '30', '31', '1 Feb', '2', '3'])
    expect(page).toContain('aria-label="Credits held and time charged, 29 Jan to 3 Feb"')
    expect(page).toContain('<p class="closing">1,500</p>')
  })
})
