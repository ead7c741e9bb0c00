import { isKeyed, paths } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import type { Entry, LedgerAccount, Unit } from '../../packages/server/src/domain/rows.ts'
import { handlers } from '../../packages/server/src/handlers/handlers.ts'
import { tableNames } from '../../packages/server/src/store/store.ts'
import { aDaemon, type Client, PASSWORD, type TestDaemon } from '../harness.ts'
import { aRequest } from '../sample-request.ts'
import { aWorld, type Requests } from '../world.ts'

const ALICE = 'alice@example.org'
const BOB = 'bob@example.org'
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Alice, account 2, has 100 credits; bob, account 3, has none. */
async function aliceAndBob() {
  const daemon = await aDaemon()
  const alice = await daemon.has(ALICE, { credits: 100 })
  const bob = await daemon.has(BOB)
  return { daemon, alice, bob }
}

/** Every row of every table. */
async function everythingKept({ store }: TestDaemon): Promise<unknown> {
  return store.transaction(async (tx) => {
    const ids = Array.from({ length: 200 }, (_, place) => place + 1)
    // All at once, which a database answers with one statement a table.
    const rows = await Promise.all(
      tableNames.flatMap((table) => ids.map(async (id) => [`${table} ${id}`, await tx[table].get(id)] as const)),
    )
    return Object.fromEntries(rows.filter(([, row]) => row !== undefined))
  })
}

/** Every entry of the ledger, in order. */
async function theLedger({ store }: TestDaemon): Promise<Entry[]> {
  return store.transaction(async (tx) => {
    const entries: Entry[] = []
    for (;;) {
      const entry = await tx.entries.get(entries.length + 1)
      if (!entry) return entries
      entries.push(entry)
    }
  })
}

/** Says something of every kind that moves credits or milliseconds. */
async function movesEverything({ daemon, alice, bob }: { daemon: TestDaemon; alice: Client; bob: Client }) {
  await alice.says('client action pay', { pay: BOB, credits: 10 })
  await alice.says('client action transfer credits', { transfer_to: BOB, credits: 20 })
  await bob.says('client action refund transfer', { record_id: 6, credits: 5 })
  await alice.says('client action convert credits2clock', { credits: 30 })
  await alice.says('client action convert clock2credits', { minutes: 10 })
  await alice.says('client action start clock_timer', {})
  daemon.time.turn(3 * MINUTE + 7)
  await alice.says('client action stop clock_timer', {})
}

const held = ({ store }: TestDaemon, ledger: LedgerAccount, unit: Unit = 'credits') =>
  store.transaction(async (tx) => tx.balance(ledger, unit))

