import { describe, expect, it } from 'vitest'
import { aDaemon, expectAllRefusalsSeen, NINE, type TestDaemon } from '../harness.ts'

const ALICE = 'alice@example.org'
const BOB = 'bob@example.org'
const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Alice, account 2, has 100 credits and 60 minutes; it is nine o'clock. */
async function aliceWithMinutes(minutes = 60) {
  const daemon = await aDaemon()
  const alice = await daemon.has(ALICE, { credits: 100, minutes })
  return { daemon, alice }
}

/** What is left on a clock by the ledger, in ms. */
const held = (daemon: TestDaemon, clock = 2) =>
  daemon.store.transaction(async (tx) => tx.balance(`clock:${clock}`, 'milliseconds'))

/** Puts a clock at a balance that no test could convert in time. */
const fill = (daemon: TestDaemon, clock: number, milliseconds: number) =>
  daemon.store.transaction(async (tx) => {
    const side = { wallet: clock, clock }
    await tx.post('exchange', `clock:${clock}`, milliseconds, 'milliseconds', {
      kind: 'conversion',
      notes: null,
      credit: side,
    })
  })

describe('client action convert credits2clock', () => {
  it('turns one credit into one minute', async () => {
    const daemon = await aDaemon()
    const alice = await daemon.has(ALICE, { credits: 100 })
    expect(await alice.says('client action convert credits2clock', { credits: 20 })).toEqual({
      failed: false,
      conversion_record: 1,
      ewallet_credits: 80,
      credit_clock: 20,
      converted_credits: 20,
    })
    expect(await held(daemon)).toBe(20 * MINUTE)
  })

  it('writes one complete record', async () => {
    const { alice } = await aliceWithMinutes()
    expect(await alice.says('client action view conversion record', { record_id: 1 })).toEqual({
      failed: false,
      conversion_sheet: 2,
      conversion_record: 1,
      record_data: {
        id: 1,
        conversion_sheet: 2,
        reference: 'Conversion Sheet Record',
        create_date: '05-01-2026 09:00:00',
        write_date: '05-01-2026 09:00:00',
        conversion_type: 'credits2clock',
        minutes: 60,
        credits: 60,
      },
    })
  })

  it('prolongs a timer that runs', async () => {
    const { daemon, alice } = await aliceWithMinutes(10)
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(4 * MINUTE)
    expect(await alice.says('client action convert credits2clock', { credits: 20 })).toMatchObject({
      credit_clock: 26,
    })
    daemon.time.turn(25 * MINUTE)
    expect(await alice.says('client action view credit clock', {})).toMatchObject({
      clock_data: { credit_clock: 1, clock_state: 'active' },
    })
    daemon.time.turn(2 * MINUTE)
    const { record_data } = await alice.says('client action view time record', { record_id: 1 })
    expect(record_data).toMatchObject({ time_stop: '05-01-2026 09:30:00', time_spent: 30 })
  })

  it('adds to a clock that is paused', async () => {
    const { daemon, alice } = await aliceWithMinutes(10)
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(4 * MINUTE)
    await alice.says('client action pause clock_timer', {})
    daemon.time.turn(HOUR)
    expect(await alice.says('client action convert credits2clock', { credits: 20 })).toMatchObject({
      credit_clock: 26,
    })
  })

  it.each([
    ['more than the wallet holds', { credits: 101 }, { code: 'insufficient_credits', details: { credits: 100 } }],
    ['nothing', { credits: 0 }, { code: 'malformed_request', details: { field: 'credits' } }],
    ['half a credit', { credits: 0.5 }, { code: 'malformed_request', details: { field: 'credits' } }],
    ['notes of 2,001 characters', { credits: 1, notes: 'a'.repeat(2_001) }, { code: 'malformed_request' }],
  ])('refuses %s', async (_, request, refusal) => {
    const { daemon, alice } = await aliceWithMinutes()
    expect(await alice.says('client action convert credits2clock', request)).toMatchObject(refusal)
    expect(await held(daemon)).toBe(HOUR)
  })

  it('refuses what would make the clock hold more than 100,000,000,000 minutes', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await fill(daemon, 2, (100_000_000_000 - 61) * MINUTE)
    expect(await alice.says('client action convert credits2clock', { credits: 2 })).toMatchObject({
      code: 'balance_too_large',
      details: { minutes_max: 100_000_000_000 },
    })
    expect(await alice.says('client action convert credits2clock', { credits: 1 })).toMatchObject({
      credit_clock: 100_000_000_000,
    })
  })

  it('refuses what all clocks together could not count exactly', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await fill(daemon, 1, Number.MAX_SAFE_INTEGER - HOUR)
    expect(await alice.says('client action convert credits2clock', { credits: 1 })).toMatchObject({
      code: 'balance_too_large',
    })
  })
})

