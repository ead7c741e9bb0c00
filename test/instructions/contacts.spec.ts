import { describe, expect, it } from 'vitest'
import { aDaemon, type Client, expectAllRefusalsSeen, type TestDaemon } from '../harness.ts'

const ADA = 'ada@example.org'
const MINUTE = 60_000

/** Ada, who has contact list 2 active and contact list 3 besides; the clock stands at a minute past nine. */
async function adaWithTwoLists(): Promise<{ daemon: TestDaemon; ada: Client }> {
  const daemon = await aDaemon()
  const ada = await daemon.has(ADA)
  await ada.says('client action new contact list')
  daemon.time.turn(MINUTE)
  return { daemon, ada }
}

const emptyList = (id: number) => ({
  id,
  user: 2,
  reference: 'Contact List',
  create_date: '05-01-2026 09:00:00',
  write_date: '05-01-2026 09:00:00',
  records: {},
})

describe('client action new contact list', () => {
  it('opens another list; the active one stays active', async () => {
    const ada = await (await aDaemon()).has(ADA)
    expect(await ada.says('client action new contact list')).toEqual({
      failed: false,
      contact_list: 3,
      list_data: emptyList(3),
    })
    expect(await ada.says('client action view contact list')).toMatchObject({ contact_list: 2 })
    expect(await ada.says('client action view account')).toMatchObject({
      account_data: { contact_list: 2, contact_list_archive: { 2: 'Contact List', 3: 'Contact List' } },
    })
  })
})

describe('client action view contact list', () => {
  it('shows the active list', async () => {
    const ada = await (await aDaemon()).has(ADA)
    expect(await ada.says('client action view contact list')).toEqual({
      failed: false,
      contact_list: 2,
      list_data: emptyList(2),
    })
  })

  it('shows the references of the newest 1,000 records', async () => {
    const ada = await (await aDaemon()).has(ADA)
    for (let n = 1; n <= 1_001; n += 1) await ada.says('client action new contact record', { user_name: `c${n}` })
    const { list_data } = await ada.says('client action view contact list')
    expect(Object.keys(list_data.records)).toHaveLength(1_000)
    expect(list_data.records[1]).toBeUndefined()
    expect(list_data.records[1_001]).toBe('Contact List Record')
  })
})

describe('client action switch contact_list', () => {
  it('makes another list the active one, and the archive keeps both', async () => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action switch contact_list', { list_id: 3 })).toMatchObject({ contact_list: 3 })
    expect(await ada.says('client action view contact list')).toMatchObject({ contact_list: 3 })
    expect(await ada.says('client action view account')).toMatchObject({
      account_data: { contact_list: 3, contact_list_archive: { 2: 'Contact List', 3: 'Contact List' } },
    })
    expect(await ada.says('client action view session')).toMatchObject({ session_data: { session_contact_list: 3 } })
  })

  it('is understood as switch contact list as well', async () => {
    const { ada } = await adaWithTwoLists()
    const chain = { controller: 'client', ctype: 'action', action: 'switch', switch: 'contact', contact: 'list' }
    expect(await ada.sends({ ...ada.header, ...chain, list_id: 3 })).toMatchObject({ failed: false, contact_list: 3 })
  })

  it('refuses a list that does not exist', async () => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action switch contact_list', { list_id: 4 })).toMatchObject({
      code: 'contact_list_not_found',
    })
  })
})

describe('client action unlink contact list', () => {
  it('deletes a list with its records; their ids never come back', async () => {
    const { ada } = await adaWithTwoLists()
    await ada.says('client action new contact record', { user_name: 'bob', contact_list: 3 })
    expect(await ada.says('client action unlink contact list', { list_id: 3 })).toEqual({
      failed: false,
      contact_list: 3,
    })
    expect(await ada.says('client action view contact record', { record_id: 1 })).toMatchObject({
      code: 'record_not_found',
    })
    expect(await ada.says('client action new contact record', { user_name: 'bob' })).toMatchObject({
      contact_record: 2,
    })
    expect(await ada.says('client action new contact list')).toMatchObject({ contact_list: 4 })
  })

  it.each([
    ['the active list', 2, 'still_active'],
    ['a list that does not exist', 4, 'contact_list_not_found'],
  ])('refuses %s', async (_, list_id, code) => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action unlink contact list', { list_id })).toMatchObject({ code })
  })
})