describe('the ledger', () => {
  it('every movement is one or more balanced postings, each within one unit', async () => {
    const people = await aliceAndBob()
    await movesEverything(people)
    const entries = await theLedger(people.daemon)
    expect(entries.length).toBe(2 * 9)
    // A posting writes its two entries one after the other.
    for (let n = 0; n < entries.length; n += 2) {
      const [debit, credit] = entries.slice(n, n + 2)
      expect(debit?.amount).toBeLessThan(0)
      expect((debit?.amount ?? 0) + (credit?.amount ?? 0)).toBe(0)
      expect(debit?.unit).toBe(credit?.unit)
    }
  })

  it('a balance is the sum of its postings, and balances can always be recomputed', async () => {
    const people = await aliceAndBob()
    await movesEverything(people)
    const sums = new Map<string, number>()
    for (const { ledger, unit, amount, balance } of await theLedger(people.daemon)) {
      const sum = (sums.get(`${ledger} ${unit}`) ?? 0) + amount
      sums.set(`${ledger} ${unit}`, sum)
      expect(balance).toBe(sum)
    }
    expect(Object.fromEntries(sums)).toEqual({
      'core credits': -100,
      'wallet:2 credits': 55,
      'wallet:3 credits': 25,
      'exchange credits': 20,
      'exchange milliseconds': -20 * MINUTE,
      'clock:2 milliseconds': 17 * MINUTE - 7,
      'consumed milliseconds': 3 * MINUTE + 7,
    })
    for (const [key, sum] of sums) {
      const [ledger, unit] = key.split(' ') as [LedgerAccount, Unit]
      expect(await held(people.daemon, ledger, unit)).toBe(sum)
    }
  })

  it.each([
    ['wallet:2', 'wallet:3', 101, 'credits'],
    ['clock:2', 'consumed', 1, 'milliseconds'],
  ] as const)('only core, exchange and consumed may be negative: not %s', async (debit, credit, amount, unit) => {
    const { daemon } = await aliceAndBob()
    const posting = daemon.store.transaction(async (tx) => {
      await tx.post(debit, credit, amount, unit, { kind: 'transfer', notes: null })
    })
    await expect(posting).rejects.toThrow()
  })

  it('unlinking a record or a sheet never touches the ledger or a balance', async () => {
    const people = await aliceAndBob()
    const { daemon, alice } = people
    await movesEverything(people)
    const before = await theLedger(daemon)
    await alice.says('client action unlink transfer record', { record_id: 1 })
    await alice.says('client action unlink invoice record', { record_id: 1 })
    await alice.says('client action unlink conversion record', { record_id: 1 })
    await alice.says('client action unlink time record', { record_id: 1 })
    for (const [open, use, close] of [
      ['client action new transfer list', 'client action switch transfer_sheet', 'client action unlink transfer list'],
      ['client action new invoice list', 'client action switch invoice_sheet', 'client action unlink invoice list'],
      [
        'client action new conversion list',
        'client action switch conversion_sheet',
        'client action unlink conversion list',
      ],
      ['client action new time list', 'client action switch time_sheet', 'client action unlink time list'],
    ] as const) {
      await alice.says(open, {})
      await alice.says(use, { sheet_id: 4 })
      expect(await alice.says(close, { list_id: 2 })).toMatchObject({ failed: false })
    }
    expect(await theLedger(daemon)).toEqual(before)
    expect(await held(daemon, 'wallet:2')).toBe(55)
  })
})

