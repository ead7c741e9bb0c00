import type { SheetKind } from '@ewallet/protocol'
import { costOf } from '../domain/price.ts'
import { minutesOf } from '../domain/rounding.ts'
import type { ConversionRecord, InvoiceRecord, Sheet, TimeRecord, TransferRecord } from '../domain/rows.ts'
import type { Transaction } from '../store/store.ts'
import { archiveOf } from './account-data.ts'
import { theRow } from './row.ts'
import { type AnyRecord, isWalletKind, type WalletKind } from './sheet.ts'

type Stamp = (at: number) => string

/** `{ transfer_sheet: 2 }`: the id of a sheet or a record carries its kind in its name. */
export function named<Kind extends SheetKind, Part extends 'sheet' | 'record'>(kind: Kind, part: Part, id: number) {
  return { [`${kind}_${part}`]: id } as Record<`${Kind}_${Part}`, number>
}

/** How many records a sheet shows; the rest are listed page by page. */
const SHOWN_MAX = 1_000

/** `sheet_data` of an answer (instructions.md, sheets): a wallet's sheet names its wallet, a clock's its clock. */
export async function sheetData<Kind extends SheetKind>(tx: Transaction, kind: Kind, sheet: Sheet, stamp: Stamp) {
  const records = tx[`${kind as SheetKind}Records`]
  const newest = await records.list('sheet', [sheet.id], { descending: true, limit: SHOWN_MAX })
  const owner = { [isWalletKind(kind) ? 'ewallet' : 'clock']: sheet.owner }
  return {
    id: sheet.id,
    ...(owner as Record<Kind extends WalletKind ? 'ewallet' : 'clock', number>),
    reference: sheet.reference,
    create_date: stamp(sheet.createdAt),
    // A record that is added does not write its sheet, for that would double what a transfer writes.
    write_date: stamp(Math.max(sheet.writtenAt, newest[0]?.createdAt ?? 0)),
    records: archiveOf(newest),
  }
}

/** What the data of every record begins with. */
function headOf<Kind extends SheetKind>(kind: Kind, record: AnyRecord, stamp: Stamp) {
  const { id, sheet, reference, createdAt, writtenAt } = record
  const dates = { create_date: stamp(createdAt), write_date: stamp(writtenAt) }
  return { id, ...named(kind, 'sheet', sheet), reference, ...dates }
}

/** `record_data` of a record on a time sheet. */
export function timeRecordData(record: TimeRecord, stamp: Stamp) {
  return {
    ...headOf('time', record, stamp),
    time_start: stamp(record.startedAt),
    time_stop: stamp(record.stoppedAt),
    time_spent: minutesOf(record.spentMs),
    time_pending: minutesOf(record.pendingMs),
    pending_count: record.pendingCount,
  }
}

const bodies = {
  transfer: async (tx: Transaction, record: TransferRecord, stamp: Stamp) => ({
    ...headOf('transfer', record, stamp),
    transfer_type: record.type,
    transfer_from: (await theRow(tx.accounts, record.from)).email,
    transfer_to: (await theRow(tx.accounts, record.to)).email,
    credits: record.credits,
  }),
  invoice: async (tx: Transaction, record: InvoiceRecord, stamp: Stamp) => ({
    ...headOf('invoice', record, stamp),
    credits: record.credits,
    currency: record.currency,
    cost: costOf(record.costE4),
    seller: (await theRow(tx.accounts, record.seller)).name,
    notes: record.notes,
  }),
  conversion: async (_: Transaction, record: ConversionRecord, stamp: Stamp) => ({
    ...headOf('conversion', record, stamp),
    conversion_type: record.type,
    minutes: record.minutes,
    credits: record.credits,
  }),
  time: async (_: Transaction, record: TimeRecord, stamp: Stamp) => timeRecordData(record, stamp),
}

type RecordData = { [Kind in SheetKind]: Awaited<ReturnType<(typeof bodies)[Kind]>> }

/** `record_data` of a record on a sheet of a kind; it is the caller's to bring one of that kind. */
export function recordData<Kind extends SheetKind>(
  tx: Transaction,
  kind: Kind,
  record: AnyRecord,
  stamp: Stamp,
): Promise<RecordData[Kind]> {
  const body = bodies[kind] as (tx: Transaction, record: AnyRecord, stamp: Stamp) => Promise<RecordData[Kind]>
  return body(tx, record, stamp)
}
