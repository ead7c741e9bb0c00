import type { Account, Movement, TransferRecord, Wallet } from '../domain/rows.ts'
import { type Awaitable, after, type Transaction } from '../store/store.ts'
import { recordReference } from './opening.ts'

/** One end of a movement: an account and the wallet of it that gives or takes. */
export interface End {
  account: Account
  wallet: Wallet
}

/** Who said that credits move, and who is at the other end. */
export interface Ends {
  acting: End
  partner: End
}

/** What was written down on each end's own sheet: the ids of the records. */
export interface Written {
  acting: number
  partner: number
}

const actingTypes: Record<Movement['kind'], TransferRecord['type']> = {
  supply: 'incoming',
  transfer: 'transfer',
  payment: 'payment',
  refund: 'refund',
}

/**
 * Moves credits from the acting end to its partner, or the other way where they are supplied: the posting, and a record on both
 * ends' active transfer sheets. The acting account's record gets the lower id. That there are credits enough is the caller's to know.
 */
export function writeMovement(
  tx: Transaction,
  { acting, partner }: Ends,
  { kind, credits, notes }: { kind: Movement['kind']; credits: number; notes: string | null },
): Awaitable<Written> {
  const isSupply = kind === 'supply'
  const from = isSupply ? partner : acting
  const to = isSupply ? acting : partner
  const moving = tx.movements.add({
    kind,
    from: from.account.id,
    to: to.account.id,
    fromWallet: from.wallet.id,
    toWallet: to.wallet.id,
    credits,
    refunded: 0,
    at: tx.now,
  })
  const write = ({ account, wallet }: End, type: TransferRecord['type'], movement: number) =>
    tx.transferRecords.add({
      account: account.id,
      sheet: wallet.transferSheet,
      reference: recordReference('transfer'),
      type,
      from: from.account.id,
      to: to.account.id,
      credits,
      movement,
      createdAt: tx.now,
      writtenAt: tx.now,
    })
  const post = (written: Written): Awaitable<void> => {
    const given = { wallet: acting.wallet.id, record: written.acting, partner: partner.account.id }
    const taken = { wallet: partner.wallet.id, record: written.partner, partner: acting.account.id }
    // Supplied credits leave the core, which is no wallet of SystemCore's.
    if (isSupply) return tx.post('core', `wallet:${given.wallet}`, credits, 'credits', { kind, notes, credit: given })
    const memo = { kind, notes, debit: given, credit: taken }
    return tx.post(`wallet:${given.wallet}`, `wallet:${taken.wallet}`, credits, 'credits', memo)
  }
  return after(moving, ({ id }) =>
    after(write(acting, actingTypes[kind], id), (mine) =>
      after(write(partner, isSupply ? 'supply' : 'incoming', id), (theirs) => {
        const written = { acting: mine.id, partner: theirs.id }
        return after(post(written), () => written)
      }),
    ),
  )
}

/** What was bought, besides its credits. */
export interface Bill {
  credits: number
  currency: string
  costE4: number
  notes: string | null
}

/** Writes an invoice on both ends' active invoice sheets, the acting account's first; the partner is the seller. */
export function writeInvoices(tx: Transaction, { acting, partner }: Ends, bill: Bill): Awaitable<Written> {
  const write = ({ account, wallet }: End) =>
    tx.invoiceRecords.add({
      account: account.id,
      sheet: wallet.invoiceSheet,
      reference: recordReference('invoice'),
      ...bill,
      seller: partner.account.id,
      createdAt: tx.now,
      writtenAt: tx.now,
    })
  return after(write(acting), (mine) => after(write(partner), (theirs) => ({ acting: mine.id, partner: theirs.id })))
}
