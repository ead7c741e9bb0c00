import { type groups, isRefusal, refuse } from '@ewallet/protocol'
import { readActiveClock, readClock, writeConversion } from '../books/clock.ts'
import { openClock } from '../books/opening.ts'
import { cutPage, readPage } from '../books/period.ts'
import { removeClock, whatKeepsClock } from '../books/removal.ts'
import { ownRow, theRow } from '../books/row.ts'
import { endTimer, keepInterval, rebalance } from '../books/settlement.ts'
import { timeRecordData } from '../books/sheet-data.ts'
import { chargedBefore, chargeTimes, readTimes } from '../books/time-import.ts'
import { listIntervals } from '../books/time-intervals.ts'
import { clockData } from '../books/wallet-data.ts'
import { CREDIT_MS, clockToCredits, creditsToClock } from '../domain/conversion.ts'
import { minutesOf } from '../domain/rounding.ts'
import { importedMs } from '../domain/time-import.ts'
import { leftMs, pauseTimer, resumeTimer, startTimer, wakesAt } from '../domain/timer.ts'
import type { HandlersFor } from '../handler.ts'

export const clockHandlers: HandlersFor<(typeof groups)['clock']> = {
  'client action convert credits2clock': async ({ request, caller, tx, now, tell }) => {
    const { credits, notes = null } = request
    const { wallet, clock, balance } = await readActiveClock(tx, caller.account, tell)
    const held = {
      credits: await tx.balance(`wallet:${wallet.id}`, 'credits'),
      milliseconds: balance,
      exchange: await tx.balance('exchange', 'milliseconds'),
    }
    const holding = creditsToClock(held, credits)
    if (isRefusal(holding)) return holding
    const record = await writeConversion(tx, clock, { type: 'credits2clock', credits, minutes: credits, notes })
    const memo = { kind: 'conversion', notes }
    const side = { wallet: wallet.id, record }
    await tx.post(`wallet:${wallet.id}`, 'exchange', credits, 'credits', { ...memo, debit: side })
    await tx.post('exchange', `clock:${clock.id}`, credits * CREDIT_MS, 'milliseconds', {
      ...memo,
      credit: { ...side, clock: clock.id },
    })
    const left = await rebalance(tx, clock, leftMs(balance, clock.timer, now), tell)
    return {
      conversion_record: record,
      ewallet_credits: holding.credits,
      credit_clock: minutesOf(left),
      converted_credits: credits,
    }
  },

  'client action convert clock2credits': async ({ request, caller, tx, tell }) => {
    const { minutes, notes = null } = request
    const { wallet, clock, balance } = await readActiveClock(tx, caller.account, tell)
    if (clock.timer) return refuse('clock_in_use', { clock: clock.id })
    const held = { credits: await tx.balance(`wallet:${wallet.id}`, 'credits'), milliseconds: balance }
    const holding = clockToCredits(held, minutes)
    if (isRefusal(holding)) return holding
    const record = await writeConversion(tx, clock, { type: 'clock2credits', credits: minutes, minutes, notes })
    const memo = { kind: 'conversion', notes }
    const side = { wallet: wallet.id, record }
    await tx.post(`clock:${clock.id}`, 'exchange', minutes * CREDIT_MS, 'milliseconds', {
      ...memo,
      debit: { ...side, clock: clock.id },
    })
    await tx.post('exchange', `wallet:${wallet.id}`, minutes, 'credits', { ...memo, credit: side })
    return {
      conversion_record: record,
      ewallet_credits: holding.credits,
      credit_clock: minutesOf(holding.milliseconds),
      converted_minutes: minutes,
    }
  },

  'client action start clock_timer': async ({ request, caller, tx, now, stamp, tell }) => {
    const read = await readClock(tx, caller.account, request.clock_id, tell)
    if (isRefusal(read)) return read
    const { clock, balance } = read
    const timer = startTimer(clock, balance, now, request.notes ?? null)
    if (isRefusal(timer)) return timer
    await tx.clocks.put({ ...clock, timer, wakesAt: wakesAt(timer, balance, now), writtenAt: now })
    await tell(caller.account, 'clock.started', { clock: clock.id })
    return { clock: clock.id, start_timestamp: stamp(now) }
  },

  'client action pause clock_timer': async ({ request, caller, tx, now, stamp, tell }) => {
    const read = await readClock(tx, caller.account, request.clock_id, tell)
    if (isRefusal(read)) return read
    const { clock } = read
    const timer = pauseTimer(clock.timer, now)
    if (isRefusal(timer)) return timer
    await keepInterval(tx, clock, timer.runningSince, now)
    await tx.clocks.put({ ...clock, timer, wakesAt: null, writtenAt: now })
    await tell(caller.account, 'clock.paused', { clock: clock.id })
    return {
      clock: clock.id,
      pending_time: minutesOf(timer.pendingMs),
      start_timestamp: stamp(timer.startedAt),
      pause_timestamp: stamp(now),
      pending_count: timer.pendingCount,
    }
  },

  'client action resume clock_timer': async ({ request, caller, tx, now, stamp, tell }) => {
    const read = await readClock(tx, caller.account, request.clock_id, tell)
    if (isRefusal(read)) return read
    const { clock, balance } = read
    const timer = resumeTimer(clock.timer, now)
    if (isRefusal(timer)) return timer
    await tx.clocks.put({ ...clock, timer, wakesAt: wakesAt(timer, balance, now), writtenAt: now })
    await tell(caller.account, 'clock.resumed', { clock: clock.id })
    return {
      clock: clock.id,
      pending_time: minutesOf(timer.pendingMs),
      pause_timestamp: stamp(clock.timer?.pausedAt ?? now),
      resume_timestamp: stamp(now),
      pending_count: timer.pendingCount,
    }
  },

  'client action stop clock_timer': async ({ request, caller, tx, now, stamp, tell }) => {
    const read = await readClock(tx, caller.account, request.clock_id, tell)
    if (isRefusal(read)) return read
    const { clock } = read
    if (!clock.timer) return refuse('clock_not_running')
    const record = await endTimer(tx, clock, now)
    const data = timeRecordData(record, stamp)
    await tell(caller.account, 'clock.stopped', {
      clock: clock.id,
      minutes_spent: data.time_spent,
      time_record: record.id,
    })
    return {
      clock: clock.id,
      pending_count: data.pending_count,
      pending_time: data.time_pending,
      start_timestamp: data.time_start,
      stop_timestamp: data.time_stop,
      minutes_spent: data.time_spent,
      time_record: record.id,
      record_data: data,
    }
  },

  'client action view credit clock': async ({ request, caller, tx, stamp, tell }) => {
    const read = await readClock(tx, caller.account, request.clock_id, tell)
    if (isRefusal(read)) return read
    return { clock: read.clock.id, clock_data: await clockData(tx, read.clock, stamp) }
  },

  'client action view credit clocks': async ({ caller, tx, stamp, tell }) => {
    const { wallet } = await readActiveClock(tx, caller.account, tell)
    const clocks = []
    for (const { id } of await tx.clocks.list('wallet', [wallet.id])) {
      const read = await readClock(tx, caller.account, id, tell)
      if (!isRefusal(read)) clocks.push(await clockData(tx, read.clock, stamp))
    }
    return { clocks }
  },

  'client action view time intervals': async ({ request, caller, tx }) => {
    const page = readPage(request)
    if (isRefusal(page)) return page
    const found = await listIntervals(tx, caller.account, page)
    const { rows, cursor } = cutPage(found, page, ({ startedAt, id }) => ({ order: startedAt, id }))
    const intervals = rows.flatMap(({ timeRecord, startedAt, stoppedAt }) =>
      timeRecord === null ? [] : [{ time_record: timeRecord, start_ms: startedAt, stop_ms: stoppedAt }],
    )
    return { intervals, cursor }
  },

  'client action import time_records': async ({ request, caller, tx, now, tell }) => {
    const times = readTimes(request.records)
    if (isRefusal(times)) return times
    const { clock, balance } = await readActiveClock(tx, caller.account, tell)
    const left = leftMs(balance, clock.timer, now)
    const charged = await chargedBefore(tx, clock, times)
    const runningSince = clock.timer?.pausedAt === null ? clock.timer.runningSince : undefined
    const sum = importedMs(times, { now, leftMs: left, runningSince, charged })
    if (isRefusal(sum)) return sum
    const time_records = await chargeTimes(tx, clock, times)
    return {
      imported: times.length,
      time_records,
      minutes_spent: minutesOf(sum),
      credit_clock: minutesOf(await rebalance(tx, clock, left, tell)),
    }
  },

  'client action new credit clock': async ({ caller, tx, stamp }) => {
    const { wallet: id } = await theRow(tx.accounts, caller.account)
    const clock = await openClock(tx, caller.account, id)
    await tx.wallets.put({ ...(await theRow(tx.wallets, id)), writtenAt: tx.now })
    return { clock: clock.id, clock_data: await clockData(tx, clock, stamp) }
  },

  'client action switch credit clock': async ({ request, caller, tx, now, stamp, tell }) => {
    const { wallet } = await readActiveClock(tx, caller.account, tell)
    const read = await readClock(tx, caller.account, request.clock_id, tell)
    if (isRefusal(read)) return read
    if (read.clock.wallet !== wallet.id) return refuse('clock_not_found')
    await tx.wallets.put({ ...wallet, clock: read.clock.id, writtenAt: now })
    return { clock: read.clock.id, clock_data: await clockData(tx, read.clock, stamp) }
  },

  'client action unlink credit clock': async ({ request, caller, tx, tell }) => {
    const clock = await ownRow(tx.clocks, request.clock_id, caller.account)
    if (!clock) return refuse('clock_not_found')
    if ((await theRow(tx.wallets, clock.wallet)).clock === clock.id) return refuse('still_active')
    const kept = await whatKeepsClock(tx, clock, tell)
    if (kept) return kept
    await removeClock(tx, clock)
    return { clock: clock.id }
  },
}
