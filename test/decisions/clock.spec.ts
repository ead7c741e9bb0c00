import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import { machineTime, type Time } from '../../packages/server/src/time.ts'
import { aDaemon, aHandTurnedClock, type Client, NINE, type TestDaemon } from '../harness.ts'

const ADA = 'ada@example.org'
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const iso = (at: number) => new Date(at).toISOString()
const ISO = { timestamps: 'iso' } as const

/** Ada, whose clock 2 has some minutes. */
async function adaWith(minutes: number, daemon?: TestDaemon) {
  const house = daemon ?? (await aDaemon())
  return { daemon: house, ada: await house.has(ADA, { minutes }) }
}

/** What clock 2 has left by the ledger, in ms. */
const heldMs = ({ store }: TestDaemon) => store.transaction(async (tx) => tx.balance('clock:2', 'milliseconds'))

/** What is kept of a time record, moments and stretches in ms. */
const timeRecord = ({ store }: TestDaemon, id = 1) => store.transaction(async (tx) => tx.timeRecords.get(id))

const start = (client: Client, clock_id?: number) =>
  client.says('client action start clock_timer', clock_id === undefined ? {} : { clock_id })
const pause = (client: Client) => client.says('client action pause clock_timer', {})
const resume = (client: Client) => client.says('client action resume clock_timer', {})
const stop = (client: Client) => client.says('client action stop clock_timer', {})
const left = async (client: Client) =>
  (await client.says('client action view credit clock', {})).clock_data.credit_clock

/** The events of Ada's clocks, each with its data. */
async function clockEvents(ada: Client) {
  const { events } = await ada.says('client action view events', { limit: 1_000 })
  return events.filter(({ event }) => event.startsWith('clock.')).map(({ event, data }) => [event, data])
}

describe('prepaid', () => {
  it('starting needs more than 0 ms on the clock', async () => {
    const { daemon, ada } = await adaWith(0)
    expect(await start(ada)).toMatchObject({ code: 'insufficient_minutes', details: { minutes: 0 } })
    await ada.says('client action supply credits', { credits: 1 })
    await ada.says('client action convert credits2clock', { credits: 1 })
    await start(ada)
    daemon.time.turn(MINUTE - 1)
    await stop(ada)
    expect(await heldMs(daemon)).toBe(1)
    expect(await start(ada)).toMatchObject({ failed: false })
    daemon.time.turn(1)
    expect(await stop(ada)).toMatchObject({ code: 'clock_not_running' })
    expect(await start(ada)).toMatchObject({ code: 'insufficient_minutes' })
  })

  it('while it runs, the balance shown is what is left *now*', async () => {
    const { daemon, ada } = await adaWith(60)
    await start(ada)
    for (const [pass, shown] of [
      [0, 60],
      [MINUTE, 59],
      [300, 59],
      [1, 58.99],
      [30 * MINUTE, 28.99],
    ] as const) {
      daemon.time.turn(pass)
      expect(await left(ada)).toBe(shown)
      const { clocks } = await ada.says('client action view credit clocks')
      expect(clocks[0]?.credit_clock).toBe(shown)
    }
  })

  it('pauses are free', async () => {
    const { daemon, ada } = await adaWith(60)
    await start(ada)
    daemon.time.turn(10 * MINUTE)
    await pause(ada)
    daemon.time.turn(11 * HOUR)
    expect(await left(ada)).toBe(50)
    await resume(ada)
    daemon.time.turn(5 * MINUTE)
    await pause(ada)
    daemon.time.turn(HOUR)
    await stop(ada)
    expect(await heldMs(daemon)).toBe(45 * MINUTE)
  })
})

