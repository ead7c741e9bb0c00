import { type groups, isRefusal, refuse, type SheetKind } from '@ewallet/protocol'
import { openSheet } from '../books/opening.ts'
import { cutPage, readPage } from '../books/period.ts'
import { ownRow, theRow } from '../books/row.ts'
import {
  type AnyRecord,
  activeSheetOf,
  isTimedOn,
  ownerOf,
  removeSheet,
  touchOwner,
  touchSheet,
} from '../books/sheet.ts'
import { named, recordData, sheetData } from '../books/sheet-data.ts'
import type { Callers, HandlersFor } from '../handler.ts'
import type { Transaction } from '../store/store.ts'

/** What a body needs of its call, of whichever kind of sheet it is said. */
interface Said<Request = unknown> {
  request: Request
  caller: Callers['account']
  tx: Transaction
  stamp: (at: number) => string
}

type Paging = Parameters<typeof readPage>[0]

const newSheet =
  <Kind extends SheetKind>(kind: Kind) =>
  async ({ request, caller, tx, stamp }: Said<{ reference?: string | undefined }>) => {
    const owner = await ownerOf(tx, kind, caller.account)
    const sheet = await openSheet(tx, kind, caller.account, owner, request.reference)
    await touchOwner(tx, kind, owner)
    return { ...named(kind, 'sheet', sheet.id), sheet_data: await sheetData(tx, kind, sheet, stamp) }
  }

const viewSheet =
  <Kind extends SheetKind>(kind: Kind) =>
  async ({ caller, tx, stamp }: Said) => {
    const id = await activeSheetOf(tx, kind, await ownerOf(tx, kind, caller.account))
    const sheet = await theRow(tx[`${kind as SheetKind}Sheets`], id)
    return { ...named(kind, 'sheet', id), sheet_data: await sheetData(tx, kind, sheet, stamp) }
  }

const viewRecords =
  <Kind extends SheetKind>(kind: Kind) =>
  async ({ request, caller, tx, stamp }: Said<Paging>) => {
    const page = readPage(request)
    if (isRefusal(page)) return page
    const id = await activeSheetOf(tx, kind, await ownerOf(tx, kind, caller.account))
    const found = await tx[`${kind as SheetKind}Records`].list('sheet', [id], { ...page, descending: true })
    const { rows, cursor } = cutPage<AnyRecord>(found, page, (record) => ({
      order: 'startedAt' in record ? record.startedAt : record.createdAt,
      id: record.id,
    }))
    const records = []
    for (const record of rows) records.push(await recordData(tx, kind, record, stamp))
    return { ...named(kind, 'sheet', id), records, cursor }
  }

const switchSheet =
  <Kind extends SheetKind>(kind: Kind) =>
  async ({ request, caller, tx, stamp }: Said<{ sheet_id: number }>) => {
    const owner = await ownerOf(tx, kind, caller.account)
    const sheet = await tx[`${kind as SheetKind}Sheets`].get(request.sheet_id)
    if (sheet?.account !== caller.account || sheet.owner !== owner) return refuse('sheet_not_found')
    await touchOwner(tx, kind, owner, sheet.id)
    return { ...named(kind, 'sheet', sheet.id), sheet_data: await sheetData(tx, kind, sheet, stamp) }
  }

const viewRecord =
  <Kind extends SheetKind>(kind: Kind) =>
  async ({ request, caller, tx, stamp }: Said<{ record_id: number }>) => {
    const record = await ownRow(tx[`${kind as SheetKind}Records`], request.record_id, caller.account)
    if (!record) return refuse('record_not_found')
    return {
      ...named(kind, 'sheet', record.sheet),
      ...named(kind, 'record', record.id),
      record_data: await recordData(tx, kind, record, stamp),
    }
  }

const unlinkRecord =
  <Kind extends SheetKind>(kind: Kind) =>
  async ({ request, caller, tx }: Said<{ record_id: number }>) => {
    const records = tx[`${kind as SheetKind}Records`]
    const record = await ownRow(records, request.record_id, caller.account)
    if (!record) return refuse('record_not_found')
    await records.remove(record.id)
    await touchSheet(tx, kind, record.sheet)
    return { ...named(kind, 'sheet', record.sheet), ...named(kind, 'record', record.id) }
  }

const unlinkSheet =
  <Kind extends SheetKind>(kind: Kind) =>
  async ({ request, caller, tx }: Said<{ list_id: number }>) => {
    const sheet = await ownRow(tx[`${kind as SheetKind}Sheets`], request.list_id, caller.account)
    if (!sheet) return refuse('sheet_not_found')
    if ((await activeSheetOf(tx, kind, sheet.owner)) === sheet.id) return refuse('still_active')
    if (kind === 'time' && (await isTimedOn(tx, sheet))) return refuse('clock_in_use', { clock: sheet.owner })
    await removeSheet(tx, kind, sheet)
    await touchOwner(tx, kind, sheet.owner)
    return named(kind, 'sheet', sheet.id)
  }

export const sheetsHandlers: HandlersFor<(typeof groups)['sheets']> = {
  'client action new transfer list': newSheet('transfer'),
  'client action new invoice list': newSheet('invoice'),
  'client action new conversion list': newSheet('conversion'),
  'client action new time list': newSheet('time'),

  'client action view transfer list': viewSheet('transfer'),
  'client action view invoice list': viewSheet('invoice'),
  'client action view conversion list': viewSheet('conversion'),
  'client action view time list': viewSheet('time'),

  'client action view transfer records': viewRecords('transfer'),
  'client action view invoice records': viewRecords('invoice'),
  'client action view conversion records': viewRecords('conversion'),
  'client action view time records': viewRecords('time'),

  'client action switch transfer_sheet': switchSheet('transfer'),
  'client action switch invoice_sheet': switchSheet('invoice'),
  'client action switch conversion_sheet': switchSheet('conversion'),
  'client action switch time_sheet': switchSheet('time'),

  'client action view transfer record': viewRecord('transfer'),
  'client action view invoice record': viewRecord('invoice'),
  'client action view conversion record': viewRecord('conversion'),
  'client action view time record': viewRecord('time'),

  'client action unlink transfer record': unlinkRecord('transfer'),
  'client action unlink invoice record': unlinkRecord('invoice'),
  'client action unlink conversion record': unlinkRecord('conversion'),
  'client action unlink time record': unlinkRecord('time'),

  'client action unlink transfer list': unlinkSheet('transfer'),
  'client action unlink invoice list': unlinkSheet('invoice'),
  'client action unlink conversion list': unlinkSheet('conversion'),
  'client action unlink time list': unlinkSheet('time'),
}
