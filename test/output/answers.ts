import type { Response } from '@ewallet/protocol'
import { nine, tenPast } from './paper.ts'

const head = { reference: 'Transfer Sheet Record', create_date: nine, write_date: nine }

/** Alice's transfers: ten credits from bob, five to carol. */
export const transfers: Response<'client action view transfer records'> = {
  transfer_sheet: 1,
  records: [
    {
      id: 12,
      transfer_sheet: 1,
      ...head,
      transfer_type: 'incoming',
      transfer_from: 'bob@example.org',
      transfer_to: 'alice@example.org',
      credits: 10,
    },
    {
      id: 3,
      transfer_sheet: 1,
      ...head,
      transfer_type: 'transfer',
      transfer_from: 'alice@example.org',
      transfer_to: 'carol@example.org',
      credits: 5,
    },
  ],
  cursor: null,
}

type Contacts = Response<'client action view contact records'>

const aContact = (
  id: number,
  name: string,
  rest: Partial<Contacts['records'][number]>,
): Contacts['records'][number] => ({
  id,
  contact_list: 1,
  ...head,
  name,
  email: null,
  phone: null,
  notes: null,
  ...rest,
})

/** Names and notes of several widths. */
export const contacts: Contacts = {
  contact_list: 1,
  records: [
    aContact(1, 'bob', {
      email: 'bob@example.org',
      notes: 'Plays chess on Thursdays, prefers the Sicilian, owes us one lunch since the conference in Cluj.',
    }),
    aContact(2, '山田太郎', {
      email: 'yamada@example.jp',
      notes: '東京の友達。とても親切で、いつも手伝ってくれます。',
    }),
    aContact(3, 'Zoë 🎈', { notes: 'party 👩‍👩‍👧' }),
  ],
  cursor: null,
}

/** Alice's wallet of ninety credits, one of two. */
export const wallet: Response<'client action view credit ewallet'> = {
  ewallet: 1,
  ewallet_data: {
    id: 1,
    user: 2,
    reference: 'Credit EWallet',
    create_date: nine,
    write_date: nine,
    credits: 90,
    clock: 1,
    clock_archive: { 1: 'Credit Clock', 4: 'Holidays' },
    transfer_sheet: 1,
    transfer_sheet_archive: { 1: 'Transfer Sheet' },
    invoice_sheet: null,
    invoice_sheet_archive: {},
  },
}

/** A clock with some minutes on it. */
export function aClock(
  minutes: number,
  state: 'inactive' | 'active' | 'pending' = 'active',
): Response<'client action view credit clock'> {
  return {
    clock: 1,
    clock_data: {
      id: 1,
      ewallet: 1,
      reference: 'Credit Clock',
      create_date: nine,
      write_date: nine,
      credit_clock: minutes,
      clock_state: state,
      time_sheet: 1,
      time_sheet_archive: { 1: 'Time Sheet' },
      conversion_sheet: 1,
      conversion_sheet_archive: { 1: 'Conversion Sheet' },
    },
  }
}

/** Alice's account. */
export const account: Response<'client action view account'> = {
  account: 'alice@example.org',
  account_data: {
    id: 2,
    name: 'alice',
    create_date: nine,
    write_date: nine,
    ewallet: 1,
    contact_list: 1,
    email: 'alice@example.org',
    phone: null,
    alias: 'Al',
    state_code: 1,
    state_name: 'LoggedIn',
    ewallet_archive: { 1: 'Credit EWallet', 4: 'Holidays' },
    contact_list_archive: { 1: 'Contact List' },
  },
}

/** Ten minutes spent, with two pauses. */
export const stopped: Response<'client action stop clock_timer'> = {
  clock: 1,
  pending_count: 2,
  pending_time: 3.5,
  start_timestamp: nine,
  stop_timestamp: tenPast,
  minutes_spent: 10,
  time_record: 3,
  record_data: {
    id: 3,
    time_sheet: 1,
    ...head,
    time_start: nine,
    time_stop: tenPast,
    time_spent: 10,
    time_pending: 3.5,
    pending_count: 2,
  },
}