describe('stopping', () => {
  it('`time_spent` = stop − start − pauses, to the millisecond inside', async () => {
    const { daemon, ada } = await adaWith(60)
    await start(ada)
    for (const [run, rest] of [
      [12_345, 6_789],
      [1, 1],
      [99_999, 3_600_001],
    ] as const) {
      daemon.time.turn(run)
      await pause(ada)
      daemon.time.turn(rest)
      await resume(ada)
    }
    daemon.time.turn(7)
    const { minutes_spent, pending_time, pending_count } = await stop(ada)
    const [spentMs, pendingMs] = [12_345 + 1 + 99_999 + 7, 6_789 + 1 + 3_600_001]
    expect(await timeRecord(daemon)).toMatchObject({
      startedAt: NINE,
      stoppedAt: NINE + spentMs + pendingMs,
      spentMs,
      pendingMs,
      pendingCount: 3,
    })
    expect([minutes_spent, pending_time, pending_count]).toEqual([1.87, 60.11, 3])
  })

  it('debits exactly that much', async () => {
    const { daemon, ada } = await adaWith(60)
    for (const ms of [1, 599, 600, 59_999, 61_001]) {
      const before = await heldMs(daemon)
      await start(ada)
      daemon.time.turn(ms)
      await stop(ada)
      expect(await heldMs(daemon)).toBe(before - ms)
    }
  })

  it('never more than there was', async () => {
    const { daemon, ada } = await adaWith(1)
    await start(ada)
    daemon.time.turn(11 * HOUR)
    expect(await stop(ada)).toMatchObject({ code: 'clock_not_running' })
    expect(await heldMs(daemon)).toBe(0)
    expect(await timeRecord(daemon)).toMatchObject({ spentMs: MINUTE })
  })

  it('the time record is created at stop', async () => {
    const { daemon, ada } = await adaWith(60)
    await start(ada)
    daemon.time.turn(MINUTE)
    await pause(ada)
    await resume(ada)
    expect(await ada.says('client action view time records', {})).toMatchObject({ records: [] })
    daemon.time.turn(MINUTE)
    const { record_data } = await ada.says('client action stop clock_timer', {}, ISO)
    expect(record_data).toMatchObject({ create_date: iso(NINE + 2 * MINUTE), time_start: iso(NINE) })
    expect((await ada.says('client action view time records', {}, ISO)).records).toEqual([record_data])
  })

  it('a paused timer can be stopped; the last pause counts as pending', async () => {
    const { daemon, ada } = await adaWith(60)
    await start(ada)
    daemon.time.turn(3 * MINUTE)
    await pause(ada)
    daemon.time.turn(MINUTE)
    await resume(ada)
    daemon.time.turn(2 * MINUTE)
    await pause(ada)
    daemon.time.turn(7 * MINUTE)
    expect(await ada.says('client action stop clock_timer', {}, ISO)).toMatchObject({
      pending_count: 2,
      pending_time: 8,
      minutes_spent: 5,
      stop_timestamp: iso(NINE + 13 * MINUTE),
      record_data: { time_pending: 8, pending_count: 2, time_stop: iso(NINE + 13 * MINUTE) },
    })
    expect(await heldMs(daemon)).toBe(55 * MINUTE)
  })
})

/** A record of time and nothing else: what a clock that ran out leaves, to the millisecond. */
async function ranOut(daemon: TestDaemon, ada: Client, startedAt: number, stoppedAt: number) {
  expect(await ada.says('client action view credit clock', {})).toMatchObject({
    clock_data: { clock_state: 'inactive', credit_clock: 0 },
  })
  expect(await timeRecord(daemon)).toMatchObject({ startedAt, stoppedAt, spentMs: MINUTE })
  expect(await heldMs(daemon)).toBe(0)
}