describe('amounts', () => {
  it.each([
    ['client action supply credits', 'credits'],
    ['client action pay', 'credits'],
    ['client action transfer credits', 'credits'],
    ['client action refund transfer', 'credits'],
    ['client action convert credits2clock', 'credits'],
    ['client action convert clock2credits', 'minutes'],
  ] as const)('amounts in a request are integers from 1 to 1,000,000,000: %s', async (path, field) => {
    const { daemon, alice } = await aliceAndBob()
    const before = await everythingKept(daemon)
    for (const amount of [0, -1, 0.5, 1_000_000_001, 1e300, '1', true, null, [1]]) {
      const request = { ...aRequest(path), [field]: amount }
      expect(await alice.says(path, request as never)).toMatchObject({
        code: 'malformed_request',
        details: { field },
      })
    }
    expect(await everythingKept(daemon)).toEqual(before)
  })

  it.each([
    ['client action pay', { pay: ALICE, credits: 1 }],
    ['client action pay', { pay: ALICE.toUpperCase(), credits: 1_000 }],
    ['client action transfer credits', { transfer_to: ALICE, credits: 1_000 }],
  ] as const)('paying or transferring to oneself is refused before anything else: %s %j', async (path, request) => {
    const { daemon, alice } = await aliceAndBob()
    const before = await everythingKept(daemon)
    expect(await alice.says(path, request as never)).toMatchObject({ code: 'partner_is_self' })
    expect(await everythingKept(daemon)).toEqual(before)
  })

  it('a wallet holds at most 10^11 credits, a clock 10^11 minutes (`balance_too_large`)', async () => {
    const { daemon, alice, bob } = await aliceAndBob()
    await daemon.store.transaction(async (tx) => {
      const memo = { kind: 'supply', notes: null }
      await tx.post('core', 'wallet:3', 10 ** 11, 'credits', { ...memo, credit: { wallet: 3 } })
      const side = { wallet: 2, clock: 2 }
      await tx.post('exchange', 'clock:2', 10 ** 11 * MINUTE, 'milliseconds', { ...memo, credit: side })
    })
    const refusal = { code: 'balance_too_large' }
    expect(await alice.says('client action pay', { pay: BOB, credits: 1 })).toMatchObject(refusal)
    expect(await bob.says('client action supply credits', { credits: 1 })).toMatchObject(refusal)
    expect(await alice.says('client action convert credits2clock', { credits: 1 })).toMatchObject(refusal)
    expect(await held(daemon, 'wallet:3')).toBe(10 ** 11)
    expect(await held(daemon, 'clock:2', 'milliseconds')).toBe(10 ** 11 * MINUTE)
  })

  it('deleting a wallet, clock or sheet that is active, or that holds a balance, is refused', async () => {
    const { alice } = await aliceAndBob()
    await alice.says('client action convert credits2clock', { credits: 30 })
    const unlinksAll = async () => [
      (await alice.says('client action unlink credit ewallet', { ewallet_id: 2 })).code,
      (await alice.says('client action unlink credit clock', { clock_id: 2 })).code,
      (await alice.says('client action unlink transfer list', { list_id: 2 })).code,
      (await alice.says('client action unlink invoice list', { list_id: 2 })).code,
      (await alice.says('client action unlink conversion list', { list_id: 2 })).code,
      (await alice.says('client action unlink time list', { list_id: 2 })).code,
    ]
    expect(await unlinksAll()).toEqual(Array(6).fill('still_active'))
    const { clock } = await alice.says('client action new credit clock')
    await alice.says('client action switch credit clock', { clock_id: clock })
    const { ewallet } = await alice.says('client action new credit ewallet', {})
    await alice.says('client action switch credit ewallet', { ewallet_id: ewallet })
    expect((await unlinksAll()).slice(0, 2)).toEqual(['wallet_not_empty', 'clock_not_empty'])
  })

  it('a wallet or clock is unlinked with everything on it', async () => {
    const { daemon, alice } = await aliceAndBob()
    const before = Object.keys((await everythingKept(daemon)) as object)
    const { ewallet } = await alice.says('client action new credit ewallet', {})
    await alice.says('client action switch credit ewallet', { ewallet_id: ewallet })
    await alice.says('client action new credit clock')
    await alice.says('client action new transfer list', {})
    await alice.says('client action new time list', {})
    await alice.says('client action switch credit ewallet', { ewallet_id: 2 })
    await alice.says('client action unlink credit ewallet', { ewallet_id: ewallet })
    expect(Object.keys((await everythingKept(daemon)) as object)).toEqual(before)
  })
})

