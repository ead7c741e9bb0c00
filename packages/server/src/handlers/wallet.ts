import { type groups, isRefusal, refuse } from '@ewallet/protocol'
import { activeWallet } from '../books/account-data.ts'
import { writeInvoices, writeMovement } from '../books/movement.ts'
import { openWallet, SYSTEM_CORE } from '../books/opening.ts'
import { findPartner, isReachable } from '../books/partner.ts'
import { readPage } from '../books/period.ts'
import { removeWallet, whatKeepsWallet } from '../books/removal.ts'
import { ownRow, theRow } from '../books/row.ts'
import { statementOf } from '../books/statement.ts'
import { walletData } from '../books/wallet-data.ts'
import { costE4Of } from '../domain/price.ts'
import { refundableCredits } from '../domain/refund.ts'
import type { Account, Wallet } from '../domain/rows.ts'
import { moveCredits, supplyCredits } from '../domain/wallet.ts'
import type { HandlersFor } from '../handler.ts'
import { after, afterAll, type Transaction } from '../store/store.ts'

const creditsOf = (tx: Transaction, wallet: Wallet) => tx.balance(`wallet:${wallet.id}`, 'credits')

/** An account with the wallet it acts with. */
function endOf(tx: Transaction, account: Account) {
  return after(theRow(tx.wallets, account.wallet), (wallet) => ({ account, wallet }))
}

/** The sender's active wallet and that of whom an email or `@name` reaches, and what both hold once the credits are moved. */
function readSending(tx: Transaction, sender: number, receiver: string, credits: number) {
  return after(theRow(tx.accounts, sender), (account) =>
    after(findPartner(tx, account, receiver), (found) => {
      if (isRefusal(found)) return found
      return afterAll([endOf(tx, account), endOf(tx, found)], ([acting, partner]) =>
        afterAll([creditsOf(tx, acting.wallet), creditsOf(tx, partner.wallet)], ([mine, theirs]) => {
          const holding = moveCredits(mine, theirs, credits)
          return isRefusal(holding) ? holding : { ends: { acting, partner }, holding }
        }),
      )
    }),
  )
}

