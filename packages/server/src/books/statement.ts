import type { Entry, LedgerAccount, Unit, Wallet } from '../domain/rows.ts'
import type { Transaction } from '../store/store.ts'
import { cutPage, type Paged } from './period.ts'
import { theRow } from './row.ts'

type Stamp = (at: number) => string

interface Balances {
  credits: number
  milliseconds: number
}

/** What the ledger accounts of a wallet and its clocks held together before a moment; without one, what they hold. */
async function balancesAt(tx: Transaction, wallet: Wallet, before: number | undefined): Promise<Balances> {
  const held = async (ledger: LedgerAccount, unit: Unit) => {
    if (before === undefined) return tx.balance(ledger, unit)
    const [last] = await tx.entries.list('ledger', [ledger], { to: before, descending: true, limit: 1 })
    return last?.balance ?? 0
  }
  const clocks = await tx.clocks.list('wallet', [wallet.id])
  let milliseconds = 0
  for (const id of [...clocks.map(({ id }) => id), ...wallet.removedClocks]) {
    milliseconds += await held(`clock:${id}`, 'milliseconds')
  }
  return { credits: await held(`wallet:${wallet.id}`, 'credits'), milliseconds }
}

async function entryData(tx: Transaction, entry: Entry, stamp: Stamp) {
  const { id, at, kind, record, partner, clock, unit, amount, balance, notes } = entry
  const counterparty = partner === null ? null : (await theRow(tx.accounts, partner)).email
  return { id, at: stamp(at), kind, record, counterparty, clock, unit, amount, balance, notes }
}

/**
 * A wallet's statement over a period, from the ledger, oldest first: what it and all its clocks held before and after, and every
 * entry between, so that the one and all of the others come to the third in each unit.
 */
export async function statementOf(tx: Transaction, wallet: Wallet, page: Paged, stamp: Stamp) {
  const { from, to } = page
  const found = await tx.entries.list('wallet', [wallet.id], page)
  const { rows, cursor } = cutPage(found, page, ({ at, id }) => ({ order: at, id }))
  const entries = []
  for (const entry of rows) entries.push(await entryData(tx, entry, stamp))
  return {
    ewallet: wallet.id,
    opening: from === undefined ? { credits: 0, milliseconds: 0 } : await balancesAt(tx, wallet, from),
    closing: await balancesAt(tx, wallet, to === undefined ? to : Math.max(to, from ?? to)),
    entries,
    cursor,
  }
}