describe('client action convert clock2credits', () => {
  it('turns whole minutes back into credits', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    expect(await alice.says('client action convert clock2credits', { minutes: 10 })).toEqual({
      failed: false,
      conversion_record: 2,
      ewallet_credits: 110,
      credit_clock: 50,
      converted_minutes: 10,
    })
    expect(await held(daemon)).toBe(50 * MINUTE)
  })

  it('takes the minutes under the name of credits too, and not under both', async () => {
    const { alice } = await aliceWithMinutes()
    const chain = { controller: 'client', ctype: 'action', action: 'convert', convert: 'clock2credits' }
    expect(await alice.sends({ ...chain, ...alice.header, credits: 10 })).toMatchObject({ converted_minutes: 10 })
    expect(await alice.sends({ ...chain, ...alice.header, credits: 10, minutes: 10 })).toMatchObject({
      code: 'malformed_request',
      details: { field: 'credits' },
    })
  })

  it('writes one complete record', async () => {
    const { alice } = await aliceWithMinutes()
    await alice.says('client action convert clock2credits', { minutes: 10 })
    const { record_data } = await alice.says('client action view conversion record', { record_id: 2 })
    expect(record_data).toMatchObject({ conversion_type: 'clock2credits', minutes: 10, credits: 10 })
  })

  it('is refused while the timer runs, and while it is paused', async () => {
    const { alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    const refusal = { code: 'clock_in_use', details: { clock: 2 } }
    expect(await alice.says('client action convert clock2credits', { minutes: 1 })).toMatchObject(refusal)
    await alice.says('client action pause clock_timer', {})
    expect(await alice.says('client action convert clock2credits', { minutes: 1 })).toMatchObject(refusal)
    await alice.says('client action stop clock_timer', {})
    expect(await alice.says('client action convert clock2credits', { minutes: 1 })).toMatchObject({ failed: false })
  })

  it('is not held up by the timer of another clock', async () => {
    const { alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    const { clock } = await alice.says('client action new credit clock')
    await alice.says('client action switch credit clock', { clock_id: clock })
    await alice.says('client action convert credits2clock', { credits: 5 })
    expect(await alice.says('client action convert clock2credits', { minutes: 5 })).toMatchObject({ failed: false })
  })

  it('takes no part of a minute for a whole one', async () => {
    const { daemon, alice } = await aliceWithMinutes(10)
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(1)
    await alice.says('client action stop clock_timer', {})
    expect(await alice.says('client action convert clock2credits', { minutes: 10 })).toMatchObject({
      code: 'insufficient_minutes',
      details: { minutes: 10 },
    })
    expect(await alice.says('client action convert clock2credits', { minutes: 9 })).toMatchObject({
      credit_clock: 1,
    })
    expect(await held(daemon)).toBe(MINUTE - 1)
  })

  it.each([
    ['more than the clock holds', { minutes: 61 }, { code: 'insufficient_minutes', details: { minutes: 60 } }],
    ['nothing', { minutes: 0 }, { code: 'malformed_request', details: { field: 'minutes' } }],
    ['half a minute', { minutes: 0.5 }, { code: 'malformed_request', details: { field: 'minutes' } }],
  ])('refuses %s', async (_, request, refusal) => {
    const { daemon, alice } = await aliceWithMinutes()
    expect(await alice.says('client action convert clock2credits', request)).toMatchObject(refusal)
    expect(await held(daemon)).toBe(HOUR)
  })

  it('refuses what would make the wallet hold too much', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await daemon.store.transaction(async (tx) => {
      const memo = { kind: 'supply', notes: null, credit: { wallet: 2 } }
      await tx.post('core', 'wallet:2', 100_000_000_000 - 100, 'credits', memo)
    })
    expect(await alice.says('client action convert clock2credits', { minutes: 1 })).toMatchObject({
      code: 'balance_too_large',
    })
  })
})

