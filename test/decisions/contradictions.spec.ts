import { declarationOf, isKeyed, type Path, paths } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { aDaemon, NINE, PASSWORD } from '../harness.ts'
import { aWorld } from '../world.ts'

const ALICE = 'alice@example.org'

interface Schema {
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
  anyOf?: Schema[]
}

/** Every key of an answer with what stands under it, at any depth. */
function keysOf(path: Path): { key: string; under: string; schema: Schema }[] {
  const found: { key: string; under: string; schema: Schema }[] = []
  const walk = (schema: Schema, under: string) => {
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      found.push({ key, under, schema: inner })
      walk(inner, key)
    }
    if (schema.items) walk(schema.items, under)
    if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties, under)
    for (const one of schema.anyOf ?? []) walk(one, under)
  }
  walk(z.toJSONSchema(declarationOf(path).response) as Schema, '')
  return found
}

const everyKey = paths.flatMap((path) => keysOf(path).map((found) => ({ path, ...found })))

/** What is told under a key, whichever instructions tell it. */
const kinds = (key: string) =>
  new Set(
    everyKey
      .filter((found) => found.key === key && found.under !== 'acl')
      .map(({ schema }) => (schema.anyOf ? schema.anyOf[0] : schema)?.type)
      .map((type) => [type].flat()[0]),
  )

