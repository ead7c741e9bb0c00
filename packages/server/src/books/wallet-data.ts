import { minutesOf } from '../domain/rounding.ts'
import type { Clock, LedgerAccount, Wallet } from '../domain/rows.ts'
import { leftMs, stateOf } from '../domain/timer.ts'
import type { Transaction } from '../store/store.ts'
import { archiveOf } from './account-data.ts'

type Stamp = (at: number) => string

/** When a thing that holds a balance was last changed: its row, or the balance. */
async function changedAt(tx: Transaction, ledger: LedgerAccount, writtenAt: number): Promise<number> {
  const [last] = await tx.entries.list('ledger', [ledger], { descending: true, limit: 1 })
  return Math.max(writtenAt, last?.at ?? 0)
}

/** What a clock has left at the transaction's moment, in ms. */
export async function clockLeftMs(tx: Transaction, { id, timer }: Clock): Promise<number> {
  return leftMs(await tx.balance(`clock:${id}`, 'milliseconds'), timer, tx.now)
}

/** `ewallet_data` of an answer (instructions.md, wallet). */
export async function walletData(tx: Transaction, wallet: Wallet, stamp: Stamp) {
  const { id } = wallet
  return {
    id,
    user: wallet.account,
    reference: wallet.reference,
    create_date: stamp(wallet.createdAt),
    write_date: stamp(await changedAt(tx, `wallet:${id}`, wallet.writtenAt)),
    credits: await tx.balance(`wallet:${id}`, 'credits'),
    clock: wallet.clock,
    clock_archive: archiveOf(await tx.clocks.list('wallet', [id])),
    transfer_sheet: wallet.transferSheet,
    transfer_sheet_archive: archiveOf(await tx.transferSheets.list('owner', [id])),
    invoice_sheet: wallet.invoiceSheet,
    invoice_sheet_archive: archiveOf(await tx.invoiceSheets.list('owner', [id])),
  }
}

/** `clock_data` of an answer (instructions.md, clock); while the timer runs, the minutes are those left now. */
export async function clockData(tx: Transaction, clock: Clock, stamp: Stamp) {
  const { id } = clock
  return {
    id,
    ewallet: clock.wallet,
    reference: clock.reference,
    create_date: stamp(clock.createdAt),
    write_date: stamp(await changedAt(tx, `clock:${id}`, clock.writtenAt)),
    credit_clock: minutesOf(await clockLeftMs(tx, clock)),
    clock_state: stateOf(clock.timer),
    time_sheet: clock.timeSheet,
    time_sheet_archive: archiveOf(await tx.timeSheets.list('owner', [id])),
    conversion_sheet: clock.conversionSheet,
    conversion_sheet_archive: archiveOf(await tx.conversionSheets.list('owner', [id])),
  }
}
