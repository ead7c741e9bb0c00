import type { Response } from '@ewallet/protocol'
import { amount, duration, grouped } from '../output/amount.ts'
import { archiveOf } from './archive.ts'
import { type Ink, list, type Panel } from './view.ts'
import type { Views } from './views.ts'

function walletPanel({ ewallet_data: data }: Response<'client action view credit ewallet'>, ink: Ink): Panel {
  return {
    headline: {
      text: `${grouped(data.credits)} ${data.credits === 1 ? 'credit' : 'credits'}`,
      tint: data.credits > 0 ? 'green' : 'red',
    },
    about: `${data.reference}, wallet #${data.id}`,
    lines: [
      ['Clocks', archiveOf(data.clock_archive, data.clock, ink)],
      ['Transfers', archiveOf(data.transfer_sheet_archive, data.transfer_sheet, ink)],
      ['Invoices', archiveOf(data.invoice_sheet_archive, data.invoice_sheet, ink)],
      ['Since', data.create_date],
    ],
  }
}

const counted = (map: Readonly<Record<string, string>>): string => Object.keys(map).join(', ')

export const walletViews: Views = {
  'client action supply credits': ({ supplied_credits, ewallet_credits }) =>
    `Supplied ${amount(supplied_credits, 'credit')}. ${ewallet_credits} in the wallet.`,
  'client action pay': ({ paid, spent_credits, ewallet_credits }) =>
    `Paid ${amount(spent_credits, 'credit')} to ${paid}. ${ewallet_credits} left.`,
  'client action transfer credits': ({ transfered_to, transfered_credits, ewallet_credits }) =>
    `Transferred ${amount(transfered_credits, 'credit')} to ${transfered_to}. ${ewallet_credits} left.`,
  'client action refund transfer': ({ refunded_to, refunded_credits, ewallet_credits }) =>
    `Refunded ${amount(refunded_credits, 'credit')} to ${refunded_to}. ${ewallet_credits} left.`,
  'client action view credit ewallet': walletPanel,
  'client action new credit ewallet': ({ ewallet_data: { id, reference } }) =>
    `Opened wallet ${id}, ${reference}. Use it with: ewallet wallet use ${id}.`,
  'client action switch credit ewallet': ({ ewallet_data: { id, reference, credits } }) =>
    `Wallet ${id}, ${reference}, is active now. It holds ${amount(credits, 'credit')}.`,
  'client action unlink credit ewallet': ({ ewallet }) => `Deleted wallet ${ewallet}.`,
  'client action view credit ewallets': list(
    'ewallets',
    ({ ewallets }) => ewallets,
    {
      id: '#',
      user: 'hidden',
      reference: 'Wallet',
      create_date: 'Since',
      write_date: 'hidden',
      credits: 'Credits',
      clock: 'hidden',
      clock_archive: { title: 'Clocks', show: counted },
      transfer_sheet: 'hidden',
      transfer_sheet_archive: 'hidden',
      invoice_sheet: 'hidden',
      invoice_sheet_archive: 'hidden',
    },
    'No wallets.',
  ),
  'client action view statement': list(
    'entries',
    ({ entries }) => entries,
    {
      id: 'hidden',
      at: 'When',
      kind: 'Kind',
      record: 'hidden',
      counterparty: 'With',
      clock: 'Clock',
      unit: 'hidden',
      amount: {
        title: 'Amount',
        right: true,
        show: (figure, { unit }) => ({
          text: `${figure > 0 ? '+' : ''}${inUnit(figure, unit)}`,
          tint: figure < 0 ? 'red' : 'green',
        }),
      },
      balance: { title: 'Balance', right: true, show: (figure, { unit }) => inUnit(figure, unit) },
      notes: 'Note',
    },
    'Nothing moved.',
  ),
}

function inUnit(figure: number, unit: 'credits' | 'milliseconds'): string {
  return unit === 'credits' ? `${figure} cr` : duration(figure / 60_000)
}
