import type { Response } from '@ewallet/protocol'
import { list, type Panel } from './view.ts'
import type { Views } from './views.ts'

function contactPanel({ record_data: data }: Response<'client action view contact record'>): Panel {
  return {
    headline: { text: data.name },
    about: `contact #${data.id} of list #${data.contact_list}`,
    lines: [
      ['Email', data.email],
      ['Phone', data.phone],
      ['Reference', data.reference],
      ['Notes', data.notes],
      ['Changed', data.write_date],
    ],
  }
}

export const contactsViews: Views = {
  'client action new contact list': ({ list_data: { id, reference } }) =>
    `Opened contact list ${id}, ${reference}. Use it with: ewallet contact list use ${id}.`,
  'client action switch contact_list': ({ list_data: { id, reference } }) =>
    `Contact list ${id}, ${reference}, is active now.`,
  'client action unlink contact list': ({ contact_list }) => `Deleted contact list ${contact_list}.`,
  'client action new contact record': ({ contact_record, contact_list }) =>
    `Added contact ${contact_record} to list ${contact_list}.`,
  'client action view contact record': contactPanel,
  'client action view contact records': list(
    'records',
    ({ records }) => records,
    {
      id: '#',
      contact_list: 'hidden',
      reference: 'hidden',
      create_date: 'hidden',
      write_date: 'hidden',
      name: 'Name',
      email: 'Email',
      phone: 'Phone',
      notes: 'Notes',
    },
    'No contacts yet. Add one with: ewallet contact add NAME --email EMAIL.',
  ),
  'client action edit contact record': ({ contact_record, record_data }) =>
    `Changed contact ${contact_record}, ${record_data.name}.`,
  'client action unlink contact record': ({ contact_record }) => `Removed contact ${contact_record}.`,
}