describe('client action start clock_timer', () => {
  it('starts the active clock', async () => {
    const { alice } = await aliceWithMinutes()
    expect(await alice.says('client action start clock_timer', { notes: 'review' })).toEqual({
      failed: false,
      clock: 2,
      start_timestamp: '05-01-2026 09:00:00',
    })
    expect(await alice.says('client action view credit clock', {})).toMatchObject({
      clock_data: { clock_state: 'active' },
    })
  })

  it('needs more than nothing on the clock; a millisecond is enough', async () => {
    const { daemon, alice } = await aliceWithMinutes(1)
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(MINUTE - 1)
    await alice.says('client action stop clock_timer', {})
    expect(await alice.says('client action start clock_timer', {})).toMatchObject({ failed: false })
    daemon.time.turn(1)
    expect(await alice.says('client action start clock_timer', {})).toMatchObject({
      code: 'insufficient_minutes',
      details: { minutes: 0 },
    })
  })

  it('is refused where it runs or is paused', async () => {
    const { alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    expect(await alice.says('client action start clock_timer', {})).toMatchObject({ code: 'clock_already_running' })
    await alice.says('client action pause clock_timer', {})
    expect(await alice.says('client action start clock_timer', {})).toMatchObject({ code: 'clock_paused' })
  })

  it.each([
    ['somebody else', 3],
    ['SystemCore', 1],
    ['nobody', 99],
  ])('refuses a clock of %s, and so do the others', async (_, clock_id) => {
    const { daemon, alice } = await aliceWithMinutes()
    await daemon.has(BOB, { minutes: 10 })
    for (const path of [
      'client action start clock_timer',
      'client action pause clock_timer',
      'client action resume clock_timer',
      'client action stop clock_timer',
      'client action view credit clock',
    ] as const) {
      expect(await alice.says(path, { clock_id })).toMatchObject({ code: 'clock_not_found' })
    }
  })

  it('runs several clocks at once, of any wallet of the account', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    const { ewallet } = await alice.says('client action new credit ewallet', {})
    await alice.says('client action switch credit ewallet', { ewallet_id: ewallet })
    await alice.says('client action supply credits', { credits: 30 })
    await alice.says('client action convert credits2clock', { credits: 30 })
    await alice.says('client action start clock_timer', { clock_id: 2 })
    daemon.time.turn(MINUTE)
    const { clock } = await alice.says('client action start clock_timer', {})
    daemon.time.turn(MINUTE)
    expect(await alice.says('client action stop clock_timer', { clock_id: 2 })).toMatchObject({
      clock: 2,
      minutes_spent: 2,
    })
    expect(await alice.says('client action stop clock_timer', {})).toMatchObject({ clock, minutes_spent: 1 })
  })

  it('tells the owner of start, pause, resume and stop', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(MINUTE)
    await alice.says('client action pause clock_timer', {})
    await alice.says('client action resume clock_timer', {})
    daemon.time.turn(MINUTE)
    await alice.says('client action stop clock_timer', {})
    const { events } = await alice.says('client action view events')
    expect(events.slice(-4).map(({ event, data }) => [event, data])).toEqual([
      ['clock.started', { clock: 2 }],
      ['clock.paused', { clock: 2 }],
      ['clock.resumed', { clock: 2 }],
      ['clock.stopped', { clock: 2, minutes_spent: 2, time_record: 1 }],
    ])
  })
})

describe('client action pause clock_timer', () => {
  it('pauses the timer; the minutes stand still', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(2 * MINUTE)
    expect(await alice.says('client action pause clock_timer', {})).toEqual({
      failed: false,
      clock: 2,
      pending_time: 0,
      start_timestamp: '05-01-2026 09:00:00',
      pause_timestamp: '05-01-2026 09:02:00',
      pending_count: 1,
    })
    daemon.time.turn(5 * HOUR)
    expect(await alice.says('client action view credit clock', {})).toMatchObject({
      clock_data: { credit_clock: 58, clock_state: 'pending' },
    })
  })

  it('is refused where nothing runs, or is paused already', async () => {
    const { alice } = await aliceWithMinutes()
    expect(await alice.says('client action pause clock_timer', {})).toMatchObject({ code: 'clock_not_running' })
    await alice.says('client action start clock_timer', {})
    await alice.says('client action pause clock_timer', {})
    expect(await alice.says('client action pause clock_timer', {})).toMatchObject({ code: 'clock_paused' })
  })
})

