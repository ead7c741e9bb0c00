import { type Path, paths, refuse } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { printRefusal, printRows, say } from '../../packages/cli/src/output/print.ts'
import { account, stopped, transfers, wallet } from './answers.ts'
import { anAnswer } from './any-answer.ts'
import { aPaper, aStyle, lines, nine, printed } from './paper.ts'

const list = 'client action view transfer records'
const pipe = () => aPaper()

describe('json', () => {
  it('is the whole answer with failed, as it came', async () => {
    const text = await printed('client action view credit ewallet', wallet, { format: 'json', timeZone: 'Asia/Tokyo' })
    expect(JSON.parse(text)).toEqual({ failed: false, ...wallet })
    expect(text).toMatch(/^\{\n {2}"failed": false,\n {2}"ewallet": 1,/)
    expect(text).toMatch(/\}\n$/)
  })

  it('is the same in a pipe', async () => {
    const style = { format: 'json' } as const
    expect(await printed(list, transfers, style, pipe())).toBe(await printed(list, transfers, style))
  })

  it('narrows the rows of a list to the fields asked for, in their order', async () => {
    const text = await printed(list, transfers, { format: 'json', fields: ['credits', 'id'] })
    expect(JSON.parse(text)).toEqual({
      failed: false,
      transfer_sheet: 1,
      records: [
        { credits: 10, id: 12 },
        { credits: 5, id: 3 },
      ],
      cursor: null,
    })
    expect(text.indexOf('credits')).toBeLessThan(text.indexOf('"id"'))
  })

  it.each([
    ['a field of an inner object by its name', ['credits'], { ewallet_data: { credits: 90 } }],
    ['a field by its whole name', ['ewallet_data.credits'], { ewallet_data: { credits: 90 } }],
    ['several of them', ['ewallet', 'user', 'credits'], { ewallet: 1, ewallet_data: { user: 2, credits: 90 } }],
    ['a whole object', ['ewallet_data'], { ewallet_data: wallet.ewallet_data }],
  ])('narrows an answer to %s, each where it stood', async (_, fields, kept) => {
    const text = await printed('client action view credit ewallet', wallet, { format: 'json', fields })
    expect(JSON.parse(text)).toEqual({ failed: false, ...kept })
  })
})

describe('ndjson', () => {
  it('is one line a record for a list', async () => {
    const text = await printed(list, transfers, { format: 'ndjson' })
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(transfers.records)
  })

  it('is nothing for an empty list', async () => {
    expect(await printed(list, { ...transfers, records: [] }, { format: 'ndjson' })).toBe('')
  })

  it('is one line for any other answer', async () => {
    const text = await printed('client action view account', account, { format: 'ndjson' })
    expect(text).toBe(`${JSON.stringify({ failed: false, ...account })}\n`)
  })
})

describe('csv', () => {
  it('has a header and a row a record, with every field and times as they came', async () => {
    expect(await printed(list, transfers, { format: 'csv' })).toBe(
      lines(`
        id,transfer_sheet,reference,create_date,write_date,transfer_type,transfer_from,transfer_to,credits
        12,1,Transfer Sheet Record,${nine},${nine},incoming,bob@example.org,alice@example.org,10
        3,1,Transfer Sheet Record,${nine},${nine},transfer,alice@example.org,carol@example.org,5
      `),
    )
  })

  it('has the header alone for an empty list', async () => {
    expect(await printed(list, { ...transfers, records: [] }, { format: 'csv', fields: ['id', 'credits'] })).toBe(
      'id,credits\n',
    )
  })

  it('has one row for any other answer, and a whole name where two fields share theirs', async () => {
    const text = await printed('client action stop clock_timer', stopped, {
      format: 'csv',
      fields: ['minutes_spent', 'pending_count', 'record_data.pending_count'],
    })
    expect(text).toBe('minutes_spent,pending_count,record_data.pending_count\n10,2,2\n')
  })
})

describe('plain', () => {
  it('aligns columns without a border', async () => {
    expect(await printed(list, transfers, { format: 'plain' }, pipe())).toBe(
      lines(`
         #  When                 Type      With               Credits
        12  2026-01-31 09:00:00  incoming  bob@example.org        +10
         3  2026-01-31 09:00:00  transfer  carol@example.org       -5
      `),
    )
  })

  it('has no colour and cuts nothing, wherever it is written', async () => {
    const notes = 'long '.repeat(200).trim()
    const paper = aPaper({ columns: 40, colour: true })
    const answer = { contact_list: 1, records: [{ id: 1, name: 'bob', notes }], cursor: null }
    const text = await printed('client action view contact records', answer, { format: 'plain' }, paper)
    expect(text).toContain(notes)
    expect(text).not.toContain('\u001b')
  })

  it('has the titles alone for an empty list', async () => {
    expect(await printed(list, { ...transfers, records: [] }, { format: 'plain' })).toBe(
      '#  When  Type  With  Credits\n',
    )
  })
})