describe('a timer reaches zero exactly', () => {
  it.each([
    ['the instant itself', 0],
    ['a millisecond later', 1],
    ['a year later', 365 * 24 * HOUR],
  ])('`time_stop` is the instant the balance ran out, settled when next touched: %s', async (_, late) => {
    const { daemon, ada } = await adaWith(1)
    await start(ada)
    daemon.time.turn(40 * SECOND)
    await pause(ada)
    daemon.time.turn(HOUR)
    await resume(ada)
    daemon.time.turn(20 * SECOND - 1)
    expect(await ada.says('client action view credit clock', {})).toMatchObject({
      clock_data: { clock_state: 'active' },
    })
    daemon.time.turn(1 + late)
    // A session may have ended by then; who logs in again sees what was so all along.
    const again = late > HOUR ? await daemon.client() : ada
    if (again !== ada) await again.says('client action login', { user_email: ADA, user_pass: 'correct-horse-1' })
    await ranOut(daemon, again, NINE, NINE + MINUTE + HOUR)
  })

  it('and settled too where what touched it is refused', async () => {
    const { daemon, ada } = await adaWith(1)
    await start(ada)
    daemon.time.turn(HOUR)
    expect(await ada.says('client action pay', { pay: ADA, credits: 1 })).toMatchObject({ code: 'partner_is_self' })
    expect(await timeRecord(daemon)).toMatchObject({ stoppedAt: NINE + MINUTE, spentMs: MINUTE })
    await ranOut(daemon, ada, NINE, NINE + MINUTE)
    expect((await clockEvents(ada)).at(-1)).toEqual(['clock.exhausted', { clock: 2, time_record: 1 }])
  })

  it('even when the daemon was down at the time: settled at start, with nobody connected', async () => {
    const { daemon, ada } = await adaWith(1)
    await start(ada)
    ada.leaves()
    const { time } = daemon
    daemon.time.turn(20 * SECOND)
    await daemon.restarts()
    daemon.time.turn(HOUR)
    await daemon.restarts()
    expect(await timeRecord(daemon)).toMatchObject({ stoppedAt: NINE + MINUTE, spentMs: MINUTE })
    expect(time.now()).toBe(NINE + HOUR + 20 * SECOND)
    await ranOut(daemon, ada, NINE, NINE + MINUTE)
  })

  it('with nobody connected, while the daemon runs', async () => {
    const time = { ...machineTime(), turn() {}, turnTo() {} }
    const daemon = await aDaemon({ time })
    const { ada } = await adaWith(1, daemon)
    const day = 24 * HOUR
    const at = time.now() - day
    // All but 300 ms of the minute is charged for yesterday.
    const kept = { time_start: iso(at), time_stop: iso(at + MINUTE - 300) }
    await ada.says('client action import time_records', { records: [kept] })
    const { start_timestamp } = await ada.says('client action start clock_timer', {}, ISO)
    ada.leaves()
    daemon.house.start()
    const record = await vi.waitFor(
      async () => {
        const found = await timeRecord(daemon, 2)
        if (!found) throw new Error('The timer still runs.')
        return found
      },
      { timeout: 30_000, interval: 20 },
    )
    expect(record).toMatchObject({ spentMs: 300, stoppedAt: Date.parse(start_timestamp) + 300 })
    expect(await heldMs(daemon)).toBe(0)
  })

  it('event `clock.exhausted`; `clock.low` at 15 and 5 minutes left', async () => {
    const { daemon, ada } = await adaWith(20)
    await start(ada)
    const told: number[] = []
    for (const pass of [5 * MINUTE - 1, 1, 10 * MINUTE - 1, 1, 5 * MINUTE - 1, 1]) {
      daemon.time.turn(pass)
      await daemon.house.settle()
      told.push((await clockEvents(ada)).length)
    }
    expect(told).toEqual([1, 2, 2, 3, 3, 4])
    expect(await clockEvents(ada)).toEqual([
      ['clock.started', { clock: 2 }],
      ['clock.low', { clock: 2, minutes_left: 15 }],
      ['clock.low', { clock: 2, minutes_left: 5 }],
      ['clock.exhausted', { clock: 2, time_record: 1 }],
    ])
  })

  it('all three are told, in order and once, by a daemon that was down meanwhile', async () => {
    const { daemon, ada } = await adaWith(20)
    await start(ada)
    daemon.time.turn(6 * HOUR)
    await daemon.restarts()
    await daemon.restarts()
    expect((await clockEvents(ada)).map(([event]) => event)).toEqual([
      'clock.started',
      'clock.low',
      'clock.low',
      'clock.exhausted',
    ])
  })
})