describe('client action new contact record', () => {
  const bob = { user_name: 'bob', user_email: 'bob@example.org', user_phone: '0123', notes: 'A friend.' }

  it('adds a contact to the active list', async () => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action new contact record', bob)).toEqual({
      failed: false,
      contact_record: 1,
      contact_list: 2,
    })
    expect(await ada.says('client action view contact record', { record_id: 1 })).toEqual({
      failed: false,
      contact_list: 2,
      contact_record: 1,
      record_data: {
        id: 1,
        contact_list: 2,
        reference: 'Contact List Record',
        create_date: '05-01-2026 09:01:00',
        write_date: '05-01-2026 09:01:00',
        name: 'bob',
        email: 'bob@example.org',
        phone: '0123',
        notes: 'A friend.',
      },
    })
  })

  it('adds it to the list that is named, by either name of the field', async () => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action new contact record', { ...bob, contact_list: 3 })).toMatchObject({
      contact_list: 3,
    })
    const sheet = { ...bob, contact_sheet: 3 } as typeof bob
    expect(await ada.says('client action new contact record', sheet)).toMatchObject({ contact_list: 3 })
  })

  it('needs a name only', async () => {
    const { ada } = await adaWithTwoLists()
    await ada.says('client action new contact record', { user_name: 'bob', user_reference: 'Landlord' })
    expect(await ada.says('client action view contact record', { record_id: 1 })).toMatchObject({
      record_data: { reference: 'Landlord', email: null, phone: null, notes: null },
    })
    expect(await ada.says('client action new contact record', {} as typeof bob)).toMatchObject({
      code: 'malformed_request',
    })
  })

  it('changes the write date of the list', async () => {
    const { ada } = await adaWithTwoLists()
    await ada.says('client action new contact record', bob)
    expect(await ada.says('client action view contact list')).toMatchObject({
      list_data: { write_date: '05-01-2026 09:01:00', records: { 1: 'Contact List Record' } },
    })
  })

  it('refuses a list that does not exist', async () => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action new contact record', { ...bob, contact_list: 4 })).toMatchObject({
      code: 'contact_list_not_found',
    })
  })
})

describe('client action view contact record', () => {
  it('is understood with record as well', async () => {
    const { ada } = await adaWithTwoLists()
    await ada.says('client action new contact record', { user_name: 'bob' })
    const request = { record: 1 } as unknown as { record_id: number }
    expect(await ada.says('client action view contact record', request)).toMatchObject({ contact_record: 1 })
  })

  it('refuses a record that does not exist', async () => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action view contact record', { record_id: 1 })).toMatchObject({
      code: 'record_not_found',
    })
  })
})

describe('client action view contact records', () => {
  it('lists the contacts of the active list, newest first, page by page, while others are added', async () => {
    const { ada } = await adaWithTwoLists()
    for (const user_name of ['a', 'b', 'c', 'd', 'e']) await ada.says('client action new contact record', { user_name })
    await ada.says('client action new contact record', { user_name: 'elsewhere', contact_list: 3 })

    const first = await ada.says('client action view contact records', { limit: 2 })
    expect(first.records.map(({ name }) => name)).toEqual(['e', 'd'])
    await ada.says('client action new contact record', { user_name: 'f' })
    const second = await ada.says('client action view contact records', { limit: 2, cursor: first.cursor ?? '' })
    expect(second.records.map(({ name }) => name)).toEqual(['c', 'b'])
    const last = await ada.says('client action view contact records', { limit: 2, cursor: second.cursor ?? '' })
    expect(last).toMatchObject({ contact_list: 2, records: [{ name: 'a' }], cursor: null })
  })

  it('lists 50 where no limit is named', async () => {
    const { ada } = await adaWithTwoLists()
    for (let n = 0; n < 51; n += 1) await ada.says('client action new contact record', { user_name: `c${n}` })
    const { records, cursor } = await ada.says('client action view contact records')
    expect(records).toHaveLength(50)
    expect(cursor).not.toBeNull()
  })

  it('is empty where there are none', async () => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action view contact records')).toEqual({
      failed: false,
      contact_list: 2,
      records: [],
      cursor: null,
    })
  })

  it('does not understand a cursor that is none', async () => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action view contact records', { cursor: 'junk' })).toMatchObject({
      code: 'malformed_request',
      details: { field: 'cursor' },
    })
  })
})

