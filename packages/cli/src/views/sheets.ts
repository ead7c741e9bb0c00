import type { Response, SheetKind } from '@ewallet/protocol'
import { amount, duration } from '../output/amount.ts'
import { list, type Panel, type Piece } from './view.ts'
import type { Views } from './views.ts'

type Transfer = Response<'client action view transfer record'>['record_data']
type Invoice = Response<'client action view invoice record'>['record_data']
type Conversion = Response<'client action view conversion record'>['record_data']
type Time = Response<'client action view time record'>['record_data']

/** The other side of a transfer, as the one on whose sheet it stands sees it. */
function partnerOf({ transfer_type, transfer_from, transfer_to }: Transfer): string {
  return transfer_type === 'incoming' ? transfer_from : transfer_to
}

function signed(credits: number, { transfer_type }: Transfer): Piece {
  return transfer_type === 'incoming' ? { text: `+${credits}`, tint: 'green' } : { text: `-${credits}`, tint: 'red' }
}

const conversions = { credits2clock: 'credits to minutes', clock2credits: 'minutes to credits' } as const

const priceOf = (cost: number, { currency }: Pick<Invoice, 'currency'>): string => `${cost.toFixed(2)} ${currency}`

function transferPanel({ record_data: data }: { record_data: Transfer }): Panel {
  const credits = signed(data.credits, data)
  return {
    headline: { ...credits, text: `${credits.text} ${data.credits === 1 ? 'credit' : 'credits'}` },
    about: `${data.reference}, record #${data.id} of sheet #${data.transfer_sheet}`,
    lines: [
      ['Type', data.transfer_type],
      ['From', data.transfer_from],
      ['To', data.transfer_to],
      ['When', data.create_date],
    ],
  }
}

function invoicePanel({ record_data: data }: { record_data: Invoice }): Panel {
  return {
    headline: { text: amount(data.credits, 'credit') },
    about: `${data.reference}, record #${data.id} of sheet #${data.invoice_sheet}`,
    lines: [
      ['Cost', priceOf(data.cost, data)],
      ['Seller', data.seller],
      ['Notes', data.notes],
      ['When', data.create_date],
    ],
  }
}

function conversionPanel({ record_data: data }: { record_data: Conversion }): Panel {
  const credits = amount(data.credits, 'credit')
  const minutes = amount(data.minutes, 'minute')
  return {
    headline: {
      text: data.conversion_type === 'credits2clock' ? `${credits} to ${minutes}` : `${minutes} to ${credits}`,
    },
    about: `${data.reference}, record #${data.id} of sheet #${data.conversion_sheet}`,
    lines: [['When', data.create_date]],
  }
}

function timePanel({ record_data: data }: { record_data: Time }): Panel {
  return {
    headline: { text: `${amount(data.time_spent, 'minute')} spent` },
    about: `${data.reference}, record #${data.id} of sheet #${data.time_sheet}`,
    lines: [
      ['Start', data.time_start],
      ['Stop', data.time_stop],
      ['Spent', duration(data.time_spent)],
      ['Paused', data.pending_count === 0 ? 'never' : `${data.pending_count} × ${duration(data.time_pending)}`],
    ],
  }
}

interface SheetData {
  id: number
  reference: string
}

const opened =
  (kind: SheetKind) =>
  ({ sheet_data: { id, reference } }: { sheet_data: SheetData }): string =>
    `Opened ${kind} sheet ${id}, ${reference}. Use it with: ewallet sheet ${kind} use ${id}.`

const switched =
  (kind: SheetKind) =>
  ({ sheet_data: { id, reference } }: { sheet_data: SheetData }): string =>
    `The ${kind} sheet ${id}, ${reference}, is active now.`

export const sheetsViews: Views = {
  'client action new transfer list': opened('transfer'),
  'client action new invoice list': opened('invoice'),
  'client action new conversion list': opened('conversion'),
  'client action new time list': opened('time'),

  'client action switch transfer_sheet': switched('transfer'),
  'client action switch invoice_sheet': switched('invoice'),
  'client action switch conversion_sheet': switched('conversion'),
  'client action switch time_sheet': switched('time'),

  'client action view transfer records': list(
    'records',
    ({ records }) => records,
    {
      id: '#',
      transfer_sheet: 'hidden',
      reference: 'hidden',
      create_date: 'When',
      write_date: 'hidden',
      transfer_type: 'Type',
      transfer_from: { title: 'With', show: (_, record) => partnerOf(record) },
      transfer_to: 'hidden',
      credits: { title: 'Credits', right: true, show: signed },
    },
    'No transfers yet.',
  ),
  'client action view invoice records': list(
    'records',
    ({ records }) => records,
    {
      id: '#',
      invoice_sheet: 'hidden',
      reference: 'hidden',
      create_date: 'When',
      write_date: 'hidden',
      credits: 'Credits',
      currency: 'hidden',
      cost: { title: 'Cost', right: true, show: priceOf },
      seller: 'Seller',
      notes: 'Notes',
    },
    'No invoices yet.',
  ),
  'client action view conversion records': list(
    'records',
    ({ records }) => records,
    {
      id: '#',
      conversion_sheet: 'hidden',
      reference: 'hidden',
      create_date: 'When',
      write_date: 'hidden',
      conversion_type: { title: 'Converted', show: (type) => conversions[type] },
      minutes: 'Minutes',
      credits: 'Credits',
    },
    'No conversions yet.',
  ),
  'client action view time records': list(
    'records',
    ({ records }) => records,
    {
      id: '#',
      time_sheet: 'hidden',
      reference: 'hidden',
      create_date: 'hidden',
      write_date: 'hidden',
      time_start: 'Start',
      time_stop: 'Stop',
      time_spent: { title: 'Spent', right: true, show: (minutes) => duration(minutes) },
      time_pending: { title: 'Paused', right: true, show: (minutes) => (minutes === 0 ? '' : duration(minutes)) },
      pending_count: 'hidden',
    },
    'No time spent yet.',
  ),

  'client action view transfer record': transferPanel,
  'client action view invoice record': invoicePanel,
  'client action view conversion record': conversionPanel,
  'client action view time record': timePanel,

  'client action unlink transfer record': ({ transfer_record }) => `Removed transfer record ${transfer_record}.`,
  'client action unlink invoice record': ({ invoice_record }) => `Removed invoice record ${invoice_record}.`,
  'client action unlink conversion record': ({ conversion_record }) =>
    `Removed conversion record ${conversion_record}.`,
  'client action unlink time record': ({ time_record }) => `Removed time record ${time_record}.`,

  'client action unlink transfer list': ({ transfer_sheet }) => `Deleted transfer sheet ${transfer_sheet}.`,
  'client action unlink invoice list': ({ invoice_sheet }) => `Deleted invoice sheet ${invoice_sheet}.`,
  'client action unlink conversion list': ({ conversion_sheet }) => `Deleted conversion sheet ${conversion_sheet}.`,
  'client action unlink time list': ({ time_sheet }) => `Deleted time sheet ${time_sheet}.`,
}
