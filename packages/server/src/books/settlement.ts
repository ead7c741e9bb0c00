import { minutesOf } from '../domain/rounding.ts'
import type { Clock, TimeRecord } from '../domain/rows.ts'
import { exhaustsAt, LOW_AT_MS, pendingMs, usedMs, wakesAt } from '../domain/timer.ts'
import type { Tell } from '../handler.ts'
import type { Transaction } from '../store/store.ts'
import { recordReference } from './opening.ts'

/** How many clocks one transaction settles at the most. */
const SETTLED_MAX = 1_000

/** Writes down a stretch of time as used, not charged yet. */
export async function keepInterval(tx: Transaction, clock: Clock, startedAt: number, stoppedAt: number): Promise<void> {
  if (stoppedAt <= startedAt) return
  const { account, id } = clock
  await tx.timeIntervals.add({ account, clock: id, timeRecord: null, listedFor: null, startedAt, stoppedAt })
}

/**
 * Ends a clock's timer at a moment: the time record, its intervals, and the debit of exactly what was used, never more than there
 * was. It ends on the sheet where it began.
 */
export async function endTimer(tx: Transaction, clock: Clock, at: number): Promise<TimeRecord> {
  const { timer } = clock
  if (!timer) throw new Error(`Clock ${clock.id} has no timer to end.`)
  const balance = await tx.balance(`clock:${clock.id}`, 'milliseconds')
  const spentMs = Math.min(usedMs(timer, at), balance)
  if (timer.pausedAt === null) await keepInterval(tx, clock, timer.runningSince, at)
  const record = await tx.timeRecords.add({
    account: clock.account,
    sheet: timer.sheet,
    reference: recordReference('time'),
    clock: clock.id,
    startedAt: timer.startedAt,
    stoppedAt: at,
    spentMs,
    pendingMs: pendingMs(timer, at),
    pendingCount: timer.pendingCount,
    notes: timer.notes,
    createdAt: tx.now,
    writtenAt: tx.now,
  })
  for (const interval of await tx.timeIntervals.list('clock', [clock.id], { from: timer.startedAt })) {
    if (interval.timeRecord === null) {
      await tx.timeIntervals.put({ ...interval, timeRecord: record.id, listedFor: clock.account })
    }
  }
  if (spentMs > 0) {
    await tx.post(`clock:${clock.id}`, 'consumed', spentMs, 'milliseconds', {
      kind: 'time',
      notes: timer.notes,
      debit: { wallet: clock.wallet, clock: clock.id, record: record.id },
    })
  }
  await tx.clocks.put({ ...clock, timer: null, wakesAt: null, writtenAt: tx.now })
  return record
}

/** Brings a clock whose time to tell something has come up to now: what is low is told, what ran out is ended at that instant. */
async function wake(tx: Transaction, clock: Clock, tell: Tell): Promise<void> {
  const { timer } = clock
  const balance = await tx.balance(`clock:${clock.id}`, 'milliseconds')
  const end = timer ? exhaustsAt(timer, balance) : undefined
  if (!timer || end === undefined) return
  for (const left of LOW_AT_MS) {
    const at = end - left
    if (at >= (clock.wakesAt ?? 0) && at <= tx.now) {
      await tell(clock.account, 'clock.low', { clock: clock.id, minutes_left: minutesOf(left) })
    }
  }
  if (end > tx.now) {
    await tx.clocks.put({ ...clock, wakesAt: wakesAt(timer, balance, tx.now) })
    return
  }
  const record = await endTimer(tx, clock, end)
  await tell(clock.account, 'clock.exhausted', { clock: clock.id, time_record: record.id })
}

/** Settles every clock that has something to tell by now, as if the daemon had been there at that instant. */
export async function settleDue(tx: Transaction, tell: Tell): Promise<void> {
  for (const clock of await tx.clocks.list('waking', [], { to: tx.now + 1, limit: SETTLED_MAX })) {
    await wake(tx, clock, tell)
  }
}
