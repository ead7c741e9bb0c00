import { join } from 'node:path'
import type { Path } from '@ewallet/protocol'
import { refuse } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { printChart, printRefusal } from '../../packages/cli/src/output/print.ts'
import { measureFor } from '../../packages/cli/src/output/width.ts'
import { aClock, account, contacts, stopped, transfers, wallet } from './answers.ts'
import { aPaper, aStyle, nine, printed } from './paper.ts'

const answers: readonly (readonly [name: string, path: Path, answer: object])[] = [
  ['a list with Chinese, Japanese and emoji', 'client action view contact records', contacts],
  ['a list of transfers', 'client action view transfer records', transfers],
  ['a wallet', 'client action view credit ewallet', wallet],
  ['an account', 'client action view account', account],
  ['a clock with plenty left', 'client action view credit clock', aClock(228)],
  ['a clock with ten minutes left', 'client action view credit clock', aClock(10)],
  ['a clock with two minutes left, paused', 'client action view credit clock', aClock(2, 'pending')],
  ['a timer that was stopped', 'client action stop clock_timer', stopped],
  [
    'what somebody hostile wrote',
    'client action view contact records',
    {
      ...contacts,
      records: contacts.records.map((row) => ({ ...row, name: '\u001b[2J\u202eevil', notes: 'one\ntwo\u0007' })),
    },
  ],
  [
    'events',
    'client action view events',
    {
      events: [
        { event: 'payment.received', cursor: 1, at: nine, data: { from: 'bob@example.org', credits: 10 } },
        { event: 'clock.low', cursor: 2, at: nine, data: { clock: 1, minutes_left: 5 } },
      ],
      cursor: 2,
    },
  ],
]

async function drawn(columns: number, colour: boolean): Promise<string> {
  const parts: string[] = []
  for (const [name, path, answer] of answers) {
    parts.push(`# ${name}\n`, await printed(path, answer, {}, aPaper({ columns, colour })))
  }
  const chart = aPaper({ columns, colour })
  await printChart(chart, aStyle(), [
    { label: '2026-01-30 Fri', value: 90, figure: '1 h 30 min' },
    { label: '2026-01-31 Sat', value: 7, figure: '7 min' },
  ])
  const refused = aPaper({ columns, colour })
  await printRefusal(refused, aStyle(), refuse('insufficient_credits', { credits: 5 }))
  return [...parts, '# bars\n', chart.out(), '# a refusal\n', refused.err()].join('\n')
}

describe.each([60, 80, 120])('on %d columns', (columns) => {
  it.each([
    ['plain', false],
    ['colour', true],
  ] as const)('everything looks as it looked: %s', async (name, colour) => {
    const file = join(import.meta.dirname, 'goldens', `${columns}-${name}.txt`)
    // Escapes are spelled, so that the file can be read.
    await expect((await drawn(columns, colour)).replaceAll('\u001b', '␛')).toMatchFileSnapshot(file)
  })

  it('no table, card or picture is wider than the terminal', async () => {
    const text = await drawn(columns, false)
    const measure = await measureFor(text)
    expect(text.split('\n').filter((line) => /[│┌├└█]/.test(line) && measure(line) > columns)).toEqual([])
  })
})