describe('records', () => {
  it("the acting account's get the lower ids, SystemCore's or the partner's follow", async () => {
    const people = await aliceAndBob()
    await movesEverything(people)
    const records = await people.daemon.store.transaction(async (tx) => {
      const rows = []
      for (let id = 1; id <= 8; id += 1) rows.push(await tx.transferRecords.get(id))
      return rows.map((row) => [row?.id, row?.account, row?.type])
    })
    expect(records).toEqual([
      [1, 2, 'incoming'],
      [2, 1, 'supply'],
      [3, 2, 'payment'],
      [4, 3, 'incoming'],
      [5, 2, 'transfer'],
      [6, 3, 'incoming'],
      [7, 3, 'refund'],
      [8, 2, 'incoming'],
    ])
  })

  /** Whose a record is, its type, and the invoice beside it. */
  const shown = async (daemon: TestDaemon, from: number) =>
    daemon.store.transaction(async (tx) => {
      const rows = []
      for (let id = from; ; id += 1) {
        const [transfer, invoice] = [await tx.transferRecords.get(id), await tx.invoiceRecords.get(id)]
        if (!transfer) return rows
        const seller = invoice && (await tx.accounts.get(invoice.seller))?.name
        rows.push([transfer.account, transfer.type, invoice?.account, seller])
      }
    })

  it("supply: `incoming` and an invoice (seller SystemCore) on the buyer's sheets, `supply` and an invoice on SystemCore's; the answer names the buyer's", async () => {
    const daemon = await aDaemon()
    const alice = await daemon.has(ALICE)
    const answer = await alice.says('client action supply credits', { credits: 10 })
    expect(await shown(daemon, 1)).toEqual([
      [2, 'incoming', 2, 'SystemCore'],
      [1, 'supply', 1, 'SystemCore'],
    ])
    expect(answer).toMatchObject({ transfer_record: 1, invoice_record: 1 })
  })

  it("transfer: `transfer` on the sender's, `incoming` on the receiver's", async () => {
    const { daemon, alice } = await aliceAndBob()
    await alice.says('client action transfer credits', { transfer_to: BOB, credits: 10 })
    expect(await shown(daemon, 3)).toEqual([
      [2, 'transfer', undefined, undefined],
      [3, 'incoming', undefined, undefined],
    ])
  })

  it("pay: `payment` and an invoice (seller = payee) on the payer's, `incoming` and an invoice on the payee's", async () => {
    const { daemon, alice } = await aliceAndBob()
    await alice.says('client action pay', { pay: BOB, credits: 10 })
    expect(await shown(daemon, 3)).toEqual([
      [2, 'payment', 2, 'bob'],
      [3, 'incoming', 3, 'bob'],
    ])
  })

  it('cost is a decimal with at most 4 places, default 0; currency `RON`; notes null', async () => {
    const { alice } = await aliceAndBob()
    const { record_data } = await alice.says('client action view invoice record', { record_id: 1 })
    expect(record_data).toMatchObject({ cost: 0, currency: 'RON', notes: null })
    for (const [cost, fits] of [
      [4.7, true],
      [0.1234, true],
      [1_000_000_000, true],
      [0.12345, false],
      [1e-7, false],
      [-1, false],
      [1e21, false],
    ] as const) {
      const { code } = await alice.says('client action supply credits', { credits: 1, cost })
      expect([cost, code]).toEqual([cost, fits ? undefined : 'malformed_request'])
    }
  })

  /** Alice transferred 30 credits to bob, whose `incoming` is record 4. */
  async function afterTransfer() {
    const people = await aliceAndBob()
    await people.alice.says('client action transfer credits', { transfer_to: BOB, credits: 30 })
    return people
  }

  it('refund: by whoever holds the `incoming` of a transfer or payment', async () => {
    const { alice, bob } = await afterTransfer()
    await alice.says('client action pay', { pay: BOB, credits: 5 })
    const asks = async (who: Client, record_id: number) =>
      (await who.says('client action refund transfer', { record_id, credits: 1 })).code
    // Of alice: her supply, her transfer, bob's incoming, her payment. Of bob: both of his.
    expect([await asks(alice, 1), await asks(alice, 3), await asks(alice, 4), await asks(alice, 5)]).toEqual([
      'not_refundable',
      'not_refundable',
      'record_not_found',
      'not_refundable',
    ])
    expect([await asks(bob, 4), await asks(bob, 6)]).toEqual([undefined, undefined])
  })

  it('refund: whole (default: all that remains) or in part', async () => {
    const { bob } = await afterTransfer()
    expect(await bob.says('client action refund transfer', { record_id: 4, credits: 12 })).toMatchObject({
      refunded_credits: 12,
    })
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toMatchObject({ refunded_credits: 18 })
  })

  it("refund: out of the wallet that received, into the wallet it came from or its owner's active one", async () => {
    const { daemon, alice, bob } = await aliceAndBob()
    await alice.says('client action transfer credits', { transfer_to: BOB, credits: 100 })
    for (const who of [alice, bob]) {
      const { ewallet } = await who.says('client action new credit ewallet', {})
      await who.says('client action switch credit ewallet', { ewallet_id: ewallet })
    }
    await bob.says('client action refund transfer', { record_id: 4, credits: 40 })
    expect([await held(daemon, 'wallet:2'), await held(daemon, 'wallet:3')]).toEqual([40, 60])
    await alice.says('client action switch credit ewallet', { ewallet_id: 2 })
    await alice.says('client action pay', { pay: BOB, credits: 40 })
    await alice.says('client action switch credit ewallet', { ewallet_id: 4 })
    await alice.says('client action unlink credit ewallet', { ewallet_id: 2 })
    await bob.says('client action refund transfer', { record_id: 4 })
    expect([await held(daemon, 'wallet:4'), await held(daemon, 'wallet:3')]).toEqual([60, 0])
  })

  it('refund: records `refund` and `incoming`, no invoice', async () => {
    const { daemon, bob } = await afterTransfer()
    await bob.says('client action refund transfer', { record_id: 4 })
    expect(await shown(daemon, 5)).toEqual([
      [3, 'refund', undefined, undefined],
      [2, 'incoming', undefined, undefined],
    ])
  })

  it('refund: the sum never exceeds the original, whatever was unlinked', async () => {
    const { daemon, alice, bob } = await afterTransfer()
    await bob.says('client action supply credits', { credits: 100 })
    const { transfer_record } = await bob.says('client action refund transfer', { record_id: 4, credits: 29 })
    await bob.says('client action unlink transfer record', { record_id: transfer_record })
    await alice.says('client action unlink transfer record', { record_id: transfer_record + 1 })
    await alice.says('client action unlink transfer record', { record_id: 3 })
    expect(await bob.says('client action refund transfer', { record_id: 4, credits: 2 })).toMatchObject({
      code: 'refund_too_large',
      details: { credits: 1 },
    })
    await bob.says('client action unlink transfer record', { record_id: 4 })
    expect(await bob.says('client action refund transfer', { record_id: 4 })).toMatchObject({
      code: 'record_not_found',
    })
    expect(await held(daemon, 'wallet:2')).toBe(99)
  })

  it('refund: the sum never exceeds the original, however many are asked for at once', async () => {
    const { daemon, alice, bob } = await aliceAndBob()
    await alice.says('client action transfer credits', { transfer_to: BOB, credits: 30 })
    await bob.says('client action supply credits', { credits: 1_000 })
    const asked = Array.from({ length: 20 }, () => ({ record_id: 4, credits: 7 }))
    const answers = await Promise.all(asked.map((request) => bob.says('client action refund transfer', request)))
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(4)
    expect(answers.filter(({ code }) => code === 'refund_too_large')).toHaveLength(16)
    expect(await held(daemon, 'wallet:2')).toBe(98)
  })

  it('convert: 1 credit = 1 minute', async () => {
    const { daemon, alice } = await aliceAndBob()
    await alice.says('client action convert credits2clock', { credits: 30 })
    expect(await held(daemon, 'clock:2', 'milliseconds')).toBe(30 * MINUTE)
    await alice.says('client action convert clock2credits', { minutes: 30 })
    expect(await held(daemon, 'wallet:2')).toBe(100)
  })

  it("clock2credits takes whole minutes and is refused while that clock's timer is not inactive (`clock_in_use`)", async () => {
    const { daemon, alice } = await aliceAndBob()
    await alice.says('client action convert credits2clock', { credits: 30 })
    const converts = async (minutes: number) =>
      (await alice.says('client action convert clock2credits', { minutes })).code
    expect(await converts(0.5)).toBe('malformed_request')
    await alice.says('client action start clock_timer', {})
    expect(await converts(1)).toBe('clock_in_use')
    await alice.says('client action pause clock_timer', {})
    expect(await converts(1)).toBe('clock_in_use')
    daemon.time.turn(MINUTE)
    await alice.says('client action stop clock_timer', {})
    expect(await converts(1)).toBeUndefined()
  })

  it('each way writes one complete conversion record', async () => {
    const { alice } = await aliceAndBob()
    await alice.says('client action convert credits2clock', { credits: 30 })
    await alice.says('client action convert clock2credits', { minutes: 10 })
    const { records } = await alice.says('client action view conversion records', {})
    expect(records).toMatchObject([
      { id: 2, conversion_type: 'clock2credits', minutes: 10, credits: 10 },
      { id: 1, conversion_type: 'credits2clock', minutes: 30, credits: 30 },
    ])
  })
})

