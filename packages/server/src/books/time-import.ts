import { isRefusal, type Refusal } from '@ewallet/protocol'
import type { Clock } from '../domain/rows.ts'
import type { Stretch } from '../domain/time-import.ts'
import type { Transaction } from '../store/store.ts'
import { recordReference } from './opening.ts'
import { readMoment } from './period.ts'
import { touchSheet } from './sheet.ts'

/** Time that was kept elsewhere, in ms. */
export interface KeptTime extends Stretch {
  notes: string | null
}

/** The records of an import with their moments read. */
export function readTimes(
  records: readonly { time_start: string; time_stop: string; notes?: string | undefined }[],
): KeptTime[] | Refusal<never> {
  const times: KeptTime[] = []
  for (const [index, { time_start, time_stop, notes = null }] of records.entries()) {
    const startedAt = readMoment(`records.${index}.time_start`, time_start)
    if (isRefusal(startedAt)) return startedAt
    const stoppedAt = readMoment(`records.${index}.time_stop`, time_stop)
    if (isRefusal(stoppedAt)) return stoppedAt
    times.push({ startedAt, stoppedAt, notes })
  }
  return times
}

/** For each of some times, the last stretch charged to a clock that began before the time stops. */
export async function chargedBefore(
  tx: Transaction,
  clock: Clock,
  times: readonly Stretch[],
): Promise<(Stretch | undefined)[]> {
  const charged: (Stretch | undefined)[] = []
  for (const { stoppedAt } of times) {
    const before = { to: stoppedAt, descending: true, limit: 1 }
    charged.push((await tx.timeIntervals.list('clock', [clock.id], before))[0])
  }
  return charged
}

/** Charges times to a clock: each with its record on the active time sheet, its interval, and its debit. Gives the records' ids. */
export async function chargeTimes(tx: Transaction, clock: Clock, times: readonly KeptTime[]): Promise<number[]> {
  const { account } = clock
  const ids: number[] = []
  for (const { startedAt, stoppedAt, notes } of times) {
    const spentMs = stoppedAt - startedAt
    const record = await tx.timeRecords.add({
      account,
      sheet: clock.timeSheet,
      reference: recordReference('time'),
      clock: clock.id,
      startedAt,
      stoppedAt,
      spentMs,
      pendingMs: 0,
      pendingCount: 0,
      notes,
      createdAt: tx.now,
      writtenAt: tx.now,
    })
    const stretch = { account, clock: clock.id, startedAt, stoppedAt }
    await tx.timeIntervals.add({ ...stretch, timeRecord: record.id, listedFor: account })
    await tx.post(`clock:${clock.id}`, 'consumed', spentMs, 'milliseconds', {
      kind: 'time',
      notes,
      debit: { wallet: clock.wallet, clock: clock.id, record: record.id },
    })
    ids.push(record.id)
  }
  await touchSheet(tx, 'time', clock.timeSheet)
  return ids
}
