import * as z from 'zod/mini'
import { archive, email, freeText, id, nextCursor, notes, nothing, page, timestamp } from '../fields.ts'
import { instruction } from '../instruction.ts'

const head = { reference: z.string(), create_date: timestamp, write_date: timestamp }
const listData = z.strictObject({ id, user: id, ...head, records: archive })
const list = z.strictObject({ contact_list: id, list_data: listData })

export const contactRecord = z.strictObject({
  id,
  contact_list: id,
  ...head,
  name: z.string(),
  email: z.nullable(z.string()),
  phone: z.nullable(z.string()),
  notes: z.nullable(z.string()),
})

const contactName = z.string().check(z.minLength(1), z.maxLength(200), z.describe('a name of 1 to 200 characters'))

const contactFlags = {
  user_name: 'name',
  user_email: 'email',
  user_phone: 'phone',
  user_reference: 'reference',
  notes: 'note',
  contact_list: 'list',
} as const

const contactFields = {
  contact_list: z.optional(id),
  user_email: z.optional(email),
  user_phone: z.optional(freeText),
  user_reference: z.optional(freeText),
  notes: z.optional(notes),
}

export const contactsInstructions = {
  'client action new contact list': instruction({
    summary: 'Open another contact list; the active one stays active.',
    says: 'contact list new',
    access: 'account',
    permission: 'contacts',
    changes: true,
    request: nothing,
    response: list,
    refusals: [],
  }),
  'client action view contact list': instruction({
    summary: 'Show the active contact list.',
    access: 'account',
    changes: false,
    request: nothing,
    response: list,
    refusals: [],
  }),
  'client action switch contact_list': instruction({
    summary: 'Make another contact list the active one.',
    says: 'contact list use',
    args: ['list_id'],
    access: 'account',
    permission: 'contacts',
    changes: true,
    also: ['client action switch contact list'],
    request: z.strictObject({ list_id: id }),
    response: list,
    refusals: ['contact_list_not_found'],
  }),
  'client action unlink contact list': instruction({
    summary: 'Delete a contact list with its records.',
    says: 'contact list delete',
    args: ['list_id'],
    access: 'account',
    permission: 'contacts',
    changes: true,
    request: z.strictObject({ list_id: id }),
    response: z.strictObject({ contact_list: id }),
    refusals: ['contact_list_not_found', 'still_active'],
  }),
  'client action new contact record': instruction({
    summary: 'Add a contact.',
    says: 'contact add',
    args: ['user_name'],
    flags: contactFlags,
    examples: ['ewallet contact add bob --email bob@example.org'],
    access: 'account',
    permission: 'contacts',
    changes: true,
    synonyms: { contact_sheet: 'contact_list' },
    request: z.strictObject({ ...contactFields, user_name: contactName }),
    response: z.strictObject({ contact_record: id, contact_list: id }),
    refusals: ['contact_list_not_found'],
  }),
  'client action view contact record': instruction({
    summary: 'Show one contact.',
    says: 'contact show',
    args: ['record_id'],
    access: 'account',
    changes: false,
    synonyms: { record: 'record_id' },
    request: z.strictObject({ record_id: id }),
    response: z.strictObject({ contact_list: id, contact_record: id, record_data: contactRecord }),
    refusals: ['record_not_found'],
  }),
  'client action view contact records': instruction({
    summary: 'List the contacts of the active list.',
    says: 'contact',
    access: 'account',
    changes: false,
    request: z.strictObject({ ...page }),
    response: z.strictObject({ contact_list: id, records: z.array(contactRecord), cursor: nextCursor }),
    refusals: [],
  }),
  'client action edit contact record': instruction({
    summary: 'Change a contact.',
    says: 'contact edit',
    args: ['record_id'],
    flags: contactFlags,
    examples: ['ewallet contact edit 1 --phone "+40 721 000 000"'],
    access: 'account',
    permission: 'contacts',
    changes: true,
    synonyms: { record: 'record_id', contact_sheet: 'contact_list' },
    request: z.strictObject({ ...contactFields, record_id: id, user_name: z.optional(contactName) }),
    response: z.strictObject({ contact_list: id, contact_record: id, record_data: contactRecord }),
    refusals: ['record_not_found', 'contact_list_not_found', 'nothing_to_edit'],
  }),
  'client action unlink contact record': instruction({
    summary: 'Remove a contact.',
    says: 'contact remove',
    args: ['record_id'],
    access: 'account',
    permission: 'contacts',
    changes: true,
    synonyms: { record: 'record_id' },
    request: z.strictObject({ record_id: id }),
    response: z.strictObject({ contact_list: id, contact_record: id }),
    refusals: ['record_not_found'],
  }),
}
