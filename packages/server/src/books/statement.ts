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
    // A deleted clock that it remembers may have been another wallet's.
    return last?.wallet === wallet.id ? last.balance : 0
  }
  const clocks = await tx.clocks.list('wallet', [wallet.id])
  let milliseconds = 0
  for (const id of [...clocks.map(({ id }) => id), ...wallet.removedClocks]) {
    milliseconds += await held(`clock:${id}`, 'milliseconds')
  }
  return { credits: await held(`wallet:${wallet.id}`, 'credits'), milliseconds }
}

/** Words entries. Those of one moment or partner often stand together, and share what is worked out. */
async function entryData(tx: Transaction, entries: readonly Entry[], stamp: Stamp) {
  const emails = new Map<number, string>()
  for (const { partner } of entries) {
    if (partner !== null && !emails.has(partner)) emails.set(partner, (await theRow(tx.accounts, partner)).email)
  }
  let last = { at: Number.NaN, stamped: '' }
  return entries.map(({ id, at, kind, record, partner, clock, unit, amount, balance, notes }) => {
    if (at !== last.at) last = { at, stamped: stamp(at) }
    const counterparty = partner === null ? null : (emails.get(partner) ?? null)
    return { id, at: last.stamped, kind, record, counterparty, clock, unit, amount, balance, notes }
  })
}

/**
 * A wallet's statement over a period, from the ledger, oldest first: what it and all its clocks held before and after, and every
 * entry between, so that the one and all of the others come to the third in each unit.
 */
export async function statementOf(tx: Transaction, wallet: Wallet, page: Paged, stamp: Stamp) {
  const { from, to } = page
  const found = await tx.entries.list('wallet', [wallet.id], page)
  const { rows, cursor } = cutPage(found, page, ({ at, id }) => ({ order: at, id }))
  return {
    ewallet: wallet.id,
    opening: from === undefined ? { credits: 0, milliseconds: 0 } : await balancesAt(tx, wallet, from),
    closing: await balancesAt(tx, wallet, to === undefined ? to : Math.max(to, from ?? to)),
    entries: await entryData(tx, rows, stamp),
    cursor,
  }
}