describe('--fields', () => {
  it.each(['table', 'plain', 'json', 'ndjson', 'csv'] as const)('refuses a field %s does not have', async (format) => {
    await expect(printed(list, transfers, { format, fields: ['id', 'credit'] })).rejects.toMatchObject({
      exit: 'usage',
      message: 'There is no field "credit" here.',
      warning: expect.stringMatching(/^Did you mean credits\? Known fields: id, .*, credits\.$/),
    })
  })

  it('refuses an unknown field of an answer that is no list', async () => {
    await expect(printed('client action view account', account, { fields: ['shoe_size'] })).rejects.toMatchObject({
      exit: 'usage',
      warning: expect.stringContaining('account, id, name'),
    })
  })

  it('shows the very fields asked for, under their names', async () => {
    const fields = ['transfer_to', 'credits']
    expect(await printed(list, transfers, { format: 'plain', fields })).toBe(
      lines(`
        transfer_to        credits
        alice@example.org       10
        carol@example.org        5
      `),
    )
  })

  it('shows the fields of an answer that is no list beside their names', async () => {
    const fields = ['credits', 'clock_archive', 'create_date']
    expect(await printed('client action view credit ewallet', wallet, { fields })).toBe(
      lines(`
        credits        90
        clock_archive  1 Credit Clock, 4 Holidays
        create_date    2026-01-31 09:00:00
      `),
    )
  })
})

describe('an answer without a view', () => {
  it('prints as keys and values, a token cut short', async () => {
    const status = {
      client_id: 'ewsm-uid:a:1',
      valid: true,
      linked: true,
      plugged: false,
      session_token: 'ewsm-st:abcdefghijklmnopqrst:1',
      session: null,
    }
    expect(await printed('client action verify ctoken status', status)).toBe(
      lines(`
        client_id      ewsm-uid:a:1
        valid          yes
        linked         yes
        plugged        no
        session_token  ewsm-st:abcd...
        session
      `),
    )
  })
})

describe('any answer', () => {
  const formats = ['table', 'plain', 'json', 'ndjson', 'csv'] as const

  it.each(paths)('of "%s" prints in every format and lets nothing hostile through', async (path: Path) => {
    const answer = anAnswer(path)
    for (const format of formats) {
      const paper = aPaper({ columns: 60 })
      const text = await printed(path, answer, { format }, paper)
      expect(text).not.toBe('')
      expect(text + paper.err()).not.toMatch(/(?!\n)[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u)
    }
    expect(JSON.parse(await printed(path, answer, { format: 'json' }))).toEqual({ failed: false, ...answer })
  })
})

describe('a page that has a next one', () => {
  it('says so on stderr', async () => {
    const paper = aPaper({ columns: 80 })
    await printed(list, { ...transfers, cursor: 'c7' }, {}, paper)
    expect(paper.err()).toBe('More follow: --all, or --cursor c7.\n')
    expect(paper.out()).not.toContain('c7')
  })
})

describe('printRows', () => {
  const columns = [{ key: 'name', title: 'Context' }, { key: 'url' }]
  const rows = [{ name: 'local', url: 'ws://127.0.0.1:7420', secret: 'x' }]

  it.each([
    ['table', '┌─────────┬─────────────────────┐'],
    ['plain', 'Context  url\nlocal    ws://127.0.0.1:7420\n'],
    ['json', '[\n  {\n    "name": "local",\n    "url": "ws://127.0.0.1:7420"\n  }\n]\n'],
    ['ndjson', '{"name":"local","url":"ws://127.0.0.1:7420"}\n'],
    ['csv', 'name,url\nlocal,ws://127.0.0.1:7420\n'],
  ] as const)('prints its columns, and no others, as %s', async (format, text) => {
    const paper = aPaper()
    await printRows(paper, aStyle({ format }), columns, rows)
    expect(paper.out().startsWith(text)).toBe(true)
    expect(paper.out()).not.toContain('secret')
  })

  it('picks the columns asked for', async () => {
    const paper = aPaper()
    await printRows(paper, aStyle({ format: 'csv', fields: ['url'] }), columns, rows)
    expect(paper.out()).toBe('url\nws://127.0.0.1:7420\n')
    await expect(printRows(paper, aStyle({ fields: ['nope'] }), columns, rows)).rejects.toMatchObject({ exit: 'usage' })
  })
})

describe('printRefusal', () => {
  const refusal = refuse('insufficient_credits', { credits: 90 })

  it('says on stderr what is so, what was not done, and the figures', async () => {
    const paper = aPaper({ columns: 80 })
    await printRefusal(paper, aStyle(), refusal)
    expect(paper.out()).toBe('')
    expect(paper.err()).toBe(
      lines(`
        The wallet holds fewer credits than that. (insufficient_credits)
        No credits were moved.
        credits: 90
      `),
    )
  })

  it('says it in red where colour may be written', async () => {
    const paper = aPaper({ columns: 80, colour: true })
    await printRefusal(paper, aStyle(), refusal)
    expect(paper.err()).toContain('\u001b[31mThe wallet holds fewer credits than that.\u001b[39m')
  })

  it.each(['json', 'ndjson'] as const)('is one JSON object on one line of stderr as %s', async (format) => {
    const paper = aPaper()
    await printRefusal(paper, aStyle({ format }), refusal)
    expect(paper.out()).toBe('')
    expect(paper.err()).toBe(`${JSON.stringify(refusal)}\n`)
  })

  it('shows hostile text in its details', async () => {
    const paper = aPaper({ columns: 80 })
    await printRefusal(paper, aStyle(), refuse('contact_ambiguous', { names: ['\u001b[2J', 'bob'] }))
    expect(paper.err()).toContain('names: \\x1b[2J, bob')
  })
})

describe('say', () => {
  it('talks on stderr', () => {
    const paper = aPaper()
    say(paper, 'The daemon started.\u001b[2J')
    expect([paper.out(), paper.err()]).toEqual(['', 'The daemon started.\\x1b[2J\n'])
  })
})
