import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { printRows } from '../../packages/cli/src/output/print.ts'
import { contacts, transfers } from './answers.ts'
import { aPaper, aStyle, lines, printed } from './paper.ts'

const path = 'client action view transfer records'

describe('a table', () => {
  it('stands in boxes where there is room', async () => {
    expect(await printed(path, transfers)).toBe(
      lines(`
        ┌────┬─────────────────────┬──────────┬───────────────────┬─────────┐
        │  # │ When                │ Type     │ With              │ Credits │
        ├────┼─────────────────────┼──────────┼───────────────────┼─────────┤
        │ 12 │ 2026-01-31 09:00:00 │ incoming │ bob@example.org   │     +10 │
        │  3 │ 2026-01-31 09:00:00 │ transfer │ carol@example.org │      -5 │
        └────┴─────────────────────┴──────────┴───────────────────┴─────────┘
      `),
    )
  })

  it('draws its boxes with ASCII where asked to', async () => {
    expect(await printed(path, transfers, { ascii: true })).toBe(
      lines(`
        +----+---------------------+----------+-------------------+---------+
        |  # | When                | Type     | With              | Credits |
        +----+---------------------+----------+-------------------+---------+
        | 12 | 2026-01-31 09:00:00 | incoming | bob@example.org   |     +10 |
        |  3 | 2026-01-31 09:00:00 | transfer | carol@example.org |      -5 |
        +----+---------------------+----------+-------------------+---------+
      `),
    )
  })

  it('wraps at spaces first, and an address after its own punctuation', async () => {
    expect(await printed(path, transfers, {}, aPaper({ columns: 57 }))).toBe(
      lines(`
        ┌────┬────────────┬──────────┬────────────────┬─────────┐
        │  # │ When       │ Type     │ With           │ Credits │
        ├────┼────────────┼──────────┼────────────────┼─────────┤
        │ 12 │ 2026-01-31 │ incoming │ bob@example.   │     +10 │
        │    │ 09:00:00   │          │ org            │         │
        │  3 │ 2026-01-31 │ transfer │ carol@example. │      -5 │
        │    │ 09:00:00   │          │ org            │         │
        └────┴────────────┴──────────┴────────────────┴─────────┘
      `),
    )
  })

  it('becomes blocks of lines where even that does not fit', async () => {
    expect(await printed(path, transfers, {}, aPaper({ columns: 40 }))).toBe(
      lines(`
        #        12
        When     2026-01-31 09:00:00
        Type     incoming
        With     bob@example.org
        Credits  +10

        #        3
        When     2026-01-31 09:00:00
        Type     transfer
        With     carol@example.org
        Credits  -5
      `),
    )
  })

  it('aligns Chinese and emoji, and cuts nothing that fits', async () => {
    const drawn = await printed('client action view contact records', contacts, {}, aPaper({ columns: 120 }))
    expect(drawn).toBe(
      lines(`
        ┌───┬──────────┬───────────────────┬─────────────────────────────────────────────────────────────────────────────┐
        │ # │ Name     │ Email             │ Notes                                                                       │
        ├───┼──────────┼───────────────────┼─────────────────────────────────────────────────────────────────────────────┤
        │ 1 │ bob      │ bob@example.org   │ Plays chess on Thursdays, prefers the Sicilian, owes us one lunch since the │
        │   │          │                   │ conference in Cluj.                                                         │
        │ 2 │ 山田太郎 │ yamada@example.jp │ 東京の友達。とても親切で、いつも手伝ってくれます。                          │
        │ 3 │ Zoë 🎈   │                   │ party 👩‍👩‍👧                                                                    │
        └───┴──────────┴───────────────────┴─────────────────────────────────────────────────────────────────────────────┘
      `),
    )
  })

  it('cuts a text of more than three lines with a mark', async () => {
    expect(await printed('client action view contact records', contacts, {}, aPaper({ columns: 60 }))).toBe(
      lines(`
        ┌───┬──────────┬───────────────────┬───────────────────────┐
        │ # │ Name     │ Email             │ Notes                 │
        ├───┼──────────┼───────────────────┼───────────────────────┤
        │ 1 │ bob      │ bob@example.org   │ Plays chess on        │
        │   │          │                   │ Thursdays, prefers    │
        │   │          │                   │ the Sicilian, owes u… │
        │ 2 │ 山田太郎 │ yamada@example.jp │ 東京の友達。とても親  │
        │   │          │                   │ 切で、いつも手伝って  │
        │   │          │                   │ くれます。            │
        │ 3 │ Zoë 🎈   │                   │ party 👩‍👩‍👧              │
        └───┴──────────┴───────────────────┴───────────────────────┘
      `),
    )
  })

  it.each([60, 80, 120])('fits %i columns, every line as wide as the others', async (columns) => {
    for (const colour of [false, true]) {
      const drawn = await printed('client action view contact records', contacts, {}, aPaper({ columns, colour }))
      const widths = new Set(
        drawn
          .trimEnd()
          .split('\n')
          .map((line) => stringWidth(line)),
      )
      expect([...widths]).toHaveLength(1)
      expect(Math.max(...widths)).toBeLessThanOrEqual(columns)
    }
  })

  it('writes colour only where the stream takes it, and the same text then', async () => {
    const bare = await printed(path, transfers)
    const painted = await printed(path, transfers, {}, aPaper({ columns: 80, colour: true }))
    expect(bare).not.toContain('\u001b')
    expect(painted).toContain('\u001b[32m    +10\u001b[39m')
    expect(painted).toContain('\u001b[1mWith             \u001b[22m')
    expect(stripVTControlCharacters(painted)).toBe(bare)
  })

  it('lets nothing hostile through', async () => {
    const record = { ...transfers.records[0], transfer_from: '\u001b[2Jbob\u202e\nAccount empty' }
    const drawn = await printed(path, { ...transfers, records: [record] }, {}, aPaper({ columns: 120 }))
    expect(drawn).toContain('│ \\x1b[2Jbob\\u{202e}\\nAccount empty │')
  })

  it('leaves out a column with nothing in it, unless it was asked for', async () => {
    const bare = { ...contacts, records: contacts.records.slice(2) }
    expect(await printed('client action view contact records', bare)).not.toContain('Email')
    expect(await printed('client action view contact records', bare, { fields: ['name', 'email'] })).toContain('email')
  })

  it('says in a sentence that there is nothing', async () => {
    expect(await printed(path, { ...transfers, records: [] })).toBe('No transfers yet.\n')
  })

  it.each([[60], [80], [undefined]])('draws 10,000 rows, each of them, at %s columns', async (columns) => {
    const paper = aPaper(columns === undefined ? {} : { columns })
    const rows = Array.from({ length: 10_000 }, (_, index) => ({
      id: index + 1,
      name: `山田 ${index + 1}`,
      credits: index,
    }))
    await printRows(paper, aStyle(), [{ key: 'id' }, { key: 'name', title: 'Name' }, { key: 'credits' }], rows)
    const drawn = paper.out().trimEnd().split('\n')
    expect(drawn).toHaveLength(10_004)
    expect(drawn[3]).toBe('│     1 │ 山田 1     │       0 │')
    expect(drawn[10_002]).toBe('│ 10000 │ 山田 10000 │    9999 │')
  })
})
