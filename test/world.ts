import type { Path, Request } from '@ewallet/protocol'
import { aDaemon, type Client, PASSWORD, type TestDaemon } from './harness.ts'

const ALICE = 'alice@example.org'
const BOB = 'bob@example.org'
const MINUTE = 60_000

/** A request for each of some instructions. */
export type Requests = { [P in Path]?: Request<P> }

/**
 * A daemon on which every instruction that takes a key has something to do. Alice has credits and minutes, one of everything that
 * can be switched to or unlinked, clocks that run and are paused, a record of each kind, and another session.
 * It is a new one unless one is given, upon which nobody is yet.
 */
export async function aWorld(upon?: TestDaemon): Promise<{ daemon: TestDaemon; alice: Client; requests: Requests }> {
  const daemon = upon ?? (await aDaemon())
  const alice = await daemon.has(ALICE, { credits: 1_000 })
  const bob = await daemon.has(BOB, { credits: 50 })
  const elsewhere = await daemon.client()
  await elsewhere.says('client action login', { user_email: ALICE, user_pass: PASSWORD })
  await bob.says('client action transfer credits', { transfer_to: ALICE, credits: 9 })
  const { records } = await alice.says('client action view transfer records', {})

  const { ewallet } = await alice.says('client action new credit ewallet', {})
  const aClock = async () => (await alice.says('client action new credit clock')).clock
  const [running, paused, empty] = [await aClock(), await aClock(), await aClock()]
  for (const clock_id of [running, paused, 2]) {
    await alice.says('client action switch credit clock', { clock_id })
    await alice.says('client action convert credits2clock', { credits: 60 })
    await alice.says('client action start clock_timer', {})
  }
  daemon.time.turn(MINUTE)
  await alice.says('client action pause clock_timer', { clock_id: paused })
  await alice.says('client action stop clock_timer', { clock_id: 2 })

  const { transfer_sheet } = await alice.says('client action new transfer list', {})
  const { invoice_sheet } = await alice.says('client action new invoice list', {})
  const { conversion_sheet } = await alice.says('client action new conversion list', {})
  const { time_sheet } = await alice.says('client action new time list', {})
  const { contact_list } = await alice.says('client action new contact list')
  const { contact_record } = await alice.says('client action new contact record', { user_name: 'bob' })
  const { sessions } = await alice.says('client action view sessions')
  const other = sessions.find(({ current }) => !current)
  const incoming = { record_id: records[0]?.id ?? 0 }

  const requests: Requests = {
    'client action revoke session': { session_id: other?.id ?? 0 },
    'client action logout': {},
    'client action unlink account': { forfeit: true },
    'client action supply credits': { credits: 10, cost: 4.7 },
    'client action pay': { pay: BOB, credits: 10 },
    'client action transfer credits': { transfer_to: BOB, credits: 10 },
    'client action refund transfer': { ...incoming, credits: 3 },
    'client action new credit ewallet': { reference: 'Holidays' },
    'client action switch credit ewallet': { ewallet_id: ewallet },
    'client action unlink credit ewallet': { ewallet_id: ewallet },
    'client action convert credits2clock': { credits: 10 },
    'client action convert clock2credits': { minutes: 10 },
    'client action start clock_timer': {},
    'client action pause clock_timer': { clock_id: running },
    'client action resume clock_timer': { clock_id: paused },
    'client action stop clock_timer': { clock_id: running },
    'client action import time_records': {
      records: [{ time_start: '2026-01-05T08:00:00Z', time_stop: '2026-01-05T08:01:00Z' }],
    },
    'client action new credit clock': {},
    'client action switch credit clock': { clock_id: empty },
    'client action unlink credit clock': { clock_id: empty },
    'client action new transfer list': {},
    'client action new invoice list': {},
    'client action new conversion list': {},
    'client action new time list': {},
    'client action switch transfer_sheet': { sheet_id: transfer_sheet },
    'client action switch invoice_sheet': { sheet_id: invoice_sheet },
    'client action switch conversion_sheet': { sheet_id: conversion_sheet },
    'client action switch time_sheet': { sheet_id: time_sheet },
    'client action unlink transfer record': incoming,
    'client action unlink invoice record': { record_id: 1 },
    'client action unlink conversion record': { record_id: 1 },
    'client action unlink time record': { record_id: 1 },
    'client action unlink transfer list': { list_id: transfer_sheet },
    'client action unlink invoice list': { list_id: invoice_sheet },
    'client action unlink conversion list': { list_id: conversion_sheet },
    'client action unlink time list': { list_id: time_sheet },
    'client action new contact list': {},
    'client action switch contact_list': { list_id: contact_list },
    'client action unlink contact list': { list_id: contact_list },
    'client action new contact record': { user_name: 'carol' },
    'client action edit contact record': { record_id: contact_record, user_phone: '1' },
    'client action unlink contact record': { record_id: contact_record },
  }
  return { daemon, alice, requests }
}
