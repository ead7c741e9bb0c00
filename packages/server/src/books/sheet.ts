import type { SheetKind } from '@ewallet/protocol'
import type { ConversionRecord, InvoiceRecord, Sheet, TimeRecord, TransferRecord } from '../domain/rows.ts'
import type { Transaction } from '../store/store.ts'
import { activeWallet } from './account-data.ts'
import { theRow } from './row.ts'

/** The kinds whose sheets belong to a wallet; the others' belong to a clock. */
export type WalletKind = 'transfer' | 'invoice'

/** A record of any kind. */
export type AnyRecord = TransferRecord | InvoiceRecord | ConversionRecord | TimeRecord

const activeFields = {
  transfer: 'transferSheet',
  invoice: 'invoiceSheet',
  conversion: 'conversionSheet',
  time: 'timeSheet',
} as const

/** Whether sheets of a kind belong to a wallet. */
export function isWalletKind(kind: SheetKind): kind is WalletKind {
  return kind === 'transfer' || kind === 'invoice'
}

/** The id of the active wallet, or of its active clock, to which an account's active sheets of a kind belong. */
export async function ownerOf(tx: Transaction, kind: SheetKind, account: number): Promise<number> {
  const wallet = await activeWallet(tx, account)
  return isWalletKind(kind) ? wallet.id : wallet.clock
}

/** The id of an owner's active sheet of a kind. */
export async function activeSheetOf(tx: Transaction, kind: SheetKind, owner: number): Promise<number> {
  return isWalletKind(kind)
    ? (await theRow(tx.wallets, owner))[activeFields[kind]]
    : (await theRow(tx.clocks, owner))[activeFields[kind]]
}

/** Writes down that an owner has other sheets, or that another one of them is active. */
export async function touchOwner(tx: Transaction, kind: SheetKind, owner: number, active?: number): Promise<void> {
  const change = { writtenAt: tx.now, ...(active === undefined ? {} : { [activeFields[kind]]: active }) }
  if (isWalletKind(kind)) await tx.wallets.put({ ...(await theRow(tx.wallets, owner)), ...change })
  else await tx.clocks.put({ ...(await theRow(tx.clocks, owner)), ...change })
}

/** Writes down that a sheet changed in a way that its newest record does not tell. */
export async function touchSheet(tx: Transaction, kind: SheetKind, id: number): Promise<void> {
  const sheets = tx[`${kind}Sheets`]
  await sheets.put({ ...(await theRow(sheets, id)), writtenAt: tx.now })
}

/** Removes a sheet with its records; the ledger is not asked. */
export async function removeSheet(tx: Transaction, kind: SheetKind, sheet: Sheet): Promise<void> {
  const records = tx[`${kind}Records`]
  for (const { id } of await records.list('sheet', [sheet.id])) await records.remove(id)
  await tx[`${kind}Sheets`].remove(sheet.id)
}

/** Whether a timer that is not over began on a time sheet, on which it is to end. */
export async function isTimedOn(tx: Transaction, sheet: Sheet): Promise<boolean> {
  return (await theRow(tx.clocks, sheet.owner)).timer?.sheet === sheet.id
}
