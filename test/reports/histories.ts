import fc from 'fast-check'
import type { Entry, Interval, Statement } from '../../packages/cli/src/reports/history.ts'

/** 2026-01-05, a Monday, nine o'clock UTC. */
export const NINE = Date.UTC(2026, 0, 5, 9)

/** Everything that ever happened to wallet 2 and its clocks 3 and 4, as the ledger and the clocks know it. */
export interface History {
  entries: Entry[]
  intervals: Interval[]
}

/** What others may write about somebody, meant to break a file, a page or a terminal. */
export const hostileTexts = [
  '"; drop',
  '=cmd|calc',
  'a,b;c\\n\nBEGIN:VEVENT\r\nEND:VCALENDAR',
  '<script>alert(1)</script>&amp;\'"',
  '\u001b]0;owned\u0007\u202egnp.exe',
  '\n2026-01-01 * forged\n    assets:wallet:2  1000 credits\n',
  '  | two  spaces\tdate:2020-02-30 [2020-13-01]',
  '山田太郎 👩‍👩‍👧 ünïcödé '.repeat(9),
  '(code) * ! ;comment',
  '',
]

const hostile = fc.constantFrom(...hostileTexts)
const note = fc.oneof(fc.constant(null), fc.constant('lunch'), hostile, fc.string({ unit: 'binary', maxLength: 40 }))
const contact = fc.oneof(
  fc.constantFrom('bob@example.org', "x{y}&z/=?^~!#$%*|'+-@example.org", 'deleted account #7'),
  hostile,
)
const step = fc.record({
  gapMs: fc.integer({ min: 0, max: 3 * 86_400_000 }),
  kind: fc.constantFrom(
    'supply',
    'supply',
    'conversion',
    'conversion',
    'time',
    'time',
    'transfer',
    'payment',
    'refund',
    'forfeit',
  ),
  size: fc.integer({ min: 1, max: 1_000 }),
  ms: fc.integer({ min: 1, max: 5 * 3_600_000 }),
  pauseMs: fc.integer({ min: 0, max: 1_000_000 }),
  isIncoming: fc.boolean(),
  clock: fc.constantFrom(3, 4),
  contact,
  note,
})

/** Histories of up to sixty movements in which nothing ever falls below zero. */
export const histories: fc.Arbitrary<History> = fc.array(step, { maxLength: 60, size: 'max' }).map((steps) => {
  const entries: Entry[] = []
  const intervals: Interval[] = []
  const held = new Map<string, number>()
  let at = NINE
  const move = (unit: Entry['unit'], clock: number | null, amount: number, rest: Partial<Entry>): void => {
    const key = `${unit} ${clock}`
    const balance = (held.get(key) ?? 0) + amount
    held.set(key, balance)
    entries.push({
      id: entries.length + 1,
      at: new Date(at).toISOString(),
      kind: '',
      record: entries.length + 100,
      counterparty: null,
      clock,
      unit,
      amount,
      balance,
      notes: null,
      ...rest,
    })
  }
  for (const { gapMs, kind, size, ms, pauseMs, isIncoming, clock, contact, note } of steps) {
    at += gapMs
    const credits = held.get('credits null') ?? 0
    const left = held.get(`milliseconds ${clock}`) ?? 0
    if (kind === 'supply') {
      move('credits', null, size, { kind, counterparty: 'systemcore@ewallet.invalid', notes: note })
    } else if (kind === 'conversion') {
      if (size > credits) continue
      move('credits', null, -size, { kind, notes: note })
      move('milliseconds', clock, size * 60_000, { kind, notes: note })
    } else if (kind === 'time') {
      const spent = Math.min(ms, left)
      if (spent === 0) continue
      const half = Math.floor(spent / 2)
      intervals.push({ timeRecord: entries.length + 100, start: at, stop: at + spent - half })
      at += spent - half + pauseMs
      if (half > 0) intervals.push({ timeRecord: entries.length + 100, start: at, stop: at + half })
      at += half
      move('milliseconds', clock, -spent, { kind, notes: note })
    } else if (kind === 'forfeit') {
      if (credits > 0) move('credits', null, -credits, { kind })
    } else if (isIncoming) {
      move('credits', null, size, { kind, counterparty: contact, notes: note })
    } else if (size <= credits) {
      move('credits', null, -size, { kind, counterparty: contact, notes: note })
    }
  }
  return { entries, intervals }
})

/** The statement of a history over a period (ms; `to` not included), as the daemon makes it from its ledger. */
export function statementOver(
  { entries }: Pick<History, 'entries'>,
  from = Number.NEGATIVE_INFINITY,
  to = Number.POSITIVE_INFINITY,
): Statement {
  const holding = (until: number) => {
    const held = { credits: 0, milliseconds: 0 }
    for (const { at, unit, amount } of entries) if (Date.parse(at) < until) held[unit] += amount
    return held
  }
  return {
    ewallet: 2,
    opening: holding(from),
    closing: holding(to),
    entries: entries.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) < to),
  }
}
