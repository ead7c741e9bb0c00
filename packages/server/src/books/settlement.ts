import { minutesOf } from '../domain/rounding.ts'
import type { Clock, TimeRecord } from '../domain/rows.ts'
import { exhaustsAt, LOW_AT_MS, leftMs, lowPassed, pendingMs, usedMs, wakesAt } from '../domain/timer.ts'
import type { Tell } from '../handler.ts'
import { type Awaitable, after, type Transaction } from '../store/store.ts'
import { recordReference } from './opening.ts'
import { theRow } from './row.ts'
import { touchSheet } from './sheet.ts'

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
  await touchSheet(tx, 'time', timer.sheet)
  await tx.clocks.put({ ...clock, timer: null, wakesAt: null, writtenAt: tx.now })
  return record
}

/**
 * Brings a clock up to now, if its time to tell something has come: what is low is told, what ran out is ended at that instant, as
 * if the daemon had been there. Gives the clock as it then stands.
 */
export async function settleClock(tx: Transaction, clock: Clock, tell: Tell): Promise<Clock> {
  const { timer, wakesAt: due } = clock
  if (!timer || due === null || due > tx.now) return clock
  const balance = await tx.balance(`clock:${clock.id}`, 'milliseconds')
  const end = exhaustsAt(timer, balance)
  if (end === undefined) return clock
  for (const left of LOW_AT_MS) {
    const at = end - left
    if (at >= due && at <= tx.now) {
      await tell(clock.account, 'clock.low', { clock: clock.id, minutes_left: minutesOf(left) })
    }
  }
  if (end > tx.now) {
    const woken = { ...clock, wakesAt: wakesAt(timer, balance, tx.now) }
    await tx.clocks.put(woken)
    return woken
  }
  const record = await endTimer(tx, clock, end)
  await tell(clock.account, 'clock.exhausted', { clock: clock.id, time_record: record.id })
  return theRow(tx.clocks, clock.id)
}

/**
 * Moves a clock's next wake after its balance was changed by something other than its timer. What such a change itself went past is
 * told now. Gives what is left, in ms.
 */
export async function rebalance(tx: Transaction, clock: Clock, leftBefore: number, tell: Tell): Promise<number> {
  const { id, timer } = clock
  const balance = await tx.balance(`clock:${id}`, 'milliseconds')
  const left = leftMs(balance, timer, tx.now)
  if (!timer || timer.pausedAt !== null) return left
  if (lowPassed(leftBefore, left) !== undefined) {
    await tell(clock.account, 'clock.low', { clock: id, minutes_left: minutesOf(left) })
  }
  const moved = { ...clock, wakesAt: wakesAt(timer, balance, tx.now) }
  await tx.clocks.put(moved)
  await settleClock(tx, moved, tell)
  return left
}

/** Settles clocks that have something to tell by now, the earliest first, as many as one transaction takes. */
export function settleDue(tx: Transaction, tell: Tell): Awaitable<void> {
  const due = tx.clocks.list('waking', [], { to: tx.now + 1, limit: SETTLED_MAX })
  return after(due, (clocks) => (clocks.length === 0 ? undefined : settleAll(tx, clocks, tell)))
}

async function settleAll(tx: Transaction, clocks: readonly Clock[], tell: Tell): Promise<void> {
  for (const clock of clocks) await settleClock(tx, clock, tell)
}
