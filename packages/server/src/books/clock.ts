import { type Refusal, refuse } from '@ewallet/protocol'
import type { Clock, Wallet } from '../domain/rows.ts'
import type { Tell } from '../handler.ts'
import type { Transaction } from '../store/store.ts'
import { activeWallet } from './account-data.ts'
import { recordReference } from './opening.ts'
import { ownRow, theRow } from './row.ts'
import { settleClock } from './settlement.ts'

/** A clock brought up to now, with its balance in ms, of which a running timer has used some already. */
export interface Read {
  clock: Clock
  balance: number
}

async function read(tx: Transaction, clock: Clock, tell: Tell): Promise<Read> {
  const settled = await settleClock(tx, clock, tell)
  return { clock: settled, balance: await tx.balance(`clock:${clock.id}`, 'milliseconds') }
}

/** The active clock of an account's active wallet, and that wallet. */
export async function readActiveClock(
  tx: Transaction,
  account: number,
  tell: Tell,
): Promise<Read & { wallet: Wallet }> {
  const wallet = await activeWallet(tx, account)
  return { wallet, ...(await read(tx, await theRow(tx.clocks, wallet.clock), tell)) }
}

/** The clock of any of an account's wallets that a request names; the active one where it names none. */
export async function readClock(
  tx: Transaction,
  account: number,
  id: number | undefined,
  tell: Tell,
): Promise<Read | Refusal<'clock_not_found'>> {
  if (id === undefined) return readActiveClock(tx, account, tell)
  const clock = await ownRow(tx.clocks, id, account)
  return clock ? read(tx, clock, tell) : refuse('clock_not_found')
}

/** Writes a conversion down on a clock's active conversion sheet; gives the record's id. */
export async function writeConversion(
  tx: Transaction,
  clock: Clock,
  conversion: { type: 'credits2clock' | 'clock2credits'; credits: number; minutes: number; notes: string | null },
): Promise<number> {
  const record = await tx.conversionRecords.add({
    account: clock.account,
    sheet: clock.conversionSheet,
    reference: recordReference('conversion'),
    ...conversion,
    createdAt: tx.now,
    writtenAt: tx.now,
  })
  return record.id
}
