import { describe, expect, it } from 'vitest'
import { aDaemon, expectAllRefusalsSeen, type TestDaemon } from '../harness.ts'

const ALICE = 'alice@example.org'
const BOB = 'bob@example.org'
const CORE = 'systemcore@ewallet.invalid'
const MINUTE = 60_000

/** Alice, account 2, has 100 credits; bob, account 3, has none. */
async function aliceAndBob() {
  const daemon = await aDaemon()
  const alice = await daemon.has(ALICE, { credits: 100 })
  const bob = await daemon.has(BOB)
  return { daemon, alice, bob }
}

/** What is written on every sheet of one kind, whosever it is. */
const transfers = (daemon: TestDaemon) =>
  daemon.store.transaction(async (tx) => {
    const rows = []
    for (let id = 1; ; id += 1) {
      const row = await tx.transferRecords.get(id)
      if (!row) return rows
      rows.push(row)
    }
  })

/** What a wallet holds, by the ledger. */
const held = (daemon: TestDaemon, wallet: number) =>
  daemon.store.transaction(async (tx) => tx.balance(`wallet:${wallet}`, 'credits'))

/** Puts a wallet at a balance that no test could supply in time. */
const fill = (daemon: TestDaemon, wallet: number, credits: number) =>
  daemon.store.transaction(async (tx) => {
    await tx.post('core', `wallet:${wallet}`, credits, 'credits', { kind: 'supply', notes: null, credit: { wallet } })
  })

describe('client action supply credits', () => {
  it("puts credits into the active wallet and names the buyer's records", async () => {
    const daemon = await aDaemon()
    const alice = await daemon.has(ALICE)
    const answer = await alice.says('client action supply credits', { credits: 100, cost: 4.7 })
    expect(answer).toEqual({
      failed: false,
      ewallet_credits: 100,
      supplied_credits: 100,
      transfer_record: 1,
      invoice_record: 1,
    })
  })

  it("writes incoming and an invoice on the buyer's sheets, supply and an invoice on SystemCore's", async () => {
    const daemon = await aDaemon()
    const alice = await daemon.has(ALICE)
    await alice.says('client action supply credits', { credits: 100, cost: 4.7, notes: 'a hundred' })
    expect(await transfers(daemon)).toMatchObject([
      { id: 1, account: 2, sheet: 2, type: 'incoming', from: 1, to: 2, credits: 100 },
      { id: 2, account: 1, sheet: 1, type: 'supply', from: 1, to: 2, credits: 100 },
    ])
    const invoice = { credits: 100, currency: 'RON', costE4: 47_000, seller: 1, notes: 'a hundred' }
    const invoices = await daemon.store.transaction(async (tx) => [
      await tx.invoiceRecords.get(1),
      await tx.invoiceRecords.get(2),
    ])
    expect(invoices).toMatchObject([
      { account: 2, sheet: 2, ...invoice },
      { account: 1, sheet: 1, ...invoice },
    ])
  })

  it('costs 0 RON without notes unless something else is said', async () => {
    const { alice } = await aliceAndBob()
    const { record_data } = await alice.says('client action view invoice record', { record_id: 1 })
    expect(record_data).toMatchObject({ credits: 100, currency: 'RON', cost: 0, seller: 'SystemCore', notes: null })
  })

  it.each([
    ['another currency', { credits: 1, currency: 'EUR' }, { currency: 'EUR' }],
    ['a cost of 4 places', { credits: 1, cost: 0.0001 }, { cost: 0.0001 }],
    ['a cost that binary fractions miss', { credits: 1, cost: 1.1 }, { cost: 1.1 }],
    ['the highest cost', { credits: 1, cost: 999_999_999.9999 }, { cost: 999_999_999.9999 }],
    ['the most credits', { credits: 1_000_000_000 }, { credits: 1_000_000_000 }],
  ])('keeps %s', async (_, request, kept) => {
    const { alice } = await aliceAndBob()
    const { invoice_record } = await alice.says('client action supply credits', request)
    const { record_data } = await alice.says('client action view invoice record', { record_id: invoice_record })
    expect(record_data).toMatchObject(kept)
  })

  it.each([
    ['nothing', { credits: 0 }, 'credits'],
    ['less than nothing', { credits: -1 }, 'credits'],
    ['half a credit', { credits: 0.5 }, 'credits'],
    ['a number in words', { credits: '10' }, 'credits'],
    ['more than a request may name', { credits: 1_000_000_001 }, 'credits'],
    ['no number', {}, 'credits'],
    ['a cost of 5 places', { credits: 1, cost: 0.00001 }, 'cost'],
    ['a negative cost', { credits: 1, cost: -1 }, 'cost'],
    ['a currency of two letters', { credits: 1, currency: 'RO' }, 'currency'],
    ['an unknown field', { credits: 1, opening: 5 }, 'opening'],
  ])('refuses %s', async (_, request, field) => {
    const { daemon, alice } = await aliceAndBob()
    const answer = await alice.says('client action supply credits', request as { credits: number })
    expect(answer).toMatchObject({ code: 'malformed_request', details: { field } })
    expect(await held(daemon, 2)).toBe(100)
  })

  it('refuses what would make the wallet hold more than 100,000,000,000 credits', async () => {
    const { daemon, alice } = await aliceAndBob()
    await fill(daemon, 2, 99_999_999_800)
    expect(await alice.says('client action supply credits', { credits: 101 })).toMatchObject({
      code: 'balance_too_large',
      details: { credits_max: 100_000_000_000 },
    })
    expect(await alice.says('client action supply credits', { credits: 100 })).toMatchObject({
      ewallet_credits: 100_000_000_000,
    })
  })

  it('is denied to who lacks the permission', async () => {
    const daemon = await aDaemon({ config: { supply: 'granted' } })
    const alice = await daemon.has(ALICE)
    expect(await alice.says('client action supply credits', { credits: 1 })).toMatchObject({
      code: 'permission_denied',
      details: { permission: 'supply' },
    })
  })
})

