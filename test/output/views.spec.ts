import { declarationOf, type Path, paths, type Response } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { eventSentence } from '../../packages/cli/src/views/events.ts'
import { listingOf } from '../../packages/cli/src/views/views.ts'
import { aClock, account, stopped, wallet } from './answers.ts'
import { anAnswer } from './any-answer.ts'
import { aPaper, lines, nine, printed, tenPast } from './paper.ts'

/** A path, an answer to it and the sentence it reads as. */
function reads<P extends Path>(path: P, answer: Response<P>, sentence: string): [Path, object, string] {
  return [path, answer, sentence]
}

const nobody = {
  session_user_account: null,
  session_credit_ewallet: null,
  session_contact_list: null,
  session_account_archive: {},
}
const records = { transfer_record: 1, invoice_record: 1 }
const { account_data } = account
const { clock_data } = aClock(20)

describe('a sentence', () => {
  it.each([
    reads(
      'client action pay',
      { paid: 'bob@example.org', spent_credits: 10, ewallet_credits: 90, ...records },
      'Paid 10 credits to bob@example.org. 90 left.',
    ),
    reads(
      'client action pay',
      { paid: 'bob@example.org', spent_credits: 1, ewallet_credits: 0, ...records },
      'Paid 1 credit to bob@example.org. 0 left.',
    ),
    reads(
      'client action transfer credits',
      { transfered_to: 'bob@example.org', transfered_credits: 5, ewallet_credits: 95, transfer_record: 1 },
      'Transferred 5 credits to bob@example.org. 95 left.',
    ),
    reads(
      'client action refund transfer',
      { refunded_to: 'bob@example.org', refunded_credits: 3, ewallet_credits: 7, transfer_record: 1 },
      'Refunded 3 credits to bob@example.org. 7 left.',
    ),
    reads(
      'client action supply credits',
      { supplied_credits: 100, ewallet_credits: 190, ...records },
      'Supplied 100 credits. 190 in the wallet.',
    ),
    reads(
      'client action convert credits2clock',
      { conversion_record: 1, ewallet_credits: 80, credit_clock: 20, converted_credits: 20 },
      'Converted 20 credits to 20 minutes. 80 credits left, 20 min on the clock.',
    ),
    reads(
      'client action convert clock2credits',
      { conversion_record: 1, ewallet_credits: 100, credit_clock: 0, converted_minutes: 20 },
      'Converted 20 minutes to 20 credits. 100 credits in the wallet, 0 min left on the clock.',
    ),
    reads(
      'client action start clock_timer',
      { clock: 1, start_timestamp: nine },
      'Started clock 1 at 2026-01-31 09:00:00.',
    ),
    reads(
      'client action pause clock_timer',
      { clock: 1, pending_time: 0, start_timestamp: nine, pause_timestamp: tenPast, pending_count: 1 },
      'Paused clock 1 at 2026-01-31 09:10:00, 1 pause so far.',
    ),
    reads(
      'client action resume clock_timer',
      { clock: 1, pending_time: 10, pause_timestamp: nine, resume_timestamp: tenPast, pending_count: 1 },
      'Resumed clock 1 at 2026-01-31 09:10:00, after 10 min of pause.',
    ),
    reads('client action stop clock_timer', stopped, 'Stopped. 10 minutes spent. 2 pauses, 3 min 30 s, not charged.'),
    reads(
      'client action stop clock_timer',
      { ...stopped, pending_count: 0, pending_time: 0, minutes_spent: 0.42 },
      'Stopped. 0.42 minutes spent.',
    ),
    reads(
      'client action import time_records',
      { imported: 2, time_records: [1, 2], minutes_spent: 30, credit_clock: 30 },
      'Imported 2 records. 30 minutes spent, 30 min left.',
    ),
    reads(
      'client action switch credit clock',
      { clock: 1, clock_data },
      'Clock 1, Credit Clock, is active now. 20 min left.',
    ),
    reads('client action unlink credit clock', { clock: 4 }, 'Deleted clock 4.'),
    reads('client action new account', account, 'Welcome, alice. The account is alice@example.org.'),
    reads(
      'client action login',
      { account: 'alice@example.org', session_data: nobody },
      'Logged in as alice@example.org.',
    ),
    reads(
      'client action logout',
      { account: 'alice@example.org', session_data: nobody },
      'Logged out alice@example.org. Nobody is active now.',
    ),
    reads(
      'client action logout',
      { account: 'alice@example.org', session_data: { ...nobody, session_user_account: 'bob@example.org' } },
      'Logged out alice@example.org. bob@example.org is active now.',
    ),
    reads(
      'client action switch account',
      { account: 'bob@example.org', session_data: nobody },
      'bob@example.org is active now.',
    ),
    reads(
      'client action edit account',
      {
        account: 'alice@example.org',
        edit: { name: true, pass: true, alias: false, email: false, phone: false },
        account_data,
      },
      'Changed name, password of alice@example.org.',
    ),
    reads(
      'client action unlink account',
      { account: 'alice@example.org' },
      'alice@example.org will be deleted in 30 days. Until then: ewallet account recover.',
    ),
    reads('client action new contact record', { contact_record: 3, contact_list: 1 }, 'Added contact 3 to list 1.'),
    reads('client action unlink time record', { time_sheet: 1, time_record: 3 }, 'Removed time record 3.'),
    reads('client action unlink transfer list', { transfer_sheet: 5 }, 'Deleted transfer sheet 5.'),
    reads('client action revoke session', { sessions_revoked: 2 }, 'Ended 2 sessions.'),
    reads(
      'client action verify ctoken validity',
      { client_id: 'ewsm-uid:a:1', valid: false, registered: true, expired: true },
      'The client id has expired.',
    ),
    reads('client action request session_token', { session_token: 'ewsm-st:a:1' }, 'A session token was given.'),
    reads(
      'client action report issue',
      { issue: 3, timestamp: nine, source: null, contact: null },
      'Reported as issue 3. Thank you.',
    ),
    reads(
      'system action cleanup workers',
      { workers_cleaned: 1, workers: [2], worker_reserved: 3 },
      'Removed 1 worker. Workers: 2. Worker 3 is kept in reserve.',
    ),
    reads(
      'system action interogate session_pool',
      { worker: 1, session_pool: [4, 5] },
      'Worker 1 holds 2 sessions: 4, 5.',
    ),
    reads('system action search session', { ewallet_session: 4, worker: null }, 'Session 4 is on no worker.'),
    reads('system action stop daemon', { stopping: true }, 'The daemon is stopping.'),
  ])('answers "%s", the same in a pipe', async (path, answer, sentence) => {
    expect(await printed(path, answer)).toBe(`${sentence}\n`)
    expect(await printed(path, answer, { format: 'plain' }, aPaper())).toBe(`${sentence}\n`)
  })
})