describe('client action edit contact record', () => {
  it.each([
    ['name', { user_name: 'Bob' }, { name: 'Bob' }],
    ['email', { user_email: 'b@example.org' }, { email: 'b@example.org' }],
    ['phone', { user_phone: '0456' }, { phone: '0456' }],
    ['reference', { user_reference: 'Landlord' }, { reference: 'Landlord' }],
    ['notes', { notes: 'Moved.' }, { notes: 'Moved.' }],
    ['list', { contact_list: 3 }, { contact_list: 3 }],
  ])('changes the %s and nothing else', async (_, change, changed) => {
    const { daemon, ada } = await adaWithTwoLists()
    await ada.says('client action new contact record', { user_name: 'bob', user_email: 'bob@example.org' })
    const before = await ada.says('client action view contact record', { record_id: 1 })
    daemon.time.turn(MINUTE)

    const answer = await ada.says('client action edit contact record', { record_id: 1, ...change })
    expect(answer.record_data).toEqual({ ...before.record_data, ...changed, write_date: '05-01-2026 09:02:00' })
    expect(await ada.says('client action view contact record', { record_id: 1 })).toEqual(answer)
  })

  it('moves a contact from one list to another', async () => {
    const { ada } = await adaWithTwoLists()
    await ada.says('client action new contact record', { user_name: 'bob' })
    await ada.says('client action edit contact record', { record_id: 1, contact_list: 3 })
    expect(await ada.says('client action view contact list')).toMatchObject({ list_data: { records: {} } })
    await ada.says('client action switch contact_list', { list_id: 3 })
    expect(await ada.says('client action view contact list')).toMatchObject({
      list_data: { records: { 1: expect.any(String) } },
    })
  })

  it.each([
    ['nothing', { record_id: 1 }, 'nothing_to_edit'],
    ['a record that does not exist', { record_id: 2, user_name: 'bob' }, 'record_not_found'],
    ['a list that does not exist', { record_id: 1, contact_list: 4 }, 'contact_list_not_found'],
    ['an email that is none', { record_id: 1, user_email: 'bob' }, 'malformed_request'],
  ])('refuses %s', async (_, request, code) => {
    const { ada } = await adaWithTwoLists()
    await ada.says('client action new contact record', { user_name: 'bob' })
    expect(await ada.says('client action edit contact record', request)).toMatchObject({ code })
  })
})

describe('client action unlink contact record', () => {
  it('removes a contact, and changes the write date of its list', async () => {
    const { daemon, ada } = await adaWithTwoLists()
    await ada.says('client action new contact record', { user_name: 'bob' })
    daemon.time.turn(MINUTE)
    expect(await ada.says('client action unlink contact record', { record_id: 1 })).toEqual({
      failed: false,
      contact_list: 2,
      contact_record: 1,
    })
    expect(await ada.says('client action view contact list')).toMatchObject({
      list_data: { write_date: '05-01-2026 09:02:00', records: {} },
    })
  })

  it('refuses a record that is gone', async () => {
    const { ada } = await adaWithTwoLists()
    expect(await ada.says('client action unlink contact record', { record_id: 1 })).toMatchObject({
      code: 'record_not_found',
    })
  })
})

describe('contacts', () => {
  it.each([
    ['client action new contact list', {}],
    ['client action switch contact_list', { list_id: 3 }],
    ['client action unlink contact list', { list_id: 3 }],
    ['client action new contact record', { user_name: 'bob' }],
    ['client action edit contact record', { record_id: 1, user_name: 'bob' }],
    ['client action unlink contact record', { record_id: 1 }],
  ] as const)('%s is refused to an account that may not', async (path, request) => {
    const { daemon, ada } = await adaWithTwoLists()
    await daemon.store.transaction(async (tx) => {
      const account = await tx.accounts.get(2)
      if (account) await tx.accounts.put({ ...account, acl: { contacts: 'deny' } })
    })
    expect(await ada.says(path, request as never)).toMatchObject({ code: 'permission_denied' })
    expect(await ada.says('client action view contact list')).toMatchObject({ failed: false })
  })

  it('refused all that they declare, somewhere above', () => {
    expectAllRefusalsSeen('contacts')
  })
})