/** What `pay` and `transfer credits` refuse alike. */
const refusedSendings = [
  ['oneself', { to: ALICE, credits: 1 }, 'partner_is_self'],
  ['oneself in another case', { to: 'Alice@Example.ORG', credits: 1 }, 'partner_is_self'],
  ['oneself more than there is', { to: ALICE, credits: 1_000 }, 'partner_is_self'],
  ['oneself by a contact', { to: '@me', credits: 1 }, 'partner_is_self'],
  ['a stranger', { to: 'nobody@example.org', credits: 1 }, 'account_not_found'],
  ['a stranger more than there is', { to: 'nobody@example.org', credits: 1_000 }, 'account_not_found'],
  ['SystemCore', { to: CORE, credits: 1 }, 'account_not_found'],
  ['a contact without an account', { to: '@ghost', credits: 1 }, 'account_not_found'],
  ['a contact nobody noted', { to: '@nobody', credits: 1 }, 'contact_not_found'],
  ['a contact without an email', { to: '@mute', credits: 1 }, 'contact_not_found'],
  ['a name two contacts have', { to: '@twin', credits: 1 }, 'contact_ambiguous'],
  ['a reference two contacts have', { to: '@pair', credits: 1 }, 'contact_ambiguous'],
  ['more than the wallet holds', { to: BOB, credits: 101 }, 'insufficient_credits'],
  ['nothing', { to: BOB, credits: 0 }, 'malformed_request'],
  ['less than nothing', { to: BOB, credits: -5 }, 'malformed_request'],
  ['half a credit', { to: BOB, credits: 0.5 }, 'malformed_request'],
  ['nobody', { to: '', credits: 1 }, 'malformed_request'],
  ['what is no email', { to: 'bob', credits: 1 }, 'malformed_request'],
] as const

/** Alice's contacts: herself, bob by two names, somebody without an account, one without an email, and two pairs of namesakes. */
async function withContacts() {
  const people = await aliceAndBob()
  for (const contact of [
    { user_name: 'Me', user_email: ALICE },
    { user_name: 'Robert', user_email: 'BOB@example.org', user_reference: 'Bobby' },
    { user_name: 'Ghost', user_email: 'ghost@example.org' },
    { user_name: 'Mute' },
    { user_name: 'Twin', user_email: BOB },
    { user_name: 'twin', user_email: BOB },
    { user_name: 'One', user_email: BOB, user_reference: 'Pair' },
    { user_name: 'Two', user_email: BOB, user_reference: 'pair' },
    { user_name: 'Pair of Aces', user_email: 'ace@example.org', user_reference: 'Robert' },
  ]) {
    await people.alice.says('client action new contact record', contact)
  }
  return people
}

