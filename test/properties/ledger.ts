import type { LedgerAccount, Unit } from '../../packages/server/src/domain/rows.ts'
import type { TestDaemon } from '../harness.ts'

const units: readonly Unit[] = ['credits', 'milliseconds']

/** What a ledger account holds, as its balance tells it and as the sum of its entries. */
export interface Holding {
  ledger: LedgerAccount
  unit: Unit
  balance: number
  sum: number
}

/** Every ledger account there is, in both units. */
export async function holdingsOf({ store }: TestDaemon): Promise<Holding[]> {
  return store.transaction(async (tx) => {
    const ledgers: LedgerAccount[] = ['core', 'exchange', 'consumed']
    for (const { id: account } of await tx.accounts.list('all', [])) {
      for (const { id } of await tx.wallets.list('account', [account])) ledgers.push(`wallet:${id}`)
      for (const { id } of await tx.clocks.list('account', [account])) ledgers.push(`clock:${id}`)
    }
    const holdings: Holding[] = []
    for (const ledger of ledgers) {
      const entries = await tx.entries.list('ledger', [ledger])
      for (const unit of units) {
        const sum = entries.filter((entry) => entry.unit === unit).reduce((total, { amount }) => total + amount, 0)
        holdings.push({ ledger, unit, balance: await tx.balance(ledger, unit), sum })
      }
    }
    return holdings
  })
}

/** What the ledger accounts whose name begins in a way hold together. */
export function totalOf(holdings: readonly Holding[], prefix: string, unit: Unit): number {
  const wanted = holdings.filter((each) => each.ledger.startsWith(prefix) && each.unit === unit)
  return wanted.reduce((total, { balance }) => total + balance, 0)
}
