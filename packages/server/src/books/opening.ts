import type { SheetKind } from '@ewallet/protocol'
import type { Account, Clock, PassHash, Sheet, Wallet } from '../domain/rows.ts'
import type { Transaction } from '../store/store.ts'

/** SystemCore, the source of supplied credits: account 1 (decisions.md, Accounts). */
export const SYSTEM_CORE = 1
const SYSTEM_CORE_NAME = 'SystemCore'
const SYSTEM_CORE_EMAIL = 'systemcore@ewallet.invalid'

const titles: Record<SheetKind, string> = {
  transfer: 'Transfer Sheet',
  invoice: 'Invoice Sheet',
  conversion: 'Conversion Sheet',
  time: 'Time Sheet',
}

/** The reference of a new sheet of a kind. */
export function sheetReference(kind: SheetKind): string {
  return titles[kind]
}

/** The reference of a new record on a sheet of a kind. */
export function recordReference(kind: SheetKind): string {
  return `${titles[kind]} Record`
}

/** Opens a sheet of a kind for a wallet or a clock. */
export async function openSheet(
  tx: Transaction,
  kind: SheetKind,
  account: number,
  owner: number,
  reference = sheetReference(kind),
): Promise<Sheet> {
  return tx[`${kind}Sheets`].add({ account, owner, reference, createdAt: tx.now, writtenAt: tx.now })
}

/** Opens a clock with a time sheet and a conversion sheet, both active. */
export async function openClock(tx: Transaction, account: number, wallet: number): Promise<Clock> {
  const clock = await tx.clocks.add({
    account,
    wallet,
    reference: 'Credit Clock',
    timeSheet: 0,
    conversionSheet: 0,
    timer: null,
    wakesAt: null,
    createdAt: tx.now,
    writtenAt: tx.now,
  })
  const timeSheet = (await openSheet(tx, 'time', account, clock.id)).id
  const conversionSheet = (await openSheet(tx, 'conversion', account, clock.id)).id
  const opened = { ...clock, timeSheet, conversionSheet }
  await tx.clocks.put(opened)
  return opened
}

/** Opens a wallet with a clock, a transfer sheet and an invoice sheet, all active. */
export async function openWallet(tx: Transaction, account: number, reference = 'Credit EWallet'): Promise<Wallet> {
  const wallet = await tx.wallets.add({
    account,
    reference,
    clock: 0,
    transferSheet: 0,
    invoiceSheet: 0,
    removedClocks: [],
    createdAt: tx.now,
    writtenAt: tx.now,
  })
  const clock = (await openClock(tx, account, wallet.id)).id
  const transferSheet = (await openSheet(tx, 'transfer', account, wallet.id)).id
  const invoiceSheet = (await openSheet(tx, 'invoice', account, wallet.id)).id
  const opened = { ...wallet, clock, transferSheet, invoiceSheet }
  await tx.wallets.put(opened)
  return opened
}

/** Opens a contact list. */
export async function openContactList(tx: Transaction, account: number): Promise<number> {
  const stamps = { createdAt: tx.now, writtenAt: tx.now }
  return (await tx.contactLists.add({ account, reference: 'Contact List', ...stamps })).id
}

/** Who an account is opened for. */
export interface Person {
  name: string
  email: string
  phone: string | null
  alias: string | null
  pass: PassHash | null
  license: string | null
}

/** Opens an account with one wallet, one clock, one of each sheet and one contact list, all active. Name and email must be free. */
export async function openAccount(tx: Transaction, person: Person): Promise<Account> {
  const account = await tx.accounts.add({
    ...person,
    nameKey: person.name.toLowerCase(),
    emailKey: person.email.toLowerCase(),
    wallet: 0,
    contactList: 0,
    passArchive: [],
    acl: {},
    leavesAt: null,
    deletedAt: null,
    createdAt: tx.now,
    writtenAt: tx.now,
  })
  const wallet = (await openWallet(tx, account.id)).id
  const contactList = await openContactList(tx, account.id)
  const opened = { ...account, wallet, contactList }
  await tx.accounts.put(opened)
  return opened
}

/** Makes sure that SystemCore is there: the first account of every store. */
export async function openSystemCore(tx: Transaction): Promise<void> {
  if (await tx.accounts.get(SYSTEM_CORE)) return
  tx.said = { by: null, path: 'open system core' }
  const person = { name: SYSTEM_CORE_NAME, email: SYSTEM_CORE_EMAIL, phone: null, alias: null }
  await openAccount(tx, { ...person, pass: null, license: null })
}