describe('client action pay', () => {
  it("moves credits to the payee's active wallet", async () => {
    const { daemon, alice, bob } = await aliceAndBob()
    expect(await alice.says('client action pay', { pay: BOB, credits: 10 })).toEqual({
      failed: false,
      paid: BOB,
      ewallet_credits: 90,
      spent_credits: 10,
      transfer_record: 3,
      invoice_record: 3,
    })
    expect(await bob.says('client action view credit ewallet')).toMatchObject({ ewallet_data: { credits: 10 } })
    expect(await held(daemon, 2)).toBe(90)
  })

  it("writes payment and an invoice on the payer's sheets, incoming and an invoice on the payee's", async () => {
    const { daemon, alice, bob } = await aliceAndBob()
    await alice.says('client action pay', { pay: BOB, credits: 10, notes: 'lunch' })
    expect((await transfers(daemon)).slice(2)).toMatchObject([
      { id: 3, account: 2, sheet: 2, type: 'payment', from: 2, to: 3, credits: 10 },
      { id: 4, account: 3, sheet: 3, type: 'incoming', from: 2, to: 3, credits: 10 },
    ])
    const invoice = { credits: 10, currency: 'RON', cost: 0, seller: 'bob', notes: 'lunch' }
    expect(await alice.says('client action view invoice record', { record_id: 3 })).toMatchObject({
      record_data: { invoice_sheet: 2, ...invoice },
    })
    expect(await bob.says('client action view invoice record', { record_id: 4 })).toMatchObject({
      record_data: { invoice_sheet: 3, ...invoice },
    })
  })

  it('tells the payee', async () => {
    const { alice, bob } = await aliceAndBob()
    await alice.says('client action pay', { pay: BOB, credits: 10 })
    const { events } = await bob.says('client action view events')
    expect(events.at(-1)).toMatchObject({
      event: 'payment.received',
      data: { from: ALICE, credits: 10, invoice_record: 4 },
    })
    const own = await alice.says('client action view events')
    expect(own.events.filter(({ event }) => event === 'payment.received')).toEqual([])
  })

  it.each([
    ['a name', '@robert'],
    ['a name in another case', '@ROBERT'],
    ['a reference', '@bobby'],
    ['a name before a reference', '@Robert'],
  ])('finds the payee by %s in the active contact list', async (_, pay) => {
    const { alice } = await withContacts()
    expect(await alice.says('client action pay', { pay, credits: 10 })).toMatchObject({ failed: false, paid: BOB })
  })

  it('looks in the active contact list only', async () => {
    const { alice } = await withContacts()
    const { contact_list } = await alice.says('client action new contact list')
    await alice.says('client action switch contact_list', { list_id: contact_list })
    expect(await alice.says('client action pay', { pay: '@robert', credits: 10 })).toMatchObject({
      code: 'contact_not_found',
    })
  })

  it("is said with the payee at the chain's end", async () => {
    const { alice } = await aliceAndBob()
    const chain = { controller: 'client', ctype: 'action', action: 'pay', pay: BOB, credits: 10 }
    expect(await alice.sends({ ...chain, ...alice.header })).toMatchObject({ failed: false, paid: BOB })
  })

  it.each(refusedSendings)('refuses to pay %s', async (_, { to, credits }, code) => {
    const { daemon, alice } = await withContacts()
    expect(await alice.says('client action pay', { pay: to, credits })).toMatchObject({ failed: true, code })
    expect([await held(daemon, 2), await held(daemon, 3)]).toEqual([100, 0])
    expect(await transfers(daemon)).toHaveLength(2)
  })

  it('says how much there is where it is not enough', async () => {
    const { alice } = await aliceAndBob()
    expect(await alice.says('client action pay', { pay: BOB, credits: 101 })).toMatchObject({
      code: 'insufficient_credits',
      details: { credits: 100 },
    })
  })

  it("refuses what would make the payee's wallet hold too much, without telling what it holds", async () => {
    const { daemon, alice } = await aliceAndBob()
    await fill(daemon, 3, 99_999_999_999)
    const answer = await alice.says('client action pay', { pay: BOB, credits: 2 })
    expect(answer).toMatchObject({ code: 'balance_too_large', details: { credits_max: 100_000_000_000 } })
    expect(await alice.says('client action pay', { pay: BOB, credits: 1 })).toMatchObject({ failed: false })
  })

  it('refuses to pay an account that is ordered to be deleted', async () => {
    const { alice, bob } = await aliceAndBob()
    await bob.says('client action unlink account', {})
    expect(await alice.says('client action pay', { pay: BOB, credits: 1 })).toMatchObject({
      code: 'account_not_found',
    })
  })

  it('is denied to who lacks the permission', async () => {
    const { daemon, alice } = await aliceAndBob()
    const operator = daemon.stranger({ isLocal: true })
    await operator.says('system action edit acl', { account: ALICE, permission: 'pay', allow: false })
    expect(await alice.says('client action pay', { pay: BOB, credits: 1 })).toMatchObject({
      code: 'permission_denied',
      details: { permission: 'pay' },
    })
  })
})

