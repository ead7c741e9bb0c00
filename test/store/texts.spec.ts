import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { readPostings } from '../../packages/server/src/store/lowdb/posted.ts'
import { JsonCursor } from '../../packages/server/src/store/memory/json-cursor.ts'
import { entryColumns, type Posting, writeEntry } from '../../packages/server/src/store/memory/posting.ts'
import { rowOfText, writeRow } from '../../packages/server/src/store/memory/row-text.ts'
import { TextBytes } from '../../packages/server/src/store/memory/text-bytes.ts'
import { wordAt } from '../../packages/server/src/store/memory/words.ts'

const anything = fc.string({ unit: 'binary', maxLength: 60 })
const id = fc.integer({ min: 1, max: 2 ** 40 })
const amount = fc.maxSafeInteger()
const unit = fc.constantFrom('credits' as const, 'milliseconds' as const)
const ledger = fc.oneof(
  fc.constantFrom('core' as const, 'exchange' as const, 'consumed' as const),
  id.map((n) => `wallet:${n}` as const),
  id.map((n) => `clock:${n}` as const),
)
const notes = fc.option(anything)

function textOf(write: (to: TextBytes) => void): string {
  const to = new TextBytes()
  write(to)
  return to.bytes.toString('utf8', 0, to.length)
}

it('an entry is written as any row is', () => {
  const none = fc.option(id)
  const entry = fc.record({
    ledger,
    wallet: none,
    clock: none,
    at: id,
    kind: anything,
    record: none,
    partner: none,
    unit,
    amount,
    balance: amount,
    notes,
  })
  fc.assert(
    fc.property(id, entry, (number, fields) => {
      const row = { id: number, ...fields }
      const text = textOf((to) => writeEntry(to, number, fields))
      expect(text).toBe(textOf((to) => writeRow(to, row, entryColumns)))
      expect(rowOfText(text, entryColumns)).toEqual(row)
    }),
  )
})

it('postings are read from a line as they were written into it, whatever else it tells of them', () => {
  const side = fc.record(
    { wallet: id, clock: id, record: id, partner: id, more: fc.json() },
    { requiredKeys: ['wallet'], noNullPrototype: true },
  )
  const memo = fc.record(
    { kind: anything, notes, debit: side, credit: side, more: fc.jsonValue() },
    { requiredKeys: ['kind', 'notes'], noNullPrototype: true },
  )
  const told = fc.array(fc.tuple(ledger, ledger, amount, unit, memo), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(told, anything, (postings, before) => {
      const bytes = Buffer.from(`${JSON.stringify(before)}${JSON.stringify(postings)},`)
      const cursor = new JsonCursor(bytes, 0)
      cursor.skip()
      const read: Posting[] = []
      readPostings(cursor, (posting) => read.push(posting))
      const known = postings.map(([debit, credit, moved, of, { more: _, debit: from, credit: to, ...rest }]) => {
        const sides = { ...(from && { debit: withoutMore(from) }), ...(to && { credit: withoutMore(to) }) }
        return { debit, credit, amount: moved, unit: of, memo: { ...rest, ...sides } }
      })
      expect(read).toEqual(known)
      expect(cursor.at).toBe(bytes.length - 1)
    }),
  )
})

function withoutMore<Side extends { more?: unknown }>({ more: _, ...side }: Side): Omit<Side, 'more'> {
  return side
}

it('words come out as they went in, however alike those before them were', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'Ã', '©', '\u0000', '😀') })), (words) => {
      for (const word of [...words, ...words]) {
        const bytes = Buffer.from(`"${word}"`)
        expect(wordAt(bytes, 1, bytes.length - 1)).toBe(word)
      }
    }),
    { numRuns: 500 },
  )
})

it('a number that is not whole, or that does not end, is no number of a line', () => {
  for (const text of ['1.5,', '1e3,', 'true,', '"1",', '1', 'null,']) {
    expect(() => new JsonCursor(Buffer.from(text), 0).number(), text).toThrow('no whole number')
  }
  expect(() => new JsonCursor(Buffer.from('"abc'), 0).text()).toThrow('does not end')
})
