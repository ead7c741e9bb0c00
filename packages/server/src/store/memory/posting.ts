import type { Entry, LedgerAccount, Unit } from '../../domain/rows.ts'
import type { Memo } from '../store.ts'
import { columnsNamed } from './row-text.ts'
import type { TextBytes } from './text-bytes.ts'

/** A posting as the journal tells it. */
export interface Posting {
  debit: LedgerAccount
  credit: LedgerAccount
  amount: number
  unit: Unit
  memo: Memo
}

/** Balances by ledger account and unit, as `wallet:1 credits`. */
export type Balances = (key: string) => number

/**
 * The two entries of a posting, the debited side's first; a replay comes to the same ones. Throws where a wallet or clock would
 * go below zero.
 */
export function entriesOf(posting: Posting, at: number, balances: Balances): [Omit<Entry, 'id'>, Omit<Entry, 'id'>] {
  const { debit, credit, amount, unit, memo } = posting
  if (!Number.isSafeInteger(amount) || amount <= 0) throw new Error(`A posting of ${amount} ${unit}.`)
  if (debit === credit) throw new Error(`A posting from ${debit} to itself.`)
  return [
    entryOf(debit, -amount, unit, memo, memo.debit, at, balances),
    entryOf(credit, amount, unit, memo, memo.credit, at, balances),
  ]
}

/** The fields of an entry in the order in which its text tells them. */
export const entryColumns = columnsNamed([
  'id',
  'ledger',
  'wallet',
  'clock',
  'at',
  'kind',
  'record',
  'partner',
  'unit',
  'amount',
  'balance',
  'notes',
])

/** Writes an entry under `entryColumns`, as `writeRow` would, without looking for what stands where. */
export function writeEntry(to: TextBytes, id: number, entry: Omit<Entry, 'id'>): void {
  to.ascii('[').value(id).ascii(',').value(entry.ledger).ascii(',').value(entry.wallet).ascii(',').value(entry.clock)
  to.ascii(',').value(entry.at).ascii(',').value(entry.kind).ascii(',').value(entry.record).ascii(',')
  to.value(entry.partner).ascii(',').value(entry.unit).ascii(',').value(entry.amount).ascii(',').value(entry.balance)
  to.ascii(',').value(entry.notes).ascii(']')
}

/** What a ledger account's balance is kept under. */
export function balanceKey(account: LedgerAccount, unit: Unit): string {
  return `${account} ${unit}`
}

function entryOf(
  ledger: LedgerAccount,
  amount: number,
  unit: Unit,
  memo: Memo,
  side: Memo['debit'],
  at: number,
  balances: Balances,
): Omit<Entry, 'id'> {
  const balance = balances(balanceKey(ledger, unit)) + amount
  const mayOwe = ledger === 'core' || ledger === 'exchange' || ledger === 'consumed'
  if (!Number.isSafeInteger(balance) || (balance < 0 && !mayOwe)) {
    throw new Error(`${ledger} would hold ${balance} ${unit}.`)
  }
  return {
    ledger,
    wallet: side?.wallet ?? null,
    clock: side?.clock ?? null,
    at,
    kind: memo.kind,
    record: side?.record ?? null,
    partner: side?.partner ?? null,
    unit,
    amount,
    balance,
    notes: memo.notes,
  }
}