describe('client action transfer credits', () => {
  it("moves credits to the receiver's active wallet", async () => {
    const { daemon, alice } = await aliceAndBob()
    expect(await alice.says('client action transfer credits', { transfer_to: BOB, credits: 30 })).toEqual({
      failed: false,
      transfered_to: BOB,
      ewallet_credits: 70,
      transfered_credits: 30,
      transfer_record: 3,
    })
    expect([await held(daemon, 2), await held(daemon, 3)]).toEqual([70, 30])
  })

  it("writes transfer on the sender's sheet and incoming on the receiver's, and no invoice", async () => {
    const { daemon, alice, bob } = await aliceAndBob()
    await alice.says('client action transfer credits', { transfer_to: BOB, credits: 30 })
    expect(await alice.says('client action view transfer record', { record_id: 3 })).toMatchObject({
      record_data: {
        transfer_sheet: 2,
        transfer_type: 'transfer',
        transfer_from: ALICE,
        transfer_to: BOB,
        credits: 30,
      },
    })
    expect(await bob.says('client action view transfer record', { record_id: 4 })).toMatchObject({
      record_data: {
        transfer_sheet: 3,
        transfer_type: 'incoming',
        transfer_from: ALICE,
        transfer_to: BOB,
        credits: 30,
      },
    })
    expect(await daemon.store.transaction(async (tx) => tx.invoiceRecords.get(3))).toBeUndefined()
  })

  it('tells the receiver', async () => {
    const { alice, bob } = await aliceAndBob()
    await alice.says('client action transfer credits', { transfer_to: BOB, credits: 30 })
    const { events } = await bob.says('client action view events')
    expect(events.at(-1)).toMatchObject({
      event: 'transfer.received',
      data: { from: ALICE, credits: 30, transfer_record: 4 },
    })
  })

  it('answers with the email a contact stands for', async () => {
    const { alice } = await withContacts()
    expect(await alice.says('client action transfer credits', { transfer_to: '@bobby', credits: 1 })).toMatchObject({
      transfered_to: BOB,
    })
  })

  it.each(refusedSendings)('refuses to transfer to %s', async (_, { to, credits }, code) => {
    const { daemon, alice } = await withContacts()
    const answer = await alice.says('client action transfer credits', { transfer_to: to, credits })
    expect(answer).toMatchObject({ failed: true, code })
    expect([await held(daemon, 2), await held(daemon, 3)]).toEqual([100, 0])
    expect(await transfers(daemon)).toHaveLength(2)
  })

  it("refuses what would make the receiver's wallet hold too much", async () => {
    const { daemon, alice } = await aliceAndBob()
    await fill(daemon, 3, 100_000_000_000)
    expect(await alice.says('client action transfer credits', { transfer_to: BOB, credits: 1 })).toMatchObject({
      code: 'balance_too_large',
    })
  })
})

