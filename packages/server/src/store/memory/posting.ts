import type { Entry, LedgerAccount, Unit } from '../../domain/rows.ts'
import type { Memo } from '../store.ts'

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
