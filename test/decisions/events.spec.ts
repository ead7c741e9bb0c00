import { describe, expect, it, vi } from 'vitest'
import { aDaemon, type Client, PASSWORD, type TestDaemon } from '../harness.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** What each event tells, no more. */
const tells: Record<string, string[]> = {
  'transfer.received': ['credits', 'from', 'transfer_record'],
  'payment.received': ['credits', 'from', 'invoice_record'],
  'refund.received': ['credits', 'from', 'transfer_record'],
  'clock.started': ['clock'],
  'clock.paused': ['clock'],
  'clock.resumed': ['clock'],
  'clock.stopped': ['clock', 'minutes_spent', 'time_record'],
  'clock.low': ['clock', 'minutes_left'],
  'clock.exhausted': ['clock', 'time_record'],
  'account.login': ['address', 'at'],
}

/** Ada, who hears her events, is sent credits, pays, is refunded, and runs her clock down. */
async function everythingHappens() {
  const daemon = await aDaemon()
  const ada = await daemon.has(ADA, { credits: 50, minutes: 20 })
  const bob = await daemon.has(BOB, { credits: 50 })
  await ada.says('client action subscribe events', { from: 0 })
  await bob.says('client action transfer credits', { transfer_to: ADA, credits: 5 })
  await bob.says('client action pay', { pay: ADA, credits: 5 })
  await ada.says('client action pay', { pay: BOB, credits: 10 })
  const { records } = await bob.says('client action view transfer records', {})
  const incoming = records.find(({ transfer_from }) => transfer_from === ADA)
  await bob.says('client action refund transfer', { record_id: incoming?.id ?? 0, credits: 4 })
  await ada.says('client action start clock_timer', {})
  await ada.says('client action pause clock_timer', {})
  await ada.says('client action resume clock_timer', {})
  daemon.time.turn(MINUTE)
  await ada.says('client action stop clock_timer', {})
  await ada.says('client action start clock_timer', {})
  daemon.time.turn(HOUR)
  await daemon.house.settle()
  const { events } = await ada.says('client action view events', { limit: 1_000 })
  await vi.waitFor(() => expect(ada.heard).toHaveLength(events.length))
  return { daemon, ada, bob, events }
}

/** Ada and bob, logged in on one session, ada active. */
async function bothOnOne(daemon: TestDaemon): Promise<Client> {
  await daemon.has(BOB, { credits: 10 })
  const both = await daemon.has(ADA, { credits: 10 })
  await both.says('client action login', { user_email: BOB, user_pass: PASSWORD })
  await both.says('client action switch account', { account: ADA })
  return both
}

describe('events', () => {
  it('every event of the table is told, with exactly its fields', async () => {
    const { events } = await everythingHappens()
    const told = Object.fromEntries(events.map(({ event, data }) => [event, Object.keys(data).sort()]))
    expect(told).toEqual(tells)
  })

  it('a frame is `{ event, cursor, account, data }`', async () => {
    const { ada, events } = await everythingHappens()
    expect(ada.heard).toEqual(events.map(({ event, cursor, data }) => ({ event, cursor, account: ADA, data })))
  })

  it('cursors count per account', async () => {
    const { ada, bob } = await everythingHappens()
    for (const person of [ada, bob]) {
      const { events } = await person.says('client action view events', { limit: 1_000 })
      expect(events.map(({ cursor }) => cursor)).toEqual(events.map((_, index) => index + 1))
    }
  })

  it('and are given out inside the transaction that causes the event: what is refused or dry tells nothing and uses none', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA, { credits: 5 })
    const bob = await daemon.has(BOB)
    const { cursor } = await bob.says('client action subscribe events', {})
    await ada.says('client action pay', { pay: BOB, credits: 6 })
    await ada.says('client action pay', { pay: BOB, credits: 5 }, { dry_run: true })
    await ada.says('client action pay', { pay: BOB, credits: 5 })
    await vi.waitFor(() => expect(bob.heard).toHaveLength(1))
    expect(bob.heard[0]).toMatchObject({ event: 'payment.received', cursor: cursor + 1 })
  })

  it('a subscription belongs to the account that was active when it was made', async () => {
    const daemon = await aDaemon()
    const both = await bothOnOne(daemon)
    const { cursor } = await both.says('client action subscribe events', {})
    await both.says('client action switch account', { account: BOB })
    await both.says('client action pay', { pay: ADA, credits: 1 })
    await both.says('client action switch account', { account: ADA })
    await both.says('client action pay', { pay: BOB, credits: 2 })
    await vi.waitFor(() => expect(both.heard).toHaveLength(1))
    expect(both.heard).toMatchObject([{ account: ADA, cursor: cursor + 1, data: { from: BOB, credits: 1 } }])
  })
})