describe('client action refund transfer', () => {
  /** Alice transferred 30 credits to bob, whose `incoming` is record 4. */
  async function afterTransfer() {
    const people = await aliceAndBob()
    await people.alice.says('client action transfer credits', { transfer_to: BOB, credits: 30 })
    return people
  }

  it('gives back all that remains unless a part is named', async () => {
    const { daemon, bob } = await afterTransfer()
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toEqual({
      failed: false,
      refunded_to: ALICE,
      ewallet_credits: 0,
      refunded_credits: 30,
      transfer_record: 5,
    })
    expect([await held(daemon, 2), await held(daemon, 3)]).toEqual([100, 0])
  })

  it('gives back in parts, never more than came in', async () => {
    const { daemon, bob } = await afterTransfer()
    await bob.says('client action supply credits', { credits: 50 })
    expect(await bob.says('client action refund transfer', { record_id: 4, credits: 10 })).toMatchObject({
      refunded_credits: 10,
      ewallet_credits: 70,
    })
    expect(await bob.says('client action refund transfer', { record_id: 4, credits: 21 })).toMatchObject({
      code: 'refund_too_large',
      details: { credits: 20 },
    })
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toMatchObject({ refunded_credits: 20 })
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toMatchObject({
      code: 'refund_too_large',
      details: { credits: 0 },
    })
    expect([await held(daemon, 2), await held(daemon, 3)]).toEqual([100, 50])
  })

  it('refunds a payment too', async () => {
    const { daemon, alice, bob } = await aliceAndBob()
    await alice.says('client action pay', { pay: BOB, credits: 10 })
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toMatchObject({ refunded_credits: 10 })
    expect(await held(daemon, 2)).toBe(100)
  })

  it('writes refund and incoming, and no invoice', async () => {
    const { daemon, alice, bob } = await afterTransfer()
    await bob.says('client action refund transfer', { record_id: 4, credits: 10 })
    expect((await transfers(daemon)).slice(4)).toMatchObject([
      { id: 5, account: 3, sheet: 3, type: 'refund', from: 3, to: 2, credits: 10 },
      { id: 6, account: 2, sheet: 2, type: 'incoming', from: 3, to: 2, credits: 10 },
    ])
    expect(await alice.says('client action view invoice list')).toMatchObject({
      sheet_data: { records: { 1: 'Invoice Sheet Record' } },
    })
  })

  it('tells who is refunded', async () => {
    const { alice, bob } = await afterTransfer()
    await bob.says('client action refund transfer', { record_id: 4, credits: 10 })
    const { events } = await alice.says('client action view events')
    expect(events.at(-1)).toMatchObject({
      event: 'refund.received',
      data: { from: BOB, credits: 10, transfer_record: 6 },
    })
  })

  it('goes out of the wallet that received, into the wallet it came from', async () => {
    const { daemon, alice, bob } = await afterTransfer()
    const { ewallet: alices } = await alice.says('client action new credit ewallet', {})
    const { ewallet: bobs } = await bob.says('client action new credit ewallet', {})
    await alice.says('client action switch credit ewallet', { ewallet_id: alices })
    await bob.says('client action switch credit ewallet', { ewallet_id: bobs })
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toMatchObject({ ewallet_credits: 0 })
    expect([await held(daemon, 2), await held(daemon, 3), await held(daemon, alices)]).toEqual([100, 0, 0])
  })

  it("goes into the owner's active wallet where the one it came from is unlinked", async () => {
    const { daemon, alice, bob } = await aliceAndBob()
    await alice.says('client action transfer credits', { transfer_to: BOB, credits: 100 })
    const { ewallet } = await alice.says('client action new credit ewallet', {})
    await alice.says('client action switch credit ewallet', { ewallet_id: ewallet })
    expect(await alice.says('client action unlink credit ewallet', { ewallet_id: 2 })).toMatchObject({ ewallet: 2 })
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toMatchObject({ refunded_credits: 100 })
    expect([await held(daemon, 2), await held(daemon, ewallet)]).toEqual([0, 100])
  })

  it('never exceeds the original, whatever was unlinked', async () => {
    const { daemon, alice, bob } = await afterTransfer()
    await bob.says('client action supply credits', { credits: 50 })
    const { transfer_record } = await bob.says('client action refund transfer', { record_id: 4, credits: 30 })
    await bob.says('client action unlink transfer record', { record_id: transfer_record })
    await alice.says('client action unlink transfer record', { record_id: 3 })
    expect(await bob.says('client action refund transfer', { record_id: 4, credits: 1 })).toMatchObject({
      code: 'refund_too_large',
    })
    expect(await held(daemon, 2)).toBe(100)
  })

  it.each([
    ['a supply', 1, 'not_refundable'],
    ["one's own transfer", 3, 'not_refundable'],
    ['a record of somebody else', 4, 'record_not_found'],
    ['a record of SystemCore', 2, 'record_not_found'],
    ['a record that is not there', 99, 'record_not_found'],
  ])('refuses %s', async (_, record_id, code) => {
    const { alice } = await afterTransfer()
    expect(await alice.says('client action refund transfer', { record_id })).toMatchObject({ failed: true, code })
  })

  it("refuses one's own payment, and the incoming of a refund", async () => {
    const { alice, bob } = await aliceAndBob()
    await alice.says('client action pay', { pay: BOB, credits: 10 })
    expect(await alice.says('client action refund transfer', { record_id: 3 })).toMatchObject({
      code: 'not_refundable',
    })
    await bob.says('client action refund transfer', { record_id: 4 })
    expect(await alice.says('client action refund transfer', { record_id: 6 })).toMatchObject({
      code: 'not_refundable',
    })
    expect(await bob.says('client action refund transfer', { record_id: 5 })).toMatchObject({
      code: 'not_refundable',
    })
  })

  it('refuses what the wallet no longer holds', async () => {
    const { bob } = await afterTransfer()
    await bob.says('client action convert credits2clock', { credits: 25 })
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toMatchObject({
      code: 'insufficient_credits',
      details: { credits: 5 },
    })
    expect(await bob.says('client action refund transfer', { record_id: 4, credits: 5 })).toMatchObject({
      failed: false,
    })
  })

  it('refuses where the wallet it came from would hold too much', async () => {
    const { daemon, bob } = await afterTransfer()
    await fill(daemon, 2, 99_999_999_930)
    expect(await bob.says('client action refund transfer', { record_id: 4, credits: 1 })).toMatchObject({
      code: 'balance_too_large',
    })
  })

  it('refuses to refund an account that is ordered to be deleted', async () => {
    const { alice, bob } = await afterTransfer()
    await alice.says('client action unlink account', { forfeit: true })
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toMatchObject({
      code: 'account_not_found',
    })
  })
})

describe('client action view credit ewallet', () => {
  it('shows the active wallet with its archives', async () => {
    const { alice } = await aliceAndBob()
    expect(await alice.says('client action view credit ewallet')).toEqual({
      failed: false,
      ewallet: 2,
      ewallet_data: {
        id: 2,
        user: 2,
        reference: 'Credit EWallet',
        create_date: '05-01-2026 09:00:00',
        write_date: '05-01-2026 09:00:00',
        credits: 100,
        clock: 2,
        clock_archive: { 2: 'Credit Clock' },
        transfer_sheet: 2,
        transfer_sheet_archive: { 2: 'Transfer Sheet' },
        invoice_sheet: 2,
        invoice_sheet_archive: { 2: 'Invoice Sheet' },
      },
    })
  })

  it('is said as `credit: wallet` too', async () => {
    const { alice } = await aliceAndBob()
    const chain = { controller: 'client', ctype: 'action', action: 'view', view: 'credit', credit: 'wallet' }
    expect(await alice.sends({ ...chain, ...alice.header })).toMatchObject({ failed: false, ewallet: 2 })
  })

  it('tells when the wallet last changed, its balance included', async () => {
    const { daemon, alice, bob } = await aliceAndBob()
    const written = async (who = alice) =>
      (await who.says('client action view credit ewallet')).ewallet_data.write_date.slice(-8)
    daemon.time.turn(MINUTE)
    await alice.says('client action pay', { pay: BOB, credits: 1 })
    expect([await written(), await written(bob)]).toEqual(['09:01:00', '09:01:00'])
    daemon.time.turn(MINUTE)
    await alice.says('client action new credit clock')
    expect([await written(), await written(bob)]).toEqual(['09:02:00', '09:01:00'])
    daemon.time.turn(MINUTE)
    await alice.says('client action new invoice list', {})
    expect(await written()).toBe('09:03:00')
  })
})

