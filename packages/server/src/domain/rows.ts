import type { Permission } from '@ewallet/protocol'

/** What every stored thing has: an id that is never used again, and when it was made and last changed, in ms since the epoch. */
interface Row {
  id: number
  createdAt: number
  writtenAt: number
}

/** A password as it is kept: scrypt's parameters beside salt and hash, both base64. */
export interface PassHash {
  N: number
  r: number
  p: number
  salt: string
  hash: string
}

export interface Account extends Row {
  name: string
  /** The name in lower case, by which it is unique; null once deleted. */
  nameKey: string | null
  email: string
  emailKey: string | null
  phone: string | null
  alias: string | null
  /** The active wallet. */
  wallet: number
  contactList: number
  /** Null for SystemCore and for a deleted account: nobody can log in as it. */
  pass: PassHash | null
  /** The passwords before this one, newest first. */
  passArchive: PassHash[]
  /** What was allowed or denied by the operator; what is not here follows the daemon's defaults. */
  acl: Partial<Record<Permission, 'allow' | 'deny'>>
  /** The version of the licence accepted at sign-up. */
  license: string | null
  /** When it is to be deleted, if that was ordered. */
  leavesAt: number | null
  deletedAt: number | null
}

export interface Wallet extends Row {
  account: number
  reference: string
  /** The active clock and sheets. */
  clock: number
  transferSheet: number
  invoiceSheet: number
  /** The account's deleted clocks that left entries in the ledger: its own, which its statements still tell, and those of deleted wallets. */
  removedClocks: number[]
}

/** A timer that is not inactive. */
export interface Timer {
  startedAt: number
  /** When the current stretch began: the start, or the last resume. */
  runningSince: number
  /** When it was paused; null while it runs. */
  pausedAt: number | null
  /** All pauses that are over, in ms. */
  pendingMs: number
  pendingCount: number
  /** What the stretches before this one used, in ms. */
  usedMs: number
  /** The time sheet it was started on and ends on. */
  sheet: number
  notes: string | null
}

export interface Clock extends Row {
  account: number
  wallet: number
  reference: string
  timeSheet: number
  conversionSheet: number
  timer: Timer | null
  /** When the running timer next has something to tell: 15 or 5 minutes left, or nothing left. Null while none runs. */
  wakesAt: number | null
}

/** A sheet of any of the four kinds; its owner is a wallet (transfer, invoice) or a clock (conversion, time). */
export interface Sheet extends Row {
  account: number
  owner: number
  reference: string
}

interface SheetRecord extends Row {
  account: number
  sheet: number
  reference: string
}

export interface TransferRecord extends SheetRecord {
  type: 'supply' | 'transfer' | 'payment' | 'incoming' | 'refund'
  /** Accounts. */
  from: number
  to: number
  credits: number
  movement: number
}

export interface InvoiceRecord extends SheetRecord {
  credits: number
  currency: string
  /** In ten-thousandths of the currency. */
  costE4: number
  /** The seller's account. */
  seller: number
  notes: string | null
}

export interface ConversionRecord extends SheetRecord {
  type: 'credits2clock' | 'clock2credits'
  minutes: number
  credits: number
  notes: string | null
}

export interface TimeRecord extends SheetRecord {
  clock: number
  startedAt: number
  stoppedAt: number
  spentMs: number
  pendingMs: number
  pendingCount: number
  notes: string | null
}

/** A stretch of charged time; it belongs to a time record once the timer was stopped. */
export interface TimeInterval {
  id: number
  account: number
  clock: number
  /** Null while the timer goes on. */
  timeRecord: number | null
  /** The account once the time is charged, null before: what is listed. */
  listedFor: number | null
  startedAt: number
  stoppedAt: number
}

/** Credits that went from one wallet to another; what refunds are measured against, whatever is unlinked from the sheets. */
export interface Movement {
  id: number
  kind: 'supply' | 'transfer' | 'payment' | 'refund'
  /** Accounts and their wallets. */
  from: number
  to: number
  fromWallet: number
  toWallet: number
  credits: number
  /** How much of it went back already. */
  refunded: number
  at: number
}

export interface ContactList extends Row {
  account: number
  reference: string
}

export interface ContactRecord extends Row {
  account: number
  list: number
  reference: string
  referenceKey: string
  name: string
  nameKey: string
  email: string | null
  phone: string | null
  notes: string | null
}

/** That an account logged in or out, and from where. */
export interface LoginRecord {
  id: number
  account: number
  at: number
  address: string | null
}

/** A client id that holds, or held, a session token. */
export interface Client extends Row {
  clientId: string
  /** Its live token, if it holds one. */
  token: number | null
  session: number | null
  validTo: number
}

/** A session token; only its SHA-256 is kept. */
export interface Token extends Row {
  hash: string
  /** Its first 12 characters. */
  label: string
  client: number
  session: number
  validTo: number
}

export interface Session extends Row {
  reference: string
  /** The active account. */
  account: number | null
  /** Since when nobody ever logged in, such a session lives 10 minutes; null once somebody did. */
  unusedSince: number | null
  worker: number | null
  address: string | null
  usedAt: number
  validTo: number
}

/** That an account is logged in on a session. */
export interface Login {
  id: number
  account: number
  session: number
  /** When it last became the active one; the latest is active after a logout. */
  activeAt: number
}

export interface Worker {
  id: number
  createdAt: number
  state: 0 | 1 | 2
  /** When it last became vacant, in use or full. */
  stateAt: number
}

/** The first answer to an idempotency key; kept for ever. */
export interface KeptAnswer {
  id: number
  account: number
  key: string
  /** Of the path and the parsed request. */
  digest: string
  answer: Record<string, unknown>
}

/** Something that happened to an account; cursors count per account. */
export interface HappenedEvent {
  id: number
  account: number
  cursor: number
  event: string
  at: number
  data: Record<string, unknown>
}

/** The last cursor given out to an account. */
export interface EventCursor {
  id: number
  account: number
  cursor: number
}

export interface IssueReport {
  id: number
  at: number
  source: string | null
  contact: string | null
  name: string
  details: string
  log: string | null
}

export type Unit = 'credits' | 'milliseconds'

/** `wallet:n`, `clock:n`, `core` (credits only), `exchange` and `consumed`; only the last three may be negative. */
export type LedgerAccount = `wallet:${number}` | `clock:${number}` | 'core' | 'exchange' | 'consumed'

/** One side of a posting, as a statement tells it. */
export interface Entry {
  id: number
  ledger: LedgerAccount
  /** The wallet it belongs to, a clock's wallet for a clock; null for the daemon's own ledger accounts. */
  wallet: number | null
  clock: number | null
  at: number
  kind: string
  /** The record it is written down in, on the sheets of whose wallet or clock this is. */
  record: number | null
  /** The account at the other end, if there is one. */
  partner: number | null
  unit: Unit
  /** Signed. */
  amount: number
  /** Of this ledger account, after it. */
  balance: number
  notes: string | null
}