describe('contradictions in the seeds, settled', () => {
  it('the key is `clock` (an id) everywhere, `credit_clock` only for minutes left', async () => {
    // On the permission sheet `clock` and `account` are names of permissions.
    expect(kinds('clock')).toEqual(new Set(['integer']))
    expect(kinds('credit_clock')).toEqual(new Set(['number']))
    const daemon = await aDaemon()
    const alice = await daemon.has(ALICE, { minutes: 20 })
    expect(await alice.says('client action view credit clock', {})).toMatchObject({
      clock: 2,
      clock_data: { id: 2, credit_clock: 20 },
    })
    expect(await alice.says('client action view credit ewallet')).toMatchObject({ ewallet_data: { clock: 2 } })
  })

  it('`clock_state`, `ewallet`, `user`, `account` likewise', () => {
    expect(kinds('clock_state')).toEqual(new Set(['string']))
    for (const key of ['ewallet', 'user']) expect(kinds(key)).toEqual(new Set(['integer']))
    expect(kinds('account')).toEqual(new Set(['string']))
    const gone = ['credit_clock_state', 'clock_id', 'wallet_id', 'ewallet_id', 'user_id', 'credit_wallet', 'record_id']
    expect(everyKey.filter(({ key }) => gone.includes(key))).toEqual([])
  })

  it("`ewallet_archive` (not `credit_ewallet_archive`); a sheet's own id inside `sheet_data` is `id` (also for time sheets)", () => {
    expect(everyKey.filter(({ key }) => /^credit_(e?wallet|clock)_archive$/.test(key))).toEqual([])
    expect(everyKey.filter(({ key }) => key === 'ewallet_archive').map(({ under }) => under)).toContain('account_data')
    const inSheets = everyKey.filter(({ under }) => under === 'sheet_data')
    expect(inSheets.filter(({ key }) => key.endsWith('_sheet'))).toEqual([])
    expect(inSheets.filter(({ key, path }) => key === 'id' && path.includes('time'))).toHaveLength(3)
  })

  it("`account` is always the email; `seller` is the seller's name; `paid`, not `payed`", async () => {
    const daemon = await aDaemon()
    const alice = await daemon.has(ALICE, { credits: 10 })
    await daemon.has('bob@example.org')
    expect(await alice.says('client action view account')).toMatchObject({ account: ALICE })
    const { invoice_record, ...payment } = await alice.says('client action pay', { pay: 'bob@example.org', credits: 1 })
    expect(payment).toMatchObject({ paid: 'bob@example.org' })
    const { record_data } = await alice.says('client action view invoice record', { record_id: invoice_record })
    expect(record_data.seller).toBe('bob')
    expect(everyKey.filter(({ key }) => key === 'payed' || key === 'seller_id')).toEqual([])
  })

  it('user state stays `state_code` + `state_name`', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const person = { user_name: 'alice', user_email: ALICE, user_pass: PASSWORD }
    expect(await client.says('client action new account', person)).toMatchObject({
      account_data: { state_code: 0, state_name: 'LoggedOut' },
    })
    await client.says('client action login', { user_email: ALICE, user_pass: PASSWORD })
    expect(await client.says('client action view account')).toMatchObject({
      account_data: { state_code: 1, state_name: 'LoggedIn' },
    })
  })

  it('`resume_timestamp` is when the timer resumed', async () => {
    const daemon = await aDaemon()
    const alice = await daemon.has(ALICE, { minutes: 20 })
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(60_000)
    await alice.says('client action pause clock_timer', {})
    daemon.time.turn(120_000)
    expect(await alice.says('client action resume clock_timer', {})).toMatchObject({
      pause_timestamp: '05-01-2026 09:01:00',
      resume_timestamp: '05-01-2026 09:03:00',
    })
  })

  it('references are the spaced ones: `Credit EWallet`, `Credit Clock`, `Contact List`, `Transfer Sheet`, `Transfer Sheet Record`, … `Contact List Record`', async () => {
    const { alice } = await aWorld()
    const seen = new Set<string>()
    const referenced = (value: unknown) => {
      if (typeof value !== 'object' || value === null) return
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'reference') seen.add(String(inner))
        referenced(inner)
      }
    }
    referenced(await alice.says('client action view credit ewallets'))
    for (const clock_id of [2, undefined]) {
      referenced(await alice.says('client action view credit clock', clock_id ? { clock_id } : {}))
    }
    referenced(await alice.says('client action view contact list'))
    referenced(await alice.says('client action view contact records', {}))
    await alice.says('client action switch credit clock', { clock_id: 2 })
    for (const kind of ['transfer', 'invoice', 'conversion', 'time'] as const) {
      referenced(await alice.says(`client action view ${kind} list`))
      referenced(await alice.says(`client action view ${kind} records`, {}))
    }
    const sheets = ['Transfer', 'Invoice', 'Conversion', 'Time'].flatMap((kind) => [
      `${kind} Sheet`,
      `${kind} Sheet Record`,
    ])
    const others = ['Credit EWallet', 'Credit Clock', 'Contact List', 'Contact List Record']
    expect([...seen].sort()).toEqual([...sheets, ...others].sort())
  })

  it('timestamps in answers are `DD-MM-YYYY HH:MM:SS`; inside the store they are UTC milliseconds', async () => {
    const daemon = await aDaemon()
    const alice = await daemon.has(ALICE)
    const { account_data } = await alice.says('client action view account')
    expect(account_data.create_date).toBe('05-01-2026 09:00:00')
    const row = await daemon.store.transaction(async (tx) => tx.accounts.get(2))
    expect([row?.createdAt, row?.writtenAt]).toEqual([NINE, NINE])
  })

  it('minutes are rounded (half up) to 2 decimals in answers only; inside, time is whole milliseconds', async () => {
    const daemon = await aDaemon()
    const alice = await daemon.has(ALICE, { minutes: 1 })
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(299)
    expect(await alice.says('client action stop clock_timer', {})).toMatchObject({ minutes_spent: 0 })
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(300)
    expect(await alice.says('client action stop clock_timer', {})).toMatchObject({ minutes_spent: 0.01 })
    expect(await daemon.store.transaction(async (tx) => tx.balance('clock:2', 'milliseconds'))).toBe(60_000 - 599)
    // 59.401 seconds are 0.990016… minutes.
    expect(await alice.says('client action view credit clock', {})).toMatchObject({
      clock_data: { credit_clock: 0.99 },
    })
  })

  it.each(paths.filter((path) => isKeyed(path) && 'credits' in (declarationOf(path).request.shape as object)))(
    'credits are whole numbers, always: %s',
    async (path) => {
      const { alice, requests } = await aWorld()
      const answer = await alice.says(path, { ...requests[path], credits: 1.5 } as never)
      expect(answer).toMatchObject({ code: 'malformed_request', details: { field: 'credits' } })
      const credits = keysOf(path).filter(({ key }) => /credits$/.test(key))
      expect(credits.map(({ schema }) => schema.type)).toEqual(credits.map(() => 'integer'))
    },
  )
})