/** Every instruction that takes an idempotency key and a dry run. */
const keyed = paths.filter(isKeyed)
const KEY = { idempotency_key: 'once' }

/** Requests of which one of several fields must be named. */
const named: Requests = {
  'client action login': { user_email: ALICE, user_pass: PASSWORD },
  'client action recover account': { user_email: ALICE, user_pass: PASSWORD },
  'system action remove session_map': { identifier: 'ewallet_session', ewallet_session: 1 },
}

describe('idempotency', () => {
  // After a logout another account acts, or none: the key is in the scope of who left.
  it.each(keyed.filter((path) => path !== 'client action logout'))(
    'the same key with the same request gets the first answer again, for ever: %s',
    async (path) => {
      const { daemon, alice, requests } = await aWorld()
      const request = requests[path] as never
      const first = await alice.says(path, request, KEY)
      expect(first).toMatchObject({ failed: false })
      const kept = await everythingKept(daemon)
      daemon.time.turn(HOUR)
      expect(await alice.says(path, request, KEY)).toEqual(first)
      expect(await everythingKept(daemon)).toEqual(kept)
      await daemon.restarts()
      expect(await alice.says(path, request, KEY)).toEqual(first)
    },
  )

  it.each(paths.filter((path) => !isKeyed(path)))(
    'keys are accepted by account instructions that change something and carry no secret; elsewhere idempotency_not_supported: %s',
    async (path) => {
      const daemon = await aDaemon()
      const isSystem = path.startsWith('system')
      const someone = isSystem ? daemon.stranger({ isLocal: true }) : await daemon.client()
      const request = named[path] ?? aRequest(path)
      expect(await someone.says(path, request as never, KEY)).toMatchObject({ code: 'idempotency_not_supported' })
      expect(await someone.says(path, request as never, { dry_run: true })).toMatchObject({
        code: 'dry_run_not_supported',
      })
    },
  )

  it.each(['', 'k'.repeat(65), 7, {}])('keys have 1 to 64 characters: not %j', async (idempotency_key) => {
    const { alice } = await aliceAndBob()
    const header = { idempotency_key } as never
    expect(await alice.says('client action pay', { pay: BOB, credits: 1 }, header)).toMatchObject({
      code: 'malformed_request',
      details: { field: 'header.idempotency_key' },
    })
  })

  it('another request with the key: idempotency_conflict', async () => {
    const { daemon, alice } = await aliceAndBob()
    await alice.says('client action pay', { pay: BOB, credits: 10 }, KEY)
    for (const [path, request] of [
      ['client action pay', { pay: BOB, credits: 11 }],
      ['client action pay', { pay: BOB, credits: 10, notes: 'lunch' }],
      ['client action transfer credits', { transfer_to: BOB, credits: 10 }],
    ] as const) {
      expect(await alice.says(path, request as never, KEY)).toMatchObject({ code: 'idempotency_conflict' })
    }
    expect(await held(daemon, 'wallet:2')).toBe(90)
    expect(await alice.says('client action pay', { pay: BOB, credits: 10 }, KEY)).toMatchObject({ failed: false })
  })

  it('synonyms and defaults are resolved before requests are compared, and the order of fields is none', async () => {
    const { daemon, alice } = await aliceAndBob()
    await alice.says('client action convert credits2clock', { credits: 50 })
    const says = (chain: object, key: string) =>
      alice.sends({ header: { ...alice.header, idempotency_key: key }, command_chain: chain })
    const supply = { controller: 'client', ctype: 'action', action: 'supply', supply: 'credits' }
    const first = await says({ ...supply, credits: 10 }, 'a')
    expect(await says({ credits: 10, cost: 0, currency: 'RON', ...supply }, 'a')).toEqual(first)
    const convert = { controller: 'client', ctype: 'action', action: 'convert', convert: 'clock2credits' }
    const converted = await says({ ...convert, minutes: 5 }, 'b')
    expect(await says({ ...convert, credits: 5 }, 'b')).toEqual(converted)
    await alice.says('client action start clock_timer', {})
    const stop = { controller: 'client', ctype: 'action', action: 'stop' }
    const stopped = await says({ ...stop, stop: 'clock_timer' }, 'c')
    expect(await says({ ...stop, pause: 'clock_timer' }, 'c')).toEqual(stopped)
    expect(stopped).toMatchObject({ failed: false })
    expect(await held(daemon, 'wallet:2')).toBe(65)
  })

  it('a key is good in either form of the frame, and whatever timestamps are asked for', async () => {
    const { daemon, alice } = await aliceAndBob()
    const first = await alice.says('client action pay', { pay: BOB, credits: 10 }, KEY)
    const flat = { controller: 'client', ctype: 'action', action: 'pay', pay: BOB, credits: 10, timestamps: 'iso' }
    expect(await alice.sends({ ...flat, ...alice.header, ...KEY })).toEqual(first)
    expect(await held(daemon, 'wallet:2')).toBe(90)
  })

  it('scope: the acting account', async () => {
    const { alice, bob } = await aliceAndBob()
    await bob.says('client action supply credits', { credits: 5 }, KEY)
    expect(await alice.says('client action supply credits', { credits: 7 }, KEY)).toMatchObject({
      supplied_credits: 7,
    })
    expect(await bob.says('client action supply credits', { credits: 5 }, KEY)).toMatchObject({ ewallet_credits: 5 })
  })

  it('a key is good on another session of the account', async () => {
    const { daemon, alice } = await aliceAndBob()
    const first = await alice.says('client action pay', { pay: BOB, credits: 10 }, KEY)
    const elsewhere = await daemon.client()
    await elsewhere.says('client action login', { user_email: ALICE, user_pass: PASSWORD })
    expect(await elsewhere.says('client action pay', { pay: BOB, credits: 10 }, KEY)).toEqual(first)
    expect(await held(daemon, 'wallet:2')).toBe(90)
  })

  it('of the same request sent many times at once, one is done', async () => {
    const { daemon, alice } = await aliceAndBob()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => alice.says('client action pay', { pay: BOB, credits: 10 }, KEY)),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(await held(daemon, 'wallet:2')).toBe(90)
  })

  it('refusals a handler decided inside its transaction are remembered too', async () => {
    const { alice } = await aliceAndBob()
    const request = { pay: BOB, credits: 101 }
    const first = await alice.says('client action pay', request, KEY)
    expect(first).toMatchObject({ code: 'insufficient_credits', details: { credits: 100 } })
    await alice.says('client action supply credits', { credits: 100 })
    expect(await alice.says('client action pay', request, KEY)).toEqual(first)
    expect(await alice.says('client action pay', request, { idempotency_key: 'another' })).toMatchObject({
      failed: false,
    })
    expect(await alice.says('client action pay', { ...request, credits: 1 }, KEY)).toMatchObject({
      code: 'idempotency_conflict',
    })
  })

  it('malformed ones are not', async () => {
    const { alice } = await aliceAndBob()
    const malformed = { pay: BOB, credits: 0 }
    expect(await alice.says('client action pay', malformed, KEY)).toMatchObject({ code: 'malformed_request' })
    expect(await alice.says('client action pay', { pay: BOB, credits: 10 }, KEY)).toMatchObject({ failed: false })
    const records = [{ time_start: '31-02-2025', time_stop: '2025-03-01' }]
    const other = { idempotency_key: 'import' }
    expect(await alice.says('client action import time_records', { records }, other)).toMatchObject({
      code: 'malformed_request',
      details: { field: 'records.0.time_start' },
    })
    expect(await alice.says('client action supply credits', { credits: 1 }, other)).toMatchObject({ failed: false })
  })

  it('login ones are not', async () => {
    const { daemon, alice } = await aliceAndBob()
    const { client_id, session_token } = alice.header
    const stranger = await daemon.client()
    const header = { ...KEY, client_id: client_id ?? '', session_token: session_token ?? '' }
    expect(await stranger.says('client action pay', { pay: BOB, credits: 10 }, KEY)).toMatchObject({
      code: 'not_logged_in',
    })
    expect(await stranger.says('client action pay', { pay: BOB, credits: 10 }, header)).toMatchObject({
      failed: false,
    })
  })

  it('neither are those about what an account may do: a retry finds the first answer before they are asked', async () => {
    const { daemon, alice } = await aliceAndBob()
    const operator = daemon.stranger({ isLocal: true })
    const may = (allow: boolean) =>
      operator.says('system action edit acl', { account: ALICE, permission: 'pay', allow })
    const request = { pay: BOB, credits: 10 }
    await may(false)
    expect(await alice.says('client action pay', request, KEY)).toMatchObject({ code: 'permission_denied' })
    await may(true)
    const first = await alice.says('client action pay', request, KEY)
    expect(first).toMatchObject({ failed: false })
    await may(false)
    expect(await alice.says('client action pay', request, KEY)).toEqual(first)
    await alice.says('client action unlink account', { forfeit: true })
    expect(await alice.says('client action pay', request, KEY)).toEqual(first)
    expect(await alice.says('client action pay', request)).toMatchObject({ code: 'account_leaving' })
    expect(await held(daemon, 'wallet:2')).toBe(90)
  })

  it('an instruction that takes a key is done inside the one transaction', () => {
    expect(keyed.filter((path) => 'outside' in (handlers[path] as object))).toEqual([])
  })
})

