import { minutesOf } from '../domain/rounding.ts'
import type { Clock, LedgerAccount, Wallet } from '../domain/rows.ts'
import { leftMs, stateOf } from '../domain/timer.ts'
import { type Awaitable, after, afterAll, type Transaction } from '../store/store.ts'
import { archiveOf } from './account-data.ts'

type Stamp = (at: number) => string

/** When a thing that holds a balance was last changed: its row, or the balance. */
function changedAt(tx: Transaction, ledger: LedgerAccount, writtenAt: number): Awaitable<number> {
  const newest = tx.entries.list('ledger', [ledger], { descending: true, limit: 1 })
  return after(newest, ([last]) => Math.max(writtenAt, last?.at ?? 0))
}

/** What a clock has left at the transaction's moment, in ms. */
export function clockLeftMs(tx: Transaction, { id, timer }: Clock): Awaitable<number> {
  return after(tx.balance(`clock:${id}`, 'milliseconds'), (balance) => leftMs(balance, timer, tx.now))
}

/** `ewallet_data` of an answer (instructions.md, wallet). */
export function walletData(tx: Transaction, wallet: Wallet, stamp: Stamp) {
  const { id } = wallet
  return afterAll(
    [
      changedAt(tx, `wallet:${id}`, wallet.writtenAt),
      tx.balance(`wallet:${id}`, 'credits'),
      tx.clocks.list('wallet', [id]),
      tx.transferSheets.list('owner', [id]),
      tx.invoiceSheets.list('owner', [id]),
    ],
    ([changed, credits, clocks, transferSheets, invoiceSheets]) => ({
      id,
      user: wallet.account,
      reference: wallet.reference,
      create_date: stamp(wallet.createdAt),
      write_date: stamp(changed),
      credits,
      clock: wallet.clock,
      clock_archive: archiveOf(clocks),
      transfer_sheet: wallet.transferSheet,
      transfer_sheet_archive: archiveOf(transferSheets),
      invoice_sheet: wallet.invoiceSheet,
      invoice_sheet_archive: archiveOf(invoiceSheets),
    }),
  )
}

/** `clock_data` of an answer (instructions.md, clock); while the timer runs, the minutes are those left now. */
export function clockData(tx: Transaction, clock: Clock, stamp: Stamp) {
  const { id } = clock
  return afterAll(
    [
      changedAt(tx, `clock:${id}`, clock.writtenAt),
      clockLeftMs(tx, clock),
      tx.timeSheets.list('owner', [id]),
      tx.conversionSheets.list('owner', [id]),
    ],
    ([changed, left, timeSheets, conversionSheets]) => ({
      id,
      ewallet: clock.wallet,
      reference: clock.reference,
      create_date: stamp(clock.createdAt),
      write_date: stamp(changed),
      credit_clock: minutesOf(left),
      clock_state: stateOf(clock.timer),
      time_sheet: clock.timeSheet,
      time_sheet_archive: archiveOf(timeSheets),
      conversion_sheet: clock.conversionSheet,
      conversion_sheet_archive: archiveOf(conversionSheets),
    }),
  )
}
