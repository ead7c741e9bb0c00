import { type Path, paths, usageOf } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import type { TableName } from '../packages/server/src/store/store.ts'
import { aDaemon, type TestDaemon } from './harness.ts'
import { aRequest, idFields, isAccounts } from './sample-request.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
/** No id in these tests is as large. */
const UNKNOWN = 1_000_000

/** Where the things are kept that a field of a path names. */
function tableOf(path: Path, field: string): TableName {
  const kind = /\b(transfer|invoice|conversion|time)(?:_sheet)?\b/.exec(path)?.[1] as 'transfer' | undefined
  if (field === 'session_id') return 'sessions'
  if (field === 'ewallet_id') return 'wallets'
  if (field === 'clock_id') return 'clocks'
  if (field === 'contact_list' || (field === 'list_id' && path.includes('contact'))) return 'contactLists'
  if (field === 'record_id' && path.includes('contact')) return 'contactRecords'
  if (field === 'record_id' && kind) return `${kind}Records`
  if ((field === 'sheet_id' || field === 'list_id') && kind) return `${kind}Sheets`
  throw new Error(`Nobody said where ${field} of ${path} is kept.`)
}

/** Ada, and Bob, who has at least one of everything that has an id. */
async function adaAndBob() {
  const daemon = await aDaemon()
  const ada = await daemon.has(ADA, { credits: 100, minutes: 100 })
  const bob = await daemon.has(BOB, { credits: 100, minutes: 100 })
  for (const person of [ada, bob]) await person.says('client action new contact record', { user_name: 'cid' })
  await bob.says('client action new contact list')
  await bob.says('client action new credit ewallet')
  await bob.says('client action new credit clock')
  for (const kind of ['transfer', 'invoice', 'conversion', 'time'] as const) {
    await bob.says(`client action new ${kind} list`)
  }
  await bob.says('client action start clock_timer')
  daemon.time.turn(60_000)
  await bob.says('client action stop clock_timer')
  await ada.says('client action start clock_timer')
  return { daemon, ada, bob }
}

/** An id of an account's, the newest: one that is not active where there are several. */
async function idOf({ store }: TestDaemon, account: number, table: TableName): Promise<number> {
  return store.transaction(async (tx) => {
    for (let id = 200; id > 0; id -= 1) {
      const row = (await tx[table].get(id)) as { account?: number | null } | undefined
      if (row?.account === account) return id
    }
    throw new Error(`Account ${account} has no row in ${table}.`)
  })
}

const cases = paths.filter(isAccounts).flatMap((path) => idFields(path).map((field) => [path, field] as const))

describe('any id in a request that belongs to someone else is answered exactly like an id that does not exist', () => {
  it('covers every field that is a whole number and names a thing', () => {
    const others = ['credits', 'minutes', 'limit', 'from', 'session_id']
    const numbers = paths.filter(isAccounts).flatMap((path) =>
      Object.entries(usageOf(path).fields)
        .filter(([, { type }]) => type === 'integer')
        .map(([field]) => field),
    )
    const covered = cases.map(([, field]) => field)
    expect([...new Set(numbers)].filter((field) => !covered.includes(field) && !others.includes(field))).toEqual([])
    expect(cases.length).toBeGreaterThan(30)
  })

  it.each(cases)('%s with %s', async (path, field) => {
    const { daemon, ada, bob } = await adaAndBob()
    const id = await idOf(daemon, 3, tableOf(path, field))
    const request = aRequest(path)
    for (const other of idFields(path)) {
      if (other !== field && other in request) request[other] = await idOf(daemon, 2, tableOf(path, other))
    }
    const before = await everything(daemon)

    const unknown = await ada.says(path, { ...request, [field]: UNKNOWN } as never)
    expect(unknown).toMatchObject({ failed: true })
    expect(unknown.code).not.toBe('malformed_request')
    const others = await ada.says(path, { ...request, [field]: id } as never)

    // A refusal may repeat what was asked for, and nothing else tells the two apart.
    const asked = (answer: object, is: number) => JSON.stringify(answer).replaceAll(`${is}`, 'the id asked for')
    expect(asked(others, id)).toBe(asked(unknown, UNKNOWN))
    expect(await everything(daemon)).toEqual(before)
    expect(await bob.says('client action view account')).toMatchObject({ account: BOB })
  })
})

/** What is kept of accounts, wallets, clocks, sheets, records and contacts. */
async function everything({ store }: TestDaemon): Promise<unknown[]> {
  const tables: TableName[] = [...new Set(cases.map(([path, field]) => tableOf(path, field)))]
  return store.transaction(async (tx) => {
    const rows: unknown[] = []
    for (const table of [...tables, 'accounts', 'entries'] as const) {
      for (let id = 1; id <= 200; id += 1) {
        const row = await tx[table].get(id)
        if (row) rows.push(row)
      }
    }
    return rows
  })
}
