import * as z from 'zod/mini'
import {
  archive,
  count,
  creditBalance,
  id,
  minutes,
  nextCursor,
  nothing,
  page,
  period,
  reference,
  timestamp,
} from '../fields.ts'
import { type AnyObject, instruction } from '../instruction.ts'

/** The four sheets; transfer and invoice belong to a wallet, conversion and time to a clock. */
export const sheetKinds = ['transfer', 'invoice', 'conversion', 'time'] as const
export type SheetKind = (typeof sheetKinds)[number]

const head = { reference: z.string(), create_date: timestamp, write_date: timestamp }

export const transferRecord = z.strictObject({
  id,
  transfer_sheet: id,
  ...head,
  transfer_type: z.literal(['supply', 'transfer', 'payment', 'incoming', 'refund']),
  transfer_from: z.string(),
  transfer_to: z.string(),
  credits: creditBalance,
})

export const invoiceRecord = z.strictObject({
  id,
  invoice_sheet: id,
  ...head,
  credits: creditBalance,
  currency: z.string(),
  cost: z.number(),
  seller: z.string(),
  notes: z.nullable(z.string()),
})

export const conversionRecord = z.strictObject({
  id,
  conversion_sheet: id,
  ...head,
  conversion_type: z.literal(['credits2clock', 'clock2credits']),
  minutes,
  credits: creditBalance,
})

export const timeRecord = z.strictObject({
  id,
  time_sheet: id,
  ...head,
  time_start: timestamp,
  time_stop: timestamp,
  time_spent: minutes,
  time_pending: minutes,
  pending_count: count,
})

const walletSheet = z.strictObject({ id, ewallet: id, ...head, records: archive })
const clockSheet = z.strictObject({ id, clock: id, ...head, records: archive })

type Key<Kind extends SheetKind, Part extends string> = `${Kind}_${Part}`

/** `{ transfer_sheet: id, … }`: the id an answer begins with carries the sheet's kind in its name. */
function named<Kind extends SheetKind, Part extends string, Rest extends Record<string, unknown>>(
  kind: Kind,
  part: Part,
  rest: Rest,
) {
  return { [`${kind}_${part}`]: id, ...rest } as Record<Key<Kind, Part>, typeof id> & Rest
}

const newSheet = <Kind extends SheetKind, Data extends AnyObject>(kind: Kind, data: Data) =>
  instruction({
    summary: `Open another ${kind} sheet; the active one stays active.`,
    says: `sheet ${kind} new`,
    access: 'account',
    permission: 'sheets',
    changes: true,
    request: z.strictObject({ reference: z.optional(reference) }),
    response: z.strictObject(named(kind, 'sheet', { sheet_data: data })),
    refusals: [],
  })

const viewSheet = <Kind extends SheetKind, Data extends AnyObject>(kind: Kind, data: Data) =>
  instruction({
    summary: `Show the active ${kind} sheet and the ids of its newest 1,000 records.`,
    access: 'account',
    changes: false,
    request: nothing,
    response: z.strictObject(named(kind, 'sheet', { sheet_data: data })),
    refusals: [],
  })

const viewRecords = <Kind extends SheetKind, Data extends AnyObject>(kind: Kind, record: Data) =>
  instruction({
    summary: `List the records of the active ${kind} sheet, newest first.`,
    says: `sheet ${kind}`,
    examples: [`ewallet sheet ${kind} --limit 10`],
    access: 'account',
    changes: false,
    request: z.strictObject({ ...period, ...page }),
    response: z.strictObject(named(kind, 'sheet', { records: z.array(record), cursor: nextCursor })),
    refusals: [],
  })

const switchSheet = <Kind extends SheetKind, Data extends AnyObject>(kind: Kind, data: Data) =>
  instruction({
    summary: `Make another ${kind} sheet the active one.`,
    says: `sheet ${kind} use`,
    args: ['sheet_id'],
    access: 'account',
    permission: 'sheets',
    changes: true,
    also: [`client action switch ${kind} list`],
    request: z.strictObject({ sheet_id: id }),
    response: z.strictObject(named(kind, 'sheet', { sheet_data: data })),
    refusals: ['sheet_not_found'],
  })

const viewRecord = <Kind extends SheetKind, Data extends AnyObject>(kind: Kind, record: Data) =>
  instruction({
    summary: `Show one record of a ${kind} sheet.`,
    says: `sheet ${kind} show`,
    args: ['record_id'],
    access: 'account',
    changes: false,
    request: z.strictObject({ record_id: id }),
    response: z.strictObject({
      ...named(kind, 'sheet', {}),
      ...named(kind, 'record', { record_data: record }),
    }),
    refusals: ['record_not_found'],
  })

const unlinkRecord = <Kind extends SheetKind>(kind: Kind) =>
  instruction({
    summary: `Remove one record from a ${kind} sheet; no balance changes.`,
    says: `sheet ${kind} remove`,
    args: ['record_id'],
    access: 'account',
    permission: 'sheets',
    changes: true,
    request: z.strictObject({ record_id: id }),
    response: z.strictObject({ ...named(kind, 'sheet', {}), ...named(kind, 'record', {}) }),
    refusals: ['record_not_found'],
  })

const unlinkSheet = <Kind extends SheetKind>(kind: Kind) =>
  instruction({
    summary: `Delete a ${kind} sheet with its records; no balance changes.`,
    says: `sheet ${kind} delete`,
    args: ['list_id'],
    access: 'account',
    permission: 'sheets',
    changes: true,
    request: z.strictObject({ list_id: id }),
    response: z.strictObject(named(kind, 'sheet', {})),
    refusals: ['sheet_not_found', 'still_active', ...(kind === 'time' ? (['clock_in_use'] as const) : [])],
  })

export const sheetsInstructions = {
  'client action new transfer list': newSheet('transfer', walletSheet),
  'client action new invoice list': newSheet('invoice', walletSheet),
  'client action new conversion list': newSheet('conversion', clockSheet),
  'client action new time list': newSheet('time', clockSheet),

  'client action view transfer list': viewSheet('transfer', walletSheet),
  'client action view invoice list': viewSheet('invoice', walletSheet),
  'client action view conversion list': viewSheet('conversion', clockSheet),
  'client action view time list': viewSheet('time', clockSheet),

  'client action view transfer records': viewRecords('transfer', transferRecord),
  'client action view invoice records': viewRecords('invoice', invoiceRecord),
  'client action view conversion records': viewRecords('conversion', conversionRecord),
  'client action view time records': viewRecords('time', timeRecord),

  'client action switch transfer_sheet': switchSheet('transfer', walletSheet),
  'client action switch invoice_sheet': switchSheet('invoice', walletSheet),
  'client action switch conversion_sheet': switchSheet('conversion', clockSheet),
  'client action switch time_sheet': switchSheet('time', clockSheet),

  'client action view transfer record': viewRecord('transfer', transferRecord),
  'client action view invoice record': viewRecord('invoice', invoiceRecord),
  'client action view conversion record': viewRecord('conversion', conversionRecord),
  'client action view time record': viewRecord('time', timeRecord),

  'client action unlink transfer record': unlinkRecord('transfer'),
  'client action unlink invoice record': unlinkRecord('invoice'),
  'client action unlink conversion record': unlinkRecord('conversion'),
  'client action unlink time record': unlinkRecord('time'),

  'client action unlink transfer list': unlinkSheet('transfer'),
  'client action unlink invoice list': unlinkSheet('invoice'),
  'client action unlink conversion list': unlinkSheet('conversion'),
  'client action unlink time list': unlinkSheet('time'),
}