describe('client action new credit ewallet', () => {
  it('opens a wallet with a clock and sheets of its own, and leaves the active one active', async () => {
    const { alice } = await aliceAndBob()
    const { ewallet, ewallet_data } = await alice.says('client action new credit ewallet', { reference: 'Holidays' })
    expect(ewallet).toBe(4)
    expect(ewallet_data).toMatchObject({ id: 4, user: 2, reference: 'Holidays', credits: 0, clock: 4 })
    expect(await alice.says('client action view credit ewallet')).toMatchObject({ ewallet: 2 })
    expect(await alice.says('client action view account')).toMatchObject({
      account_data: { ewallet: 2, ewallet_archive: { 2: 'Credit EWallet', 4: 'Holidays' } },
    })
  })

  it('is called Credit EWallet unless something else is said', async () => {
    const { alice } = await aliceAndBob()
    const { ewallet_data } = await alice.says('client action new credit ewallet', {})
    expect(ewallet_data.reference).toBe('Credit EWallet')
  })

  it('begins with nothing, whatever a client sends along', async () => {
    const { alice } = await aliceAndBob()
    const answer = await alice.says('client action new credit ewallet', { credits: 55 } as object)
    expect(answer).toMatchObject({ code: 'malformed_request', details: { field: 'credits' } })
  })
})

describe('client action switch credit ewallet', () => {
  it('makes another wallet the active one, and keeps every other', async () => {
    const { alice } = await aliceAndBob()
    const { ewallet } = await alice.says('client action new credit ewallet', {})
    expect(await alice.says('client action switch credit ewallet', { ewallet_id: ewallet })).toMatchObject({
      ewallet,
      ewallet_data: { id: ewallet, credits: 0 },
    })
    expect(await alice.says('client action view credit ewallet')).toMatchObject({ ewallet })
    const { ewallets } = await alice.says('client action view credit ewallets')
    expect(ewallets.map(({ id }) => id)).toEqual([2, ewallet])
  })

  it.each([
    ['a wallet of somebody else', 3],
    ["SystemCore's", 1],
    ['one that is not there', 99],
  ])('refuses %s', async (_, ewallet_id) => {
    const { alice } = await aliceAndBob()
    expect(await alice.says('client action switch credit ewallet', { ewallet_id })).toMatchObject({
      code: 'ewallet_not_found',
    })
  })
})

describe('client action unlink credit ewallet', () => {
  /** Alice with a second wallet, 4, that is active where asked. */
  async function withTwo() {
    const people = await aliceAndBob()
    const { ewallet } = await people.alice.says('client action new credit ewallet', {})
    return { ...people, ewallet }
  }

  it('deletes an empty wallet with everything on it', async () => {
    const { daemon, alice, ewallet } = await withTwo()
    expect(await alice.says('client action unlink credit ewallet', { ewallet_id: ewallet })).toEqual({
      failed: false,
      ewallet,
    })
    const left = await daemon.store.transaction(async (tx) => [
      await tx.wallets.get(ewallet),
      await tx.clocks.get(ewallet),
      await tx.transferSheets.get(ewallet),
      await tx.invoiceSheets.get(ewallet),
      await tx.conversionSheets.get(ewallet),
      await tx.timeSheets.get(ewallet),
    ])
    expect(left).toEqual([undefined, undefined, undefined, undefined, undefined, undefined])
    expect(await alice.says('client action view account')).toMatchObject({
      account_data: { ewallet_archive: { 2: 'Credit EWallet' } },
    })
  })

  it('never gives out its id again', async () => {
    const { alice, ewallet } = await withTwo()
    await alice.says('client action unlink credit ewallet', { ewallet_id: ewallet })
    expect(await alice.says('client action new credit ewallet', {})).toMatchObject({ ewallet: ewallet + 1 })
  })

  it('leaves its entries in the ledger', async () => {
    const { daemon, alice, ewallet } = await withTwo()
    await alice.says('client action switch credit ewallet', { ewallet_id: ewallet })
    await alice.says('client action supply credits', { credits: 5 })
    await alice.says('client action pay', { pay: BOB, credits: 5 })
    await alice.says('client action switch credit ewallet', { ewallet_id: 2 })
    await alice.says('client action unlink credit ewallet', { ewallet_id: ewallet })
    const entries = await daemon.store.transaction(async (tx) => tx.entries.list('ledger', [`wallet:${ewallet}`]))
    expect(entries.map(({ amount, balance }) => [amount, balance])).toEqual([
      [5, 5],
      [-5, 0],
    ])
    const sheets = await daemon.store.transaction(async (tx) => tx.transferRecords.list('sheet', [ewallet]))
    expect(sheets).toEqual([])
  })

  it('refuses the active one', async () => {
    const { alice } = await withTwo()
    expect(await alice.says('client action unlink credit ewallet', { ewallet_id: 2 })).toMatchObject({
      code: 'still_active',
    })
  })

  it('refuses one that holds credits', async () => {
    const { alice, ewallet } = await withTwo()
    await alice.says('client action switch credit ewallet', { ewallet_id: ewallet })
    expect(await alice.says('client action unlink credit ewallet', { ewallet_id: 2 })).toMatchObject({
      code: 'wallet_not_empty',
      details: { credits: 100 },
    })
  })

  it('refuses one with a clock that holds minutes, or runs', async () => {
    const { daemon, alice, ewallet } = await withTwo()
    await alice.says('client action convert credits2clock', { credits: 100 })
    await alice.says('client action switch credit ewallet', { ewallet_id: ewallet })
    expect(await alice.says('client action unlink credit ewallet', { ewallet_id: 2 })).toMatchObject({
      code: 'wallet_not_empty',
      details: { clock: 2, milliseconds: 100 * MINUTE },
    })
    await alice.says('client action start clock_timer', { clock_id: 2 })
    expect(await alice.says('client action unlink credit ewallet', { ewallet_id: 2 })).toMatchObject({
      code: 'clock_in_use',
      details: { clock: 2 },
    })
    daemon.time.turn(100 * MINUTE)
    expect(await alice.says('client action unlink credit ewallet', { ewallet_id: 2 })).toMatchObject({ ewallet: 2 })
  })

  it.each([
    ['a wallet of somebody else', 3],
    ['one that is not there', 99],
  ])('refuses %s', async (_, ewallet_id) => {
    const { alice } = await withTwo()
    expect(await alice.says('client action unlink credit ewallet', { ewallet_id })).toMatchObject({
      code: 'ewallet_not_found',
    })
  })
})