describe('several clocks', () => {
  it('one timer per clock; a user may run timers on several clocks, named by `clock_id`', async () => {
    const { daemon, ada } = await adaWith(10)
    const { clock } = await ada.says('client action new credit clock')
    await ada.says('client action switch credit clock', { clock_id: clock })
    await ada.says('client action supply credits', { credits: 10 })
    await ada.says('client action convert credits2clock', { credits: 10 })
    await start(ada, 2)
    expect(await start(ada, 2)).toMatchObject({ code: 'clock_already_running' })
    daemon.time.turn(MINUTE)
    expect(await start(ada)).toMatchObject({ clock })
    daemon.time.turn(2 * MINUTE)
    expect(await ada.says('client action stop clock_timer', { clock_id: 2 })).toMatchObject({
      clock: 2,
      minutes_spent: 3,
    })
    expect(await stop(ada)).toMatchObject({ clock, minutes_spent: 2 })
  })

  it('switching the active clock or sheet while a timer runs does not disturb it: it ends on the sheet where it began', async () => {
    const { daemon, ada } = await adaWith(10)
    await start(ada)
    const { time_sheet } = await ada.says('client action new time list', {})
    await ada.says('client action switch time_sheet', { sheet_id: time_sheet })
    const { clock } = await ada.says('client action new credit clock')
    await ada.says('client action switch credit clock', { clock_id: clock })
    const { ewallet } = await ada.says('client action new credit ewallet', {})
    await ada.says('client action switch credit ewallet', { ewallet_id: ewallet })
    daemon.time.turn(MINUTE)
    expect(await ada.says('client action stop clock_timer', { clock_id: 2 })).toMatchObject({
      clock: 2,
      minutes_spent: 1,
      record_data: { time_sheet: 2 },
    })
    expect(time_sheet).not.toBe(2)
  })
})

/** A machine whose clocks are set by hand, with a daemon upon a store on disk. */
function aMachine() {
  const root = mkdtempSync(join(tmpdir(), 'ewallet-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const wall = aHandTurnedClock()
  const monotonic = aHandTurnedClock(0)
  let lives = 0
  return {
    /** Starts a daemon on what is on disk, as after a kill: its monotonic clock knows nothing of the last one's. */
    async started() {
      const [before, folder] = [join(root, `${lives}`), join(root, `${lives + 1}`)]
      if (lives > 0) cpSync(before, folder, { recursive: true })
      lives += 1
      const time: Time = machineTime(wall.now, monotonic.now)
      const report = (sentence: string) => {
        throw new Error(sentence)
      }
      const store = await openLowdbStore({ folder, time, checkpointBytes: 1 << 26, report })
      // Once the house is closed, which aDaemon sees to.
      onTestFinished(() => store.close())
      return aDaemon({ store, time: { ...wall, ...time } })
    },
    /** Time passes; the wall clock besides jumps. */
    pass(ms: number, jump = 0) {
      wall.turn(ms + jump)
      monotonic.turn(ms)
    },
  }
}

describe('a wall clock that jumps', () => {
  it('`now` never goes back: while the wall clock is behind, it is the last `now` plus monotonic time', async () => {
    const { started, pass } = aMachine()
    const daemon = await started()
    const { ada } = await adaWith(60, daemon)
    await start(ada)
    pass(10 * MINUTE)
    expect(await left(ada)).toBe(50)
    pass(5 * MINUTE, -HOUR)
    expect(await left(ada)).toBe(45)
    expect(await ada.says('client action stop clock_timer', {}, ISO)).toMatchObject({
      minutes_spent: 15,
      stop_timestamp: iso(NINE + 15 * MINUTE),
    })
  })

  it('and the last `now` is journalled: started again behind it, time neither goes back nor stands still', async () => {
    const { started, pass } = aMachine()
    const { ada } = await adaWith(60, await started())
    await start(ada)
    pass(10 * MINUTE)
    await ada.says('client action supply credits', { credits: 1 })

    pass(0, -HOUR)
    const daemon = await started()
    expect(daemon.store.now()).toBe(NINE + 10 * MINUTE)
    const again = daemon.stranger()
    Object.assign(again.header, ada.header)
    expect(await left(again)).toBe(50)
    pass(20 * MINUTE)
    expect(await left(again)).toBe(30)
    pass(0, HOUR)
    expect(await left(again)).toBe(30)
    pass(MINUTE)
    expect(await stop(again)).toMatchObject({ minutes_spent: 31 })
  })

  it('jumps forward count', async () => {
    const { started, pass } = aMachine()
    const daemon = await started()
    const { ada } = await adaWith(600, daemon)
    await start(ada)
    pass(MINUTE, HOUR)
    expect(await left(ada)).toBe(539)
    pass(0, 9 * HOUR)
    expect(await ada.says('client action view time record', { record_id: 1 }, ISO)).toMatchObject({
      record_data: { time_stop: iso(NINE + 10 * HOUR), time_spent: 600 },
    })
  })
})