describe('dry run', () => {
  it.each(keyed)('computes the true answer, keeps nothing: %s', async (path) => {
    const { daemon, alice, requests } = await aWorld()
    const request = requests[path] as never
    const before = await everythingKept(daemon)
    const dry = await alice.says(path, request, { dry_run: true })
    expect(dry).toMatchObject({ failed: false })
    expect(await everythingKept(daemon)).toEqual(before)
    expect(await alice.says(path, request)).toEqual(dry)
    expect(await everythingKept(daemon)).not.toEqual(before)
  })

  it('computes the true refusal', async () => {
    const { daemon, alice } = await aliceAndBob()
    const before = await everythingKept(daemon)
    const request = { pay: BOB, credits: 101 }
    const dry = await alice.says('client action pay', request, { dry_run: true })
    expect(dry).toMatchObject({ code: 'insufficient_credits' })
    expect(await everythingKept(daemon)).toEqual(before)
    expect(await alice.says('client action pay', request)).toEqual(dry)
  })

  it('touches no idempotency key', async () => {
    const { daemon, alice } = await aliceAndBob()
    const dry = { ...KEY, dry_run: true }
    expect(await alice.says('client action pay', { pay: BOB, credits: 10 }, dry)).toMatchObject({ ewallet_credits: 90 })
    await alice.says('client action pay', { pay: BOB, credits: 20 }, KEY)
    expect(await held(daemon, 'wallet:2')).toBe(80)
    expect(await alice.says('client action pay', { pay: BOB, credits: 20 }, dry)).toMatchObject({
      ewallet_credits: 60,
    })
    expect(await alice.says('client action pay', { pay: BOB, credits: 5 }, dry)).toMatchObject({
      ewallet_credits: 75,
    })
    expect(await held(daemon, 'wallet:2')).toBe(80)
  })

  it('counts against the limits', async () => {
    const daemon = await aDaemon({ config: { inFlightPerSessionMax: 2 } })
    const alice = await daemon.has(ALICE, { credits: 100 })
    const dry = () => alice.says('client action supply credits', { credits: 1 }, { dry_run: true })
    const codes = (await Promise.all([dry(), dry(), dry()])).map(({ code }) => code)
    expect(codes.filter((code) => code === 'too_busy')).toHaveLength(1)
  })

  it('tells nobody', async () => {
    const { alice, bob } = await aliceAndBob()
    const { cursor } = await bob.says('client action subscribe events', {})
    await alice.says('client action pay', { pay: BOB, credits: 10 }, { dry_run: true })
    expect(bob.heard).toEqual([])
    expect(await bob.says('client action view events', { from: cursor })).toMatchObject({ events: [] })
  })
})

it('the world has a request for every instruction that takes a key', async () => {
  const { requests } = await aWorld()
  expect(Object.keys(requests).sort()).toEqual([...keyed].sort())
})