export const walletHandlers: HandlersFor<(typeof groups)['wallet']> = {
  'client action supply credits': async ({ request, caller, tx }) => {
    const { credits, currency, cost, notes = null } = request
    const ends = {
      acting: await endOf(tx, await theRow(tx.accounts, caller.account)),
      partner: await endOf(tx, await theRow(tx.accounts, SYSTEM_CORE)),
    }
    const held = await creditsOf(tx, ends.acting.wallet)
    const holding = supplyCredits(await tx.balance('core', 'credits'), held, credits)
    if (isRefusal(holding)) return holding
    const transfer = await writeMovement(tx, ends, { kind: 'supply', credits, notes })
    const invoice = await writeInvoices(tx, ends, { credits, currency, costE4: costE4Of(cost), notes })
    return {
      ewallet_credits: holding,
      supplied_credits: credits,
      transfer_record: transfer.acting,
      invoice_record: invoice.acting,
    }
  },

  'client action pay': async ({ request, caller, tx, tell }) => {
    const { pay, credits, notes = null } = request
    const sending = await readSending(tx, caller.account, pay, credits)
    if (isRefusal(sending)) return sending
    const { ends, holding } = sending
    const transfer = await writeMovement(tx, ends, { kind: 'payment', credits, notes })
    const invoice = await writeInvoices(tx, ends, { credits, currency: 'RON', costE4: 0, notes })
    const { acting: payer, partner: payee } = ends
    await tell(payee.account.id, 'payment.received', {
      from: payer.account.email,
      credits,
      invoice_record: invoice.partner,
    })
    return {
      paid: payee.account.email,
      ewallet_credits: holding.from,
      spent_credits: credits,
      transfer_record: transfer.acting,
      invoice_record: invoice.acting,
    }
  },

  'client action transfer credits': ({ request, caller, tx, tell }) => {
    const { transfer_to, credits, notes = null } = request
    return after(readSending(tx, caller.account, transfer_to, credits), (sending) => {
      if (isRefusal(sending)) return sending
      const { ends, holding } = sending
      const { acting: sender, partner: receiver } = ends
      return after(writeMovement(tx, ends, { kind: 'transfer', credits, notes }), (transfer) => {
        const told = { from: sender.account.email, credits, transfer_record: transfer.partner }
        return after(tell(receiver.account.id, 'transfer.received', told), () => ({
          transfered_to: receiver.account.email,
          ewallet_credits: holding.from,
          transfered_credits: credits,
          transfer_record: transfer.acting,
        }))
      })
    })
  },

  'client action refund transfer': async ({ request, caller, tx, tell }) => {
    const record = await ownRow(tx.transferRecords, request.record_id, caller.account)
    if (!record) return refuse('record_not_found')
    const movement = await theRow(tx.movements, record.movement)
    const credits = refundableCredits(record.type, movement, request.credits)
    if (isRefusal(credits)) return credits
    const account = await tx.accounts.get(movement.from)
    if (!isReachable(account)) return refuse('account_not_found')
    const wallet = (await tx.wallets.get(movement.fromWallet)) ?? (await theRow(tx.wallets, account.wallet))
    const refunder = await theRow(tx.accounts, caller.account)
    const ends = {
      acting: { account: refunder, wallet: await theRow(tx.wallets, movement.toWallet) },
      partner: { account, wallet },
    }
    const held = await creditsOf(tx, ends.acting.wallet)
    const holding = moveCredits(held, await creditsOf(tx, wallet), credits)
    if (isRefusal(holding)) return holding
    await tx.movements.put({ ...movement, refunded: movement.refunded + credits })
    const transfer = await writeMovement(tx, ends, { kind: 'refund', credits, notes: null })
    await tell(account.id, 'refund.received', {
      from: refunder.email,
      credits,
      transfer_record: transfer.partner,
    })
    return {
      refunded_to: account.email,
      ewallet_credits: holding.from,
      refunded_credits: credits,
      transfer_record: transfer.acting,
    }
  },

  'client action view credit ewallet': ({ caller, tx, stamp }) =>
    after(activeWallet(tx, caller.account), (wallet) =>
      after(walletData(tx, wallet, stamp), (data) => ({ ewallet: wallet.id, ewallet_data: data })),
    ),

  'client action new credit ewallet': async ({ request, caller, tx, stamp }) => {
    const wallet = await openWallet(tx, caller.account, request.reference)
    await tx.accounts.put({ ...(await theRow(tx.accounts, caller.account)), writtenAt: tx.now })
    return { ewallet: wallet.id, ewallet_data: await walletData(tx, wallet, stamp) }
  },

  'client action switch credit ewallet': async ({ request, caller, tx, stamp }) => {
    const wallet = await ownRow(tx.wallets, request.ewallet_id, caller.account)
    if (!wallet) return refuse('ewallet_not_found')
    const account = await theRow(tx.accounts, caller.account)
    await tx.accounts.put({ ...account, wallet: wallet.id, writtenAt: tx.now })
    return { ewallet: wallet.id, ewallet_data: await walletData(tx, wallet, stamp) }
  },

  'client action unlink credit ewallet': async ({ request, caller, tx, tell }) => {
    const wallet = await ownRow(tx.wallets, request.ewallet_id, caller.account)
    if (!wallet) return refuse('ewallet_not_found')
    const account = await theRow(tx.accounts, caller.account)
    if (account.wallet === wallet.id) return refuse('still_active')
    const kept = await whatKeepsWallet(tx, wallet, tell)
    if (kept) return kept
    await removeWallet(tx, wallet)
    await tx.accounts.put({ ...account, writtenAt: tx.now })
    return { ewallet: wallet.id }
  },

  'client action view credit ewallets': async ({ caller, tx, stamp }) => {
    const ewallets = []
    for (const wallet of await tx.wallets.list('account', [caller.account])) {
      ewallets.push(await walletData(tx, wallet, stamp))
    }
    return { ewallets }
  },

  'client action view statement': async ({ request, caller, tx, stamp }) => {
    const page = readPage(request)
    if (isRefusal(page)) return page
    const { ewallet_id } = request
    const wallet =
      ewallet_id === undefined
        ? await activeWallet(tx, caller.account)
        : await ownRow(tx.wallets, ewallet_id, caller.account)
    return wallet ? statementOf(tx, wallet, page, stamp) : refuse('ewallet_not_found')
  },
}