describe('client action resume clock_timer', () => {
  it('resumes the timer and counts the pauses', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(MINUTE)
    await alice.says('client action pause clock_timer', {})
    daemon.time.turn(4 * MINUTE)
    expect(await alice.says('client action resume clock_timer', {})).toEqual({
      failed: false,
      clock: 2,
      pending_time: 4,
      pause_timestamp: '05-01-2026 09:01:00',
      resume_timestamp: '05-01-2026 09:05:00',
      pending_count: 1,
    })
    daemon.time.turn(MINUTE)
    expect(await alice.says('client action pause clock_timer', {})).toMatchObject({
      pending_time: 4,
      pending_count: 2,
    })
    daemon.time.turn(30 * SECOND)
    expect(await alice.says('client action resume clock_timer', {})).toMatchObject({
      pending_time: 4.5,
      pending_count: 2,
    })
  })

  it('is said with the sub-key `pause` too', async () => {
    const { alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    await alice.says('client action pause clock_timer', {})
    const chain = { controller: 'client', ctype: 'action', pause: 'clock_timer', ...alice.header }
    expect(await alice.sends({ ...chain, action: 'resume' })).toMatchObject({ failed: false, pending_count: 1 })
    expect(await alice.sends({ ...chain, action: 'stop' })).toMatchObject({ failed: false, time_record: 1 })
  })

  it('is refused where no timer is, or none is paused', async () => {
    const { alice } = await aliceWithMinutes()
    expect(await alice.says('client action resume clock_timer', {})).toMatchObject({ code: 'clock_not_running' })
    await alice.says('client action start clock_timer', {})
    expect(await alice.says('client action resume clock_timer', {})).toMatchObject({ code: 'clock_not_paused' })
  })
})

describe('client action stop clock_timer', () => {
  it('debits what was used, writes it down, and leaves the clock inactive', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(90 * SECOND)
    await alice.says('client action pause clock_timer', {})
    daemon.time.turn(MINUTE)
    await alice.says('client action resume clock_timer', {})
    daemon.time.turn(90 * SECOND)
    const times = { time_start: '05-01-2026 09:00:00', time_stop: '05-01-2026 09:04:00' }
    expect(await alice.says('client action stop clock_timer', {})).toEqual({
      failed: false,
      clock: 2,
      pending_count: 1,
      pending_time: 1,
      start_timestamp: times.time_start,
      stop_timestamp: times.time_stop,
      minutes_spent: 3,
      time_record: 1,
      record_data: {
        id: 1,
        time_sheet: 2,
        reference: 'Time Sheet Record',
        create_date: times.time_stop,
        write_date: times.time_stop,
        ...times,
        time_spent: 3,
        time_pending: 1,
        pending_count: 1,
      },
    })
    expect(await held(daemon)).toBe(57 * MINUTE)
    expect(await alice.says('client action view credit clock', {})).toMatchObject({
      clock_data: { credit_clock: 57, clock_state: 'inactive' },
    })
  })

  it('debits to the millisecond, whatever the answer rounds', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(1_234)
    expect(await alice.says('client action stop clock_timer', {})).toMatchObject({ minutes_spent: 0.02 })
    expect(await held(daemon)).toBe(HOUR - 1_234)
  })

  it('debits nothing for a timer that was stopped at once', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    expect(await alice.says('client action stop clock_timer', {})).toMatchObject({
      minutes_spent: 0,
      time_record: 1,
    })
    expect(await held(daemon)).toBe(HOUR)
  })

  it('stops a paused timer; the last pause counts as pending', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(2 * MINUTE)
    await alice.says('client action pause clock_timer', {})
    daemon.time.turn(10 * MINUTE)
    expect(await alice.says('client action stop clock_timer', {})).toMatchObject({
      minutes_spent: 2,
      pending_time: 10,
      pending_count: 1,
      stop_timestamp: '05-01-2026 09:12:00',
    })
    expect(await held(daemon)).toBe(58 * MINUTE)
  })

  it('is refused where no timer is', async () => {
    const { alice } = await aliceWithMinutes()
    expect(await alice.says('client action stop clock_timer', {})).toMatchObject({ code: 'clock_not_running' })
  })

  it('comes too late at the instant the clock ran out', async () => {
    const { daemon, alice } = await aliceWithMinutes(1)
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(MINUTE)
    expect(await alice.says('client action stop clock_timer', {})).toMatchObject({ code: 'clock_not_running' })
  })
})

describe('client action view credit clock', () => {
  it('shows the active clock', async () => {
    const { alice } = await aliceWithMinutes()
    expect(await alice.says('client action view credit clock', {})).toEqual({
      failed: false,
      clock: 2,
      clock_data: {
        id: 2,
        ewallet: 2,
        reference: 'Credit Clock',
        create_date: '05-01-2026 09:00:00',
        write_date: '05-01-2026 09:00:00',
        credit_clock: 60,
        clock_state: 'inactive',
        time_sheet: 2,
        time_sheet_archive: { 2: 'Time Sheet' },
        conversion_sheet: 2,
        conversion_sheet_archive: { 2: 'Conversion Sheet' },
      },
    })
  })

  it('shows what is left now while the timer runs, with at most two decimals', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    const left = async () => (await alice.says('client action view credit clock', {})).clock_data.credit_clock
    daemon.time.turn(30 * SECOND)
    expect(await left()).toBe(59.5)
    daemon.time.turn(10 * SECOND)
    expect(await left()).toBe(59.33)
    expect(await held(daemon)).toBe(HOUR)
  })

  it('shows another clock where one is named', async () => {
    const { alice } = await aliceWithMinutes()
    const { clock } = await alice.says('client action new credit clock')
    expect(await alice.says('client action view credit clock', { clock_id: clock })).toMatchObject({
      clock,
      clock_data: { id: clock, credit_clock: 0 },
    })
  })

  it('tells when the clock last changed, its balance included', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    const written = async () =>
      (await alice.says('client action view credit clock', {})).clock_data.write_date.slice(-8)
    for (const path of [
      'client action start clock_timer',
      'client action pause clock_timer',
      'client action resume clock_timer',
      'client action stop clock_timer',
    ] as const) {
      daemon.time.turn(MINUTE)
      await alice.says(path, {})
    }
    expect(await written()).toBe('09:04:00')
    daemon.time.turn(MINUTE)
    await alice.says('client action convert credits2clock', { credits: 1 })
    expect(await written()).toBe('09:05:00')
  })
})