describe('a panel', () => {
  it('shows a wallet, its balance first, what is active marked', async () => {
    expect(await printed('client action view credit ewallet', wallet)).toBe(
      lines(`
        ┌───────────────────────────────────────────┐
        │  90 credits                               │
        │  Credit EWallet, wallet #1                │
        │                                           │
        │  Clocks     ● 1 Credit Clock, 4 Holidays  │
        │  Transfers  ● 1 Transfer Sheet            │
        │  Since      2026-01-31 09:00:00           │
        └───────────────────────────────────────────┘
      `),
    )
  })

  it('shows a wallet in a pipe without its box', async () => {
    expect(await printed('client action view credit ewallet', wallet, { format: 'plain' }, aPaper())).toBe(
      lines(`
        90 credits
        Credit EWallet, wallet #1

        Clocks     ● 1 Credit Clock, 4 Holidays
        Transfers  ● 1 Transfer Sheet
        Since      2026-01-31 09:00:00
      `),
    )
  })

  it('shows an account with ASCII alone where asked to', async () => {
    expect(await printed('client action view account', account, { ascii: true })).toBe(
      lines(`
        +--------------------------------------------+
        |  alice                                     |
        |  alice@example.org, also known as Al       |
        |                                            |
        |  State     logged in                       |
        |  Wallets   * 1 Credit EWallet, 4 Holidays  |
        |  Contacts  * 1 Contact List                |
        |  Since     2026-01-31 09:00:00             |
        |  Account   #2                              |
        +--------------------------------------------+
      `),
    )
  })

  it('shows when a running clock runs out', async () => {
    expect(await printed('client action view credit clock', aClock(12.5))).toBe(
      lines(`
        ┌───────────────────────────────────────┐
        │  12 min 30 s left                     │
        │  Credit Clock, clock #1 of wallet #1  │
        │                                       │
        │  Timer        running                 │
        │  Runs out     2026-01-31 09:12:30     │
        │  Minutes      12.5                    │
        │  Time sheets  ● 1 Time Sheet          │
        │  Conversions  ● 1 Conversion Sheet    │
        │  Since        2026-01-31 09:00:00     │
        └───────────────────────────────────────┘
      `),
    )
  })

  it.each([
    [4.99, 31],
    [14, 33],
    [60, 32],
  ])('shows %d minutes left in colour %i', async (minutes, code) => {
    const paper = aPaper({ columns: 80, colour: true })
    const drawn = await printed('client action view credit clock', aClock(minutes), {}, paper)
    expect(drawn).toMatch(new RegExp(`\u001b\\[${code}m[^\u001b]* left`))
  })

  it('does not say when a paused clock runs out', async () => {
    const drawn = await printed('client action view credit clock', aClock(20, 'pending'))
    expect(drawn).toContain('paused')
    expect(drawn).not.toContain('Runs out')
  })

  it.each([30, 40, 60, 80, 120])('fits %i columns', async (columns) => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [index + 1, `財布 ${'x'.repeat(index * 3)}`]),
    )
    const answer = { ...account, account_data: { ...account_data, ewallet_archive: many, name: 'n'.repeat(64) } }
    const drawn = (await printed('client action view account', answer, {}, aPaper({ columns }))).trimEnd().split('\n')
    const { default: stringWidth } = await import('string-width')
    expect(new Set(drawn.map((line) => stringWidth(line))).size).toBe(1)
    expect(stringWidth(drawn[0] ?? '')).toBeLessThanOrEqual(columns)
  })
})