describe('client action view credit ewallets', () => {
  it("lists the account's wallets and nobody else's", async () => {
    const { alice } = await aliceAndBob()
    await alice.says('client action new credit ewallet', { reference: 'Holidays' })
    const { ewallets } = await alice.says('client action view credit ewallets')
    expect(ewallets).toMatchObject([
      { id: 2, reference: 'Credit EWallet', credits: 100 },
      { id: 4, reference: 'Holidays', credits: 0 },
    ])
  })
})

describe('client action view statement', () => {
  /** Nine o'clock: 100 credits supplied. 9:01: 10 paid. 9:02: 60 converted. 9:03 to 9:05: the clock runs. 9:06: 3 of the 10 refunded. */
  async function afterAnHour() {
    const people = await aliceAndBob()
    const { daemon, alice, bob } = people
    daemon.time.turn(MINUTE)
    await alice.says('client action pay', { pay: BOB, credits: 10, notes: 'lunch' })
    daemon.time.turn(MINUTE)
    await alice.says('client action convert credits2clock', { credits: 60 })
    daemon.time.turn(MINUTE)
    await alice.says('client action start clock_timer', { notes: 'review' })
    daemon.time.turn(2 * MINUTE)
    await alice.says('client action stop clock_timer', {})
    daemon.time.turn(MINUTE)
    await bob.says('client action refund transfer', { record_id: 4, credits: 3 })
    return people
  }

  it('lists every movement of the wallet and its clocks from the ledger, oldest first', async () => {
    const { alice } = await afterAnHour()
    const { ewallet, opening, closing, entries, cursor } = await alice.says('client action view statement', {})
    expect({ ewallet, opening, closing, cursor }).toEqual({
      ewallet: 2,
      opening: { credits: 0, milliseconds: 0 },
      closing: { credits: 33, milliseconds: 58 * MINUTE },
      cursor: null,
    })
    const credits = { unit: 'credits', clock: null }
    const time = { unit: 'milliseconds', clock: 2, counterparty: null }
    expect(entries).toMatchObject([
      { kind: 'supply', record: 1, counterparty: CORE, amount: 100, balance: 100, notes: null, ...credits },
      { kind: 'payment', record: 3, counterparty: BOB, amount: -10, balance: 90, notes: 'lunch', ...credits },
      { kind: 'conversion', record: 1, counterparty: null, amount: -60, balance: 30, ...credits },
      { kind: 'conversion', record: 1, amount: 60 * MINUTE, balance: 60 * MINUTE, ...time },
      { kind: 'time', record: 1, amount: -2 * MINUTE, balance: 58 * MINUTE, notes: 'review', ...time },
      { kind: 'refund', record: 6, counterparty: BOB, amount: 3, balance: 33, ...credits },
    ])
    expect(entries.map(({ at }) => at.slice(-8))).toEqual([
      '09:00:00',
      '09:01:00',
      '09:02:00',
      '09:02:00',
      '09:05:00',
      '09:06:00',
    ])
  })

  it('shows the receiving side under the same kind, with its own record', async () => {
    const { bob } = await afterAnHour()
    const { entries } = await bob.says('client action view statement', {})
    expect(entries).toMatchObject([
      { kind: 'payment', record: 4, counterparty: ALICE, amount: 10, balance: 10, notes: 'lunch' },
      { kind: 'refund', record: 5, counterparty: ALICE, amount: -3, balance: 7 },
    ])
  })

  it('opens and closes at the bounds of a period: from is included, to is not', async () => {
    const { alice } = await afterAnHour()
    const request = { from: '2026-01-05T09:01:00Z', to: '05-01-2026 09:05:00' }
    const { opening, closing, entries } = await alice.says('client action view statement', request)
    expect(entries.map(({ kind }) => kind)).toEqual(['payment', 'conversion', 'conversion'])
    expect(opening).toEqual({ credits: 100, milliseconds: 0 })
    expect(closing).toEqual({ credits: 30, milliseconds: 60 * MINUTE })
  })

  it('is empty, with what was held, where the period is', async () => {
    const { alice } = await afterAnHour()
    const held = { credits: 30, milliseconds: 60 * MINUTE }
    const request = { from: '2026-01-05T09:04:00Z', to: '2026-01-05T09:01:00Z' }
    expect(await alice.says('client action view statement', request)).toMatchObject({
      opening: held,
      closing: held,
      entries: [],
    })
  })

  it('is read page by page, and rows that are added do not move a page', async () => {
    const { alice } = await afterAnHour()
    const kinds: string[] = []
    let cursor: string | null = null
    for (let page = 0; page < 5; page += 1) {
      const request = { limit: 2, ...(cursor === null ? {} : { cursor }) }
      const answer: { entries: { kind: string }[]; cursor: string | null } = await alice.says(
        'client action view statement',
        request,
      )
      kinds.push(...answer.entries.map(({ kind }) => kind))
      cursor = answer.cursor
      if (page === 0) await alice.says('client action supply credits', { credits: 1 })
      if (cursor === null) break
    }
    expect(kinds).toEqual(['supply', 'payment', 'conversion', 'conversion', 'time', 'refund', 'supply'])
  })

  it('is read from the ledger (the wallet and all its clocks), so it is complete whatever was unlinked from the sheets', async () => {
    const { daemon, alice } = await afterAnHour()
    const { clock } = await alice.says('client action new credit clock')
    await alice.says('client action switch credit clock', { clock_id: clock })
    await alice.says('client action start clock_timer', { clock_id: 2 })
    daemon.time.turn(58 * MINUTE)
    for (const record_id of [1, 3, 6]) await alice.says('client action unlink transfer record', { record_id })
    await alice.says('client action unlink conversion record', { record_id: 1 })
    await alice.says('client action unlink credit clock', { clock_id: 2 })
    const { closing, entries } = await alice.says('client action view statement', {})
    expect(entries.map(({ amount }) => amount)).toEqual([100, -10, -60, 60 * MINUTE, -2 * MINUTE, 3, -58 * MINUTE])
    expect(closing).toEqual({ credits: 33, milliseconds: 0 })
    const { opening } = await alice.says('client action view statement', { from: '2026-01-05T09:03:00Z' })
    expect(opening).toEqual({ credits: 30, milliseconds: 60 * MINUTE })
  })

  it('is of the active wallet unless another of the account is named', async () => {
    const { alice } = await afterAnHour()
    const { ewallet } = await alice.says('client action new credit ewallet', {})
    expect(await alice.says('client action view statement', { ewallet_id: ewallet })).toMatchObject({
      ewallet,
      entries: [],
      closing: { credits: 0, milliseconds: 0 },
    })
  })

  it.each([
    ['a wallet of somebody else', { ewallet_id: 3 }, { code: 'ewallet_not_found' }],
    ['one that is not there', { ewallet_id: 99 }, { code: 'ewallet_not_found' }],
    ['a cursor that is none', { cursor: 'next' }, { code: 'malformed_request', details: { field: 'cursor' } }],
    ['a day that does not exist', { from: '31-02-2026' }, { code: 'malformed_request', details: { field: 'from' } }],
    ['a month that does not exist', { to: '2026-13-01' }, { code: 'malformed_request', details: { field: 'to' } }],
    ['a page of 1,001', { limit: 1_001 }, { code: 'malformed_request', details: { field: 'limit' } }],
  ])('refuses %s', async (_, request, refusal) => {
    const { alice } = await afterAnHour()
    expect(await alice.says('client action view statement', request)).toMatchObject(refusal)
  })

  it('shows 50 entries where no limit is named', async () => {
    const { alice } = await aliceAndBob()
    for (let n = 0; n < 55; n += 1) await alice.says('client action supply credits', { credits: 1 })
    const { entries, cursor } = await alice.says('client action view statement', {})
    expect(entries).toHaveLength(50)
    expect(cursor).not.toBeNull()
  })
})

describe('wallet', () => {
  it('refused all that it declares, somewhere above', () => {
    expectAllRefusalsSeen('wallet')
  })
})