describe('client action view credit clocks', () => {
  it('lists the clocks of the active wallet', async () => {
    const { alice } = await aliceWithMinutes()
    await alice.says('client action new credit clock')
    await alice.says('client action new credit ewallet', {})
    const { clocks } = await alice.says('client action view credit clocks')
    expect(clocks).toMatchObject([
      { id: 2, ewallet: 2, credit_clock: 60 },
      { id: 3, ewallet: 2, credit_clock: 0 },
    ])
  })
})

describe('client action view time intervals', () => {
  /** 9:00 to 9:02 and, after a pause, 9:04 to 9:05, on clock 2; 9:06 to 9:07 on clock 3. */
  async function afterTwoTimers() {
    const people = await aliceWithMinutes()
    const { daemon, alice } = people
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(2 * MINUTE)
    await alice.says('client action pause clock_timer', {})
    daemon.time.turn(2 * MINUTE)
    await alice.says('client action resume clock_timer', {})
    daemon.time.turn(MINUTE)
    await alice.says('client action stop clock_timer', {})
    const { clock } = await alice.says('client action new credit clock')
    await alice.says('client action switch credit clock', { clock_id: clock })
    await alice.says('client action convert credits2clock', { credits: 20 })
    daemon.time.turn(MINUTE)
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(MINUTE)
    await alice.says('client action stop clock_timer', {})
    return people
  }
  const at = (minutes: number) => NINE + minutes * MINUTE

  it('lists the stretches of charged time on all clocks, pauses left out, oldest first', async () => {
    const { alice } = await afterTwoTimers()
    expect(await alice.says('client action view time intervals', {})).toEqual({
      failed: false,
      intervals: [
        { time_record: 1, start_ms: at(0), stop_ms: at(2) },
        { time_record: 1, start_ms: at(4), stop_ms: at(5) },
        { time_record: 2, start_ms: at(6), stop_ms: at(7) },
      ],
      cursor: null,
    })
  })

  it('lists time once it is charged', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(MINUTE)
    await alice.says('client action pause clock_timer', {})
    expect(await alice.says('client action view time intervals', {})).toMatchObject({ intervals: [] })
    await alice.says('client action stop clock_timer', {})
    expect(await alice.says('client action view time intervals', {})).toMatchObject({
      intervals: [{ time_record: 1, start_ms: at(0), stop_ms: at(1) }],
    })
  })

  it.each([
    ['09:04:00', '09:06:00', [4], 'from is included, to is not'],
    ['09:01:00', '09:06:00', [0, 4], 'what began before and goes on is in it'],
    ['09:02:00', '09:06:30', [4, 6], 'what ended as it begins is not'],
    ['09:04:30', '09:04:40', [4], 'what began before and ends after is in it'],
    ['09:04:30', '09:03:00', [], 'a period that ends before it begins holds nothing'],
  ])('takes what falls into a period, from %s to %s: %j, for %4$s', async (from, to, starts) => {
    const { alice } = await afterTwoTimers()
    const request = { from: `2026-01-05T${from}Z`, to: `2026-01-05T${to}Z` }
    const { intervals } = await alice.says('client action view time intervals', request)
    expect(intervals.map(({ start_ms }) => start_ms)).toEqual(starts.map(at))
  })

  it('takes what began before a period on every clock, whatever became of the clock and its wallet', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    const { ewallet } = await alice.says('client action new credit ewallet', {})
    await alice.says('client action switch credit ewallet', { ewallet_id: ewallet })
    await alice.says('client action supply credits', { credits: 3 })
    await alice.says('client action convert credits2clock', { credits: 3 })
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(3 * MINUTE)
    await alice.says('client action stop clock_timer', { clock_id: 2 })
    const { intervals } = await alice.says('client action view time intervals', {})
    expect(intervals).toHaveLength(2)
    await alice.says('client action switch credit ewallet', { ewallet_id: 2 })
    expect(await alice.says('client action unlink credit ewallet', { ewallet_id: ewallet })).toMatchObject({
      failed: false,
    })

    const from = '2026-01-05T09:01:00Z'
    const whole = await alice.says('client action view time intervals', { from })
    expect(whole.intervals).toEqual(intervals)
    const first = await alice.says('client action view time intervals', { from, limit: 1 })
    expect(first.intervals).toEqual(intervals.slice(0, 1))
    const second = await alice.says('client action view time intervals', { from, limit: 1, cursor: first.cursor ?? '' })
    expect(second).toMatchObject({ intervals: intervals.slice(1), cursor: null })
    const { opening } = await alice.says('client action view statement', { from })
    expect(opening).toEqual({ credits: 100, milliseconds: 60 * MINUTE })
  })

  it('is read page by page', async () => {
    const { alice } = await afterTwoTimers()
    const first = await alice.says('client action view time intervals', { limit: 2 })
    expect(first.intervals).toHaveLength(2)
    const cursor = first.cursor ?? ''
    expect(await alice.says('client action view time intervals', { limit: 2, cursor })).toMatchObject({
      intervals: [{ start_ms: at(6) }],
      cursor: null,
    })
  })

  it('keeps charged time whatever is unlinked', async () => {
    const { alice } = await afterTwoTimers()
    await alice.says('client action unlink time record', { record_id: 1 })
    const { intervals } = await alice.says('client action view time intervals', {})
    expect(intervals).toHaveLength(3)
  })

  it("shows nobody else's", async () => {
    const { daemon } = await afterTwoTimers()
    const bob = await daemon.has(BOB)
    expect(await bob.says('client action view time intervals', {})).toMatchObject({ intervals: [] })
  })

  it.each([
    ['a cursor that is none', { cursor: '-' }, 'cursor'],
    ['a day that does not exist', { from: '2026-02-30' }, 'from'],
  ])('refuses %s', async (_, request, field) => {
    const { alice } = await aliceWithMinutes()
    expect(await alice.says('client action view time intervals', request)).toMatchObject({
      code: 'malformed_request',
      details: { field },
    })
  })
})