describe('the licence', () => {
  it('keeps its own lines', async () => {
    expect(await printed('client action view license', { version: '1', text: 'One.\n\nTwo.\u001b[2J\n' })).toBe(
      'One.\n\nTwo.\\x1b[2J\n\nVersion 1\n',
    )
  })
})

describe('eventSentence', () => {
  it.each([
    ['transfer.received', { from: 'bob@example.org', credits: 1 }, '1 credit came from bob@example.org.'],
    ['payment.received', { from: 'bob@example.org', credits: 10 }, 'bob@example.org paid 10 credits.'],
    ['refund.received', { from: 'bob@example.org', credits: 10 }, 'bob@example.org refunded 10 credits.'],
    ['clock.started', { clock: 1 }, 'Clock 1 started.'],
    ['clock.paused', { clock: 1 }, 'Clock 1 is paused.'],
    ['clock.resumed', { clock: 1 }, 'Clock 1 goes on.'],
    ['clock.stopped', { clock: 1, minutes_spent: 10 }, 'Clock 1 stopped, 10 minutes spent.'],
    ['clock.low', { clock: 1, minutes_left: 5 }, 'Clock 1 has 5 min left.'],
    ['clock.exhausted', { clock: 1, time_record: 3 }, 'Clock 1 ran out and stopped.'],
    ['account.login', { address: '127.0.0.1' }, 'Somebody logged in from 127.0.0.1.'],
    ['account.login', { address: null }, 'Somebody logged in.'],
    ['session.expiring', { valid_to: nine }, `The session ends at ${nine}.`],
    ['system.progress', { done: 1, of: 2 }, 'done 1, of 2'],
  ])('tells %s', (event, data, sentence) => {
    expect(eventSentence(event, data)).toBe(sentence)
  })
})

describe('a listing', () => {
  const listed = paths.filter((path) =>
    Object.values(anAnswer(path)).some((value) => Array.isArray(value) && typeof value[0] === 'object'),
  )

  it.each(listed)('is what "%s" prints as, all its fields named', (path) => {
    const listing = listingOf(path)
    const answer = anAnswer(path) as Record<string, unknown>
    const [row = {}] = listing?.rows(answer) ?? []
    expect(listing?.columns.map(({ key }) => key).sort()).toEqual(Object.keys(row).sort())
    expect(Object.keys(declarationOf(path).response.shape)).toContain(listing?.key)
  })
})
