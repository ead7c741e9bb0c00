import { type groups, isRefusal, PAGE_MAX, refuse } from '@ewallet/protocol'
import { archiveOf } from '../books/account-data.ts'
import { openContactList } from '../books/opening.ts'
import { cutPage, readPage } from '../books/period.ts'
import { ownRow, theRow } from '../books/row.ts'
import { type ContactWish, wishedContact } from '../domain/contact.ts'
import type { ContactList, ContactRecord } from '../domain/rows.ts'
import type { HandlersFor } from '../handler.ts'
import type { Transaction } from '../store/store.ts'

type Stamp = (at: number) => string

/** The active contact list of an account. */
async function activeList(tx: Transaction, account: number): Promise<ContactList> {
  return theRow(tx.contactLists, (await theRow(tx.accounts, account)).contactList)
}

/** `contact_list` and `list_data` of an answer. */
async function listAnswer(tx: Transaction, list: ContactList, stamp: Stamp) {
  const records = await tx.contactRecords.list('list', [list.id], { descending: true, limit: PAGE_MAX })
  const dates = { create_date: stamp(list.createdAt), write_date: stamp(list.writtenAt) }
  const { id, account: user, reference } = list
  return { contact_list: id, list_data: { id, user, reference, ...dates, records: archiveOf(records) } }
}

function recordData(record: ContactRecord, stamp: Stamp) {
  const { id, list, reference, createdAt, writtenAt, name, email, phone, notes } = record
  const dates = { create_date: stamp(createdAt), write_date: stamp(writtenAt) }
  return { id, contact_list: list, reference, ...dates, name, email, phone, notes }
}

/** Writes down that a list changed: its records are part of what it tells. */
async function touchList(tx: Transaction, id: number): Promise<void> {
  await tx.contactLists.put({ ...(await theRow(tx.contactLists, id)), writtenAt: tx.now })
}

/** Writes down that an account changed: its active list and its lists are part of what it tells. */
async function touchAccount(tx: Transaction, id: number, contactList?: number): Promise<void> {
  const account = await theRow(tx.accounts, id)
  await tx.accounts.put({ ...account, contactList: contactList ?? account.contactList, writtenAt: tx.now })
}

/** The list a contact is to stand on: the one named if it is the account's own, else the one given. */
async function listFor(tx: Transaction, account: number, { contact_list }: ContactWish, otherwise: number) {
  if (contact_list === undefined) return otherwise
  return (await ownRow(tx.contactLists, contact_list, account))?.id ?? refuse('contact_list_not_found')
}

export const contactsHandlers: HandlersFor<(typeof groups)['contacts']> = {
  'client action new contact list': async ({ caller, tx, stamp }) => {
    const id = await openContactList(tx, caller.account)
    await touchAccount(tx, caller.account)
    return listAnswer(tx, await theRow(tx.contactLists, id), stamp)
  },

  'client action view contact list': async ({ caller, tx, stamp }) =>
    listAnswer(tx, await activeList(tx, caller.account), stamp),

  'client action switch contact_list': async ({ request, caller, tx, stamp }) => {
    const list = await ownRow(tx.contactLists, request.list_id, caller.account)
    if (!list) return refuse('contact_list_not_found')
    await touchAccount(tx, caller.account, list.id)
    return listAnswer(tx, list, stamp)
  },

  'client action unlink contact list': async ({ request, caller, tx }) => {
    const list = await ownRow(tx.contactLists, request.list_id, caller.account)
    if (!list) return refuse('contact_list_not_found')
    if (list.id === (await activeList(tx, caller.account)).id) return refuse('still_active')
    for (const { id } of await tx.contactRecords.list('list', [list.id])) await tx.contactRecords.remove(id)
    await tx.contactLists.remove(list.id)
    await touchAccount(tx, caller.account)
    return { contact_list: list.id }
  },

  'client action new contact record': async ({ request, caller, tx, now }) => {
    const active = await activeList(tx, caller.account)
    const list = await listFor(tx, caller.account, request, active.id)
    if (isRefusal(list)) return list
    const contact = wishedContact(undefined, request, list)
    const stamps = { createdAt: now, writtenAt: now }
    const { id } = await tx.contactRecords.add({ account: caller.account, ...contact, ...stamps })
    await touchList(tx, list)
    return { contact_record: id, contact_list: list }
  },

  'client action view contact record': async ({ request, caller, tx, stamp }) => {
    const record = await ownRow(tx.contactRecords, request.record_id, caller.account)
    if (!record) return refuse('record_not_found')
    return { contact_list: record.list, contact_record: record.id, record_data: recordData(record, stamp) }
  },

  'client action view contact records': async ({ request, caller, tx, stamp }) => {
    const range = readPage(request)
    if (isRefusal(range)) return range
    const list = await activeList(tx, caller.account)
    const found = await tx.contactRecords.list('list', [list.id], { ...range, descending: true })
    const { rows, cursor } = cutPage(found, range, ({ id }) => ({ order: id, id }))
    return { contact_list: list.id, records: rows.map((record) => recordData(record, stamp)), cursor }
  },

  'client action edit contact record': async ({ request, caller, tx, now, stamp }) => {
    const { record_id, ...wish } = request
    if (Object.values(wish).every((value) => value === undefined)) return refuse('nothing_to_edit')
    const before = await ownRow(tx.contactRecords, record_id, caller.account)
    if (!before) return refuse('record_not_found')
    const list = await listFor(tx, caller.account, wish, before.list)
    if (isRefusal(list)) return list
    const record = { ...before, ...wishedContact(before, wish, list), writtenAt: now }
    await tx.contactRecords.put(record)
    for (const id of new Set([before.list, list])) await touchList(tx, id)
    return { contact_list: list, contact_record: record.id, record_data: recordData(record, stamp) }
  },

  'client action unlink contact record': async ({ request, caller, tx }) => {
    const record = await ownRow(tx.contactRecords, request.record_id, caller.account)
    if (!record) return refuse('record_not_found')
    await tx.contactRecords.remove(record.id)
    await touchList(tx, record.list)
    return { contact_list: record.list, contact_record: record.id }
  },
}