describe('client action import time_records', () => {
  /** A stretch of the morning before nine o'clock. */
  const stretch = (from: string, to: string, more = {}) => ({
    time_start: `2026-01-05T${from}:00Z`,
    time_stop: `2026-01-05T${to}:00Z`,
    ...more,
  })

  it('charges each record like stop, on the active time sheet', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    const records = [
      stretch('08:00', '08:30', { notes: 'second' }),
      { time_start: '05-01-2026 07:00:00', time_stop: '05-01-2026 07:10:00' },
    ]
    expect(await alice.says('client action import time_records', { records })).toEqual({
      failed: false,
      imported: 2,
      time_records: [1, 2],
      minutes_spent: 40,
      credit_clock: 20,
    })
    expect(await held(daemon)).toBe(20 * MINUTE)
    expect(await alice.says('client action view time record', { record_id: 1 })).toMatchObject({
      time_sheet: 2,
      record_data: {
        time_start: '05-01-2026 08:00:00',
        time_stop: '05-01-2026 08:30:00',
        time_spent: 30,
        time_pending: 0,
        pending_count: 0,
      },
    })
    const { entries } = await alice.says('client action view statement', {})
    expect(entries.slice(-2)).toMatchObject([
      { kind: 'time', record: 1, amount: -30 * MINUTE, notes: 'second' },
      { kind: 'time', record: 2, amount: -10 * MINUTE, notes: null },
    ])
  })

  it('takes records that touch each other, and all there is', async () => {
    const { alice } = await aliceWithMinutes()
    const records = [stretch('08:00', '08:30'), stretch('08:30', '09:00')]
    expect(await alice.says('client action import time_records', { records })).toMatchObject({ credit_clock: 0 })
  })

  it.each([
    ['is not over yet', [stretch('07:00', '07:01'), stretch('08:00', '09:01')], 'time_in_future', { index: 1 }],
    ['ends before it starts', [stretch('07:01', '07:00')], 'time_in_future', { index: 0 }],
    ['lasts no time', [stretch('07:00', '07:00')], 'time_in_future', { index: 0 }],
    ['overlaps another', [stretch('08:00', '08:30'), stretch('08:29', '08:40')], 'time_overlap', { index: 1 }],
    [
      'overlaps an earlier one that came later',
      [stretch('08:29', '08:40'), stretch('08:00', '08:30')],
      'time_overlap',
      { index: 1 },
    ],
    ['lies within another', [stretch('08:00', '08:30'), stretch('08:10', '08:20')], 'time_overlap', { index: 1 }],
    ['is another once more', [stretch('08:00', '08:30'), stretch('08:00', '08:30')], 'time_overlap', { index: 1 }],
    [
      'overlaps one that is charged',
      [stretch('06:00', '06:10'), stretch('04:59', '05:01')],
      'time_overlap',
      { index: 1 },
    ],
    [
      'costs more than is left',
      [stretch('08:00', '08:30'), stretch('07:00', '07:31')],
      'insufficient_minutes',
      { index: 1, minutes: 60 },
    ],
  ] as const)('charges none where one %s, and names it', async (_, records, code, details) => {
    const { daemon, alice } = await aliceWithMinutes(61)
    await alice.says('client action import time_records', { records: [stretch('05:00', '05:01')] })
    const request = { records: records.map((record) => ({ ...record })) }
    expect(await alice.says('client action import time_records', request)).toMatchObject({ code, details })
    expect(await held(daemon)).toBe(HOUR)
  })

  it('may fill a pause, which is free, but nothing that is charged or runs', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(10 * MINUTE)
    await alice.says('client action pause clock_timer', {})
    daemon.time.turn(10 * MINUTE)
    await alice.says('client action resume clock_timer', {})
    daemon.time.turn(10 * MINUTE)
    const imports = (from: string, to: string) =>
      alice.says('client action import time_records', { records: [stretch(from, to)] })
    expect(await imports('09:09', '09:11')).toMatchObject({ code: 'time_overlap', details: { index: 0 } })
    expect(await imports('09:19', '09:21')).toMatchObject({ code: 'time_overlap' })
    expect(await imports('09:25', '09:26')).toMatchObject({ code: 'time_overlap' })
    expect(await imports('09:10', '09:20')).toMatchObject({ failed: false, minutes_spent: 10, credit_clock: 30 })
    expect(await imports('09:15', '09:16')).toMatchObject({ code: 'time_overlap' })
  })

  it('moves the end of a timer that runs', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    await alice.says('client action import time_records', { records: [stretch('08:00', '08:50')] })
    daemon.time.turn(HOUR)
    const { record_data } = await alice.says('client action view time record', { record_id: 2 })
    expect(record_data).toMatchObject({ time_stop: '05-01-2026 09:10:00', time_spent: 10 })
  })

  it('ends a timer that runs where nothing is left', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(10 * MINUTE)
    const records = [stretch('08:00', '08:50')]
    expect(await alice.says('client action import time_records', { records })).toMatchObject({ credit_clock: 0 })
    expect(await alice.says('client action view time record', { record_id: 2 })).toMatchObject({
      record_data: { time_stop: '05-01-2026 09:10:00', time_spent: 10 },
    })
    expect(await held(daemon)).toBe(0)
  })

  it('tells that little is left of a timer that runs, where the import itself went past the mark', async () => {
    const { alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    await alice.says('client action import time_records', { records: [stretch('08:00', '08:48')] })
    const { events } = await alice.says('client action view events')
    expect(events.filter(({ event }) => event === 'clock.low').map(({ data }) => data)).toEqual([
      { clock: 2, minutes_left: 12 },
    ])
  })

  it.each([
    ['no records', { records: [] }, 'records'],
    ['10,001 records', { records: new Array(10_001).fill(stretch('07:00', '07:01')) }, 'records'],
    [
      'a day that does not exist',
      { records: [{ ...stretch('07:00', '07:01'), time_start: '31-04-2025' }] },
      'records.0.time_start',
    ],
    ['an hour that does not exist', { records: [stretch('07:00', '25:01')] }, 'records.0.time_stop'],
    ['what is no moment', { records: [{ time_start: 'yesterday', time_stop: '2026-01-05' }] }, 'records.0.time_start'],
  ])('refuses %s', async (_, request, field) => {
    const { alice } = await aliceWithMinutes()
    expect(await alice.says('client action import time_records', request)).toMatchObject({
      code: 'malformed_request',
      details: { field },
    })
  })

  it('takes 10,000 records at once', async () => {
    const { daemon, alice } = await aliceWithMinutes(200)
    const records = Array.from({ length: 10_000 }, (_, second) => ({
      time_start: new Date(NINE - 24 * HOUR + second * SECOND).toISOString(),
      time_stop: new Date(NINE - 24 * HOUR + (second + 1) * SECOND).toISOString(),
    }))
    expect(await alice.says('client action import time_records', { records })).toMatchObject({ imported: 10_000 })
    expect(await held(daemon)).toBe(200 * MINUTE - 10_000 * SECOND)
  })
})

describe('client action new credit clock', () => {
  it('opens an empty clock with sheets of its own, and leaves the active one active', async () => {
    const { alice } = await aliceWithMinutes()
    const { clock, clock_data } = await alice.says('client action new credit clock')
    expect(clock).toBe(3)
    expect(clock_data).toMatchObject({
      ewallet: 2,
      credit_clock: 0,
      clock_state: 'inactive',
      time_sheet: 3,
      conversion_sheet: 3,
    })
    expect(await alice.says('client action view credit ewallet')).toMatchObject({
      ewallet_data: { clock: 2, clock_archive: { 2: 'Credit Clock', 3: 'Credit Clock' } },
    })
  })

  it('begins with nothing, whatever a client sends along', async () => {
    const { alice } = await aliceWithMinutes()
    expect(await alice.says('client action new credit clock', { credit_clock: 55 } as never)).toMatchObject({
      code: 'malformed_request',
    })
  })
})

describe('client action switch credit clock', () => {
  it('makes another clock of the active wallet the active one, and keeps every other', async () => {
    const { alice } = await aliceWithMinutes()
    await alice.says('client action new credit clock')
    expect(await alice.says('client action switch credit clock', { clock_id: 3 })).toMatchObject({
      clock: 3,
      clock_data: { id: 3 },
    })
    expect(await alice.says('client action view credit ewallet')).toMatchObject({
      ewallet_data: { clock: 3, clock_archive: { 2: 'Credit Clock', 3: 'Credit Clock' } },
    })
  })

  it('leaves a timer that runs alone', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action start clock_timer', {})
    await alice.says('client action new credit clock')
    await alice.says('client action switch credit clock', { clock_id: 3 })
    daemon.time.turn(MINUTE)
    expect(await alice.says('client action pause clock_timer', {})).toMatchObject({ code: 'clock_not_running' })
    expect(await alice.says('client action stop clock_timer', { clock_id: 2 })).toMatchObject({ minutes_spent: 1 })
  })

  it('refuses a clock of another wallet, of somebody else, or of nobody', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await daemon.has(BOB)
    const { ewallet_data } = await alice.says('client action new credit ewallet', {})
    for (const clock_id of [ewallet_data.clock ?? 0, 3, 99]) {
      expect(await alice.says('client action switch credit clock', { clock_id })).toMatchObject({
        code: 'clock_not_found',
      })
    }
  })
})

describe('client action unlink credit clock', () => {
  it('deletes an empty clock with everything on it', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action new credit clock')
    expect(await alice.says('client action unlink credit clock', { clock_id: 3 })).toEqual({ failed: false, clock: 3 })
    const left = await daemon.store.transaction(async (tx) => [
      await tx.clocks.get(3),
      await tx.timeSheets.get(3),
      await tx.conversionSheets.get(3),
    ])
    expect(left).toEqual([undefined, undefined, undefined])
    expect(await alice.says('client action new credit clock')).toMatchObject({ clock: 4 })
  })

  it('refuses the active one, one whose timer is not inactive, and one that holds minutes', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await alice.says('client action new credit clock')
    const unlink = (clock_id: number) => alice.says('client action unlink credit clock', { clock_id })
    expect(await unlink(2)).toMatchObject({ code: 'still_active' })
    await alice.says('client action switch credit clock', { clock_id: 3 })
    expect(await unlink(2)).toMatchObject({ code: 'clock_not_empty', details: { milliseconds: HOUR } })
    await alice.says('client action start clock_timer', { clock_id: 2 })
    expect(await unlink(2)).toMatchObject({ code: 'clock_in_use' })
    daemon.time.turn(HOUR)
    expect(await unlink(2)).toMatchObject({ clock: 2 })
  })

  it('refuses the active clock of a wallet that is not active', async () => {
    const { alice } = await aliceWithMinutes()
    const { ewallet_data } = await alice.says('client action new credit ewallet', {})
    expect(await alice.says('client action unlink credit clock', { clock_id: ewallet_data.clock ?? 0 })).toMatchObject({
      code: 'still_active',
    })
  })

  it('refuses a clock of somebody else, or of nobody', async () => {
    const { daemon, alice } = await aliceWithMinutes()
    await daemon.has(BOB)
    for (const clock_id of [3, 99]) {
      expect(await alice.says('client action unlink credit clock', { clock_id })).toMatchObject({
        code: 'clock_not_found',
      })
    }
  })
})

describe('clock', () => {
  it('refused all that it declares, somewhere above', () => {
    expectAllRefusalsSeen('clock')
  })
})
