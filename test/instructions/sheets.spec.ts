import { describe, expect, it } from 'vitest'
import { aDaemon, type Client, expectAllRefusalsSeen, NINE } from '../harness.ts'

const ALICE = 'alice@example.org'
const BOB = 'bob@example.org'
const CAROL = 'carol@example.org'
const SECOND = 1_000
const MINUTE = 60 * SECOND

/** The words of each kind, spelled out, with what owns its sheets and how one more record comes about. */
const kinds = [
  {
    kind: 'transfer',
    owner: 'ewallet',
    title: 'Transfer Sheet',
    open: 'client action new transfer list',
    view: 'client action view transfer list',
    list: 'client action view transfer records',
    use: 'client action switch transfer_sheet',
    show: 'client action view transfer record',
    remove: 'client action unlink transfer record',
    close: 'client action unlink transfer list',
    write: (who: Client) => who.says('client action transfer credits', { transfer_to: CAROL, credits: 1 }),
  },
  {
    kind: 'invoice',
    owner: 'ewallet',
    title: 'Invoice Sheet',
    open: 'client action new invoice list',
    view: 'client action view invoice list',
    list: 'client action view invoice records',
    use: 'client action switch invoice_sheet',
    show: 'client action view invoice record',
    remove: 'client action unlink invoice record',
    close: 'client action unlink invoice list',
    write: (who: Client) => who.says('client action pay', { pay: CAROL, credits: 1 }),
  },
  {
    kind: 'conversion',
    owner: 'clock',
    title: 'Conversion Sheet',
    open: 'client action new conversion list',
    view: 'client action view conversion list',
    list: 'client action view conversion records',
    use: 'client action switch conversion_sheet',
    show: 'client action view conversion record',
    remove: 'client action unlink conversion record',
    close: 'client action unlink conversion list',
    write: (who: Client) => who.says('client action convert credits2clock', { credits: 1 }),
  },
  {
    kind: 'time',
    owner: 'clock',
    title: 'Time Sheet',
    open: 'client action new time list',
    view: 'client action view time list',
    list: 'client action view time records',
    use: 'client action switch time_sheet',
    show: 'client action view time record',
    remove: 'client action unlink time record',
    close: 'client action unlink time list',
    write: async (who: Client) => {
      await who.says('client action start clock_timer', {})
      return who.says('client action stop clock_timer', {})
    },
  },
] as const

/** What an answer about any kind of sheet may carry. */
interface Sheet {
  failed: boolean
  code?: string
  details?: object
  sheet_data: { records: Record<string, string>; write_date: string } & Record<string, unknown>
  record_data: Record<string, unknown>
  records: { id: number; create_date: string; time_start?: string }[]
  cursor: string | null
}

/** Alice and bob have 940 credits and 60 minutes each, and sheets 2 and 3; carol's sheets are 4. Alice's are empty. */
async function people() {
  const daemon = await aDaemon()
  const alice = await daemon.has(ALICE, { credits: 1_000 })
  const bob = await daemon.has(BOB, { credits: 1_000 })
  await daemon.has(CAROL)
  await alice.says('client action convert credits2clock', { credits: 60 })
  await bob.says('client action convert credits2clock', { credits: 60 })
  for (const kind of ['transfer', 'invoice', 'conversion'] as const) {
    for (const id of Object.keys((await alice.says(`client action view ${kind} list`)).sheet_data.records)) {
      await alice.says(`client action unlink ${kind} record`, { record_id: Number(id) })
    }
  }
  return { daemon, alice, bob }
}

describe.each(kinds)('$kind', ({ kind, owner, title, open, view, list, use, show, remove, close, write }) => {
  /** Says one of the kind's instructions, whose answers differ in their names only. */
  const says = async (who: Client, path: (typeof kinds)[number]['open' | 'view' | 'list'], request: object = {}) =>
    (await who.says(path, request as never)) as unknown as Sheet
  const saysOf = async (
    who: Client,
    path: (typeof kinds)[number]['use' | 'show' | 'remove' | 'close'],
    request: object,
  ) => (await who.says(path, request as never)) as unknown as Sheet
  const sheet = `${kind}_sheet`
  const record = `${kind}_record`
  const shownIds = async (who: Client) => Object.keys((await says(who, view)).sheet_data.records).map(Number)

  /** Writes records a second apart; gives their ids, oldest first. */
  async function written(daemon: Awaited<ReturnType<typeof people>>['daemon'], who: Client, count: number) {
    const before = await shownIds(who)
    for (let n = 0; n < count; n += 1) {
      daemon.time.turn(SECOND)
      await write(who)
    }
    return (await shownIds(who)).filter((id) => !before.includes(id))
  }

  describe(open, () => {
    it('opens another sheet and leaves the active one active', async () => {
      const { alice } = await people()
      expect(await says(alice, open)).toEqual({
        failed: false,
        [sheet]: 5,
        sheet_data: {
          id: 5,
          [owner]: 2,
          reference: title,
          create_date: '05-01-2026 09:00:00',
          write_date: '05-01-2026 09:00:00',
          records: {},
        },
      })
      expect(await says(alice, view)).toMatchObject({ [sheet]: 2 })
      const owned =
        owner === 'clock'
          ? (await alice.says('client action view credit clock', {})).clock_data
          : (await alice.says('client action view credit ewallet')).ewallet_data
      expect(owned).toMatchObject({ [sheet]: 2, [`${sheet}_archive`]: { 2: title, 5: title } })
    })

    it('takes a reference', async () => {
      const { alice } = await people()
      expect(await says(alice, open, { reference: 'Client A' })).toMatchObject({
        sheet_data: { reference: 'Client A' },
      })
    })
  })

  describe(view, () => {
    it('shows the active sheet and the ids of its records', async () => {
      const { daemon, alice } = await people()
      const ids = await written(daemon, alice, 2)
      expect(await says(alice, view)).toMatchObject({
        [sheet]: 2,
        sheet_data: {
          id: 2,
          [owner]: 2,
          reference: title,
          records: Object.fromEntries(ids.map((id) => [id, `${title} Record`])),
        },
      })
    })

    it('tells when the sheet last changed: a record came or went', async () => {
      const { daemon, alice } = await people()
      const [first] = await written(daemon, alice, 2)
      expect((await says(alice, view)).sheet_data.write_date).toBe('05-01-2026 09:00:02')
      daemon.time.turn(MINUTE)
      await saysOf(alice, remove, { record_id: first })
      expect((await says(alice, view)).sheet_data.write_date).toBe('05-01-2026 09:01:02')
    })
  })

  describe(list, () => {
    it('lists the records of the active sheet, newest first', async () => {
      const { daemon, alice } = await people()
      const ids = await written(daemon, alice, 3)
      const { records, cursor } = await says(alice, list)
      expect(records.map(({ id }) => id)).toEqual(ids.toReversed())
      expect(cursor).toBeNull()
      const [newest] = ids.slice(-1)
      expect(records[0]).toEqual((await saysOf(alice, show, { record_id: newest })).record_data)
    })

    it('is read page by page, and records that are added do not move a page', async () => {
      const { daemon, alice } = await people()
      const ids = await written(daemon, alice, 5)
      const first = await says(alice, list, { limit: 2 })
      await written(daemon, alice, 2)
      const second = await says(alice, list, { limit: 2, cursor: first.cursor })
      const third = await says(alice, list, { limit: 2, cursor: second.cursor })
      const pages = [first, second, third].map(({ records }) => records.map(({ id }) => id))
      expect(pages).toEqual([ids.slice(3).toReversed(), ids.slice(1, 3).toReversed(), ids.slice(0, 1)])
      expect(third.cursor).toBeNull()
    })

    it('goes on where a record it ended at is unlinked', async () => {
      const { daemon, alice } = await people()
      const ids = await written(daemon, alice, 3)
      const first = await says(alice, list, { limit: 1 })
      await saysOf(alice, remove, { record_id: ids[2] })
      const second = await says(alice, list, { cursor: first.cursor })
      expect(second.records.map(({ id }) => id)).toEqual([ids[1], ids[0]])
    })

    it('ends with a full page without promising another', async () => {
      const { daemon, alice } = await people()
      await written(daemon, alice, 2)
      expect(await says(alice, list, { limit: 2 })).toMatchObject({ cursor: null })
    })

    it('takes a period: from is included, to is not', async () => {
      const { daemon, alice } = await people()
      const ids = await written(daemon, alice, 4)
      const request = { from: '2026-01-05T09:00:02Z', to: '05-01-2026 09:00:04' }
      const { records } = await says(alice, list, request)
      expect(records.map(({ id }) => id)).toEqual([ids[2], ids[1]])
    })

    it('tells records of one moment apart', async () => {
      const { alice } = await people()
      for (let n = 0; n < 4; n += 1) await write(alice)
      const ids = await shownIds(alice)
      const first = await says(alice, list, { limit: 3 })
      const second = await says(alice, list, { limit: 3, cursor: first.cursor })
      expect([...first.records, ...second.records].map(({ id }) => id)).toEqual(ids.toReversed())
    })

    it.each([
      ['a cursor that is none', { cursor: 'next' }, 'cursor'],
      ['a cursor that was cut', { cursor: 'jk.' }, 'cursor'],
      ['a cursor beyond what a number can be', { cursor: `${'z'.repeat(20)}.1` }, 'cursor'],
      ['a day that does not exist', { from: '30-02-2026' }, 'from'],
      ['an hour that does not exist', { to: '05-01-2026 24:00:00' }, 'to'],
      ['a page of none', { limit: 0 }, 'limit'],
      ['a page of 1,001', { limit: 1_001 }, 'limit'],
    ])('refuses %s', async (_, request, field) => {
      const { alice } = await people()
      expect(await says(alice, list, request)).toMatchObject({ code: 'malformed_request', details: { field } })
    })
  })

  describe(use, () => {
    it('makes another sheet the active one, on which new records are written, and keeps every other', async () => {
      const { daemon, alice } = await people()
      await written(daemon, alice, 1)
      await says(alice, open)
      expect(await saysOf(alice, use, { sheet_id: 5 })).toMatchObject({
        [sheet]: 5,
        sheet_data: { id: 5, [owner]: 2, records: {} },
      })
      const ids = await written(daemon, alice, 1)
      expect(await shownIds(alice)).toEqual(ids)
      await saysOf(alice, use, { sheet_id: 2 })
      expect(await shownIds(alice)).toHaveLength(1)
    })

    it('is said with `list` too', async () => {
      const { alice } = await people()
      await says(alice, open)
      const chain = {
        controller: 'client',
        ctype: 'action',
        action: 'switch',
        switch: kind,
        [kind]: 'list',
        sheet_id: 5,
      }
      expect(await alice.sends({ ...chain, ...alice.header })).toMatchObject({ failed: false, [sheet]: 5 })
    })

    it('refuses a sheet of somebody else, of nobody, or of another wallet or clock', async () => {
      const { alice } = await people()
      const { ewallet_data } = await alice.says('client action new credit ewallet', {})
      const elsewhere = owner === 'clock' ? ewallet_data.clock : ewallet_data.transfer_sheet
      for (const sheet_id of [1, 3, 99, elsewhere]) {
        expect(await saysOf(alice, use, { sheet_id })).toMatchObject({ code: 'sheet_not_found' })
      }
    })
  })

  describe(show, () => {
    it('shows a record of any sheet of the account, and names the sheet it is on', async () => {
      const { daemon, alice } = await people()
      const [record_id] = await written(daemon, alice, 1)
      await says(alice, open)
      await saysOf(alice, use, { sheet_id: 5 })
      expect(await saysOf(alice, show, { record_id })).toMatchObject({
        failed: false,
        [sheet]: 2,
        [record]: record_id,
        record_data: { id: record_id, [sheet]: 2, reference: `${title} Record`, create_date: '05-01-2026 09:00:01' },
      })
    })

    it('refuses a record of somebody else, or of nobody', async () => {
      const { daemon, alice, bob } = await people()
      const [other] = await written(daemon, bob, 1)
      for (const record_id of [other, 99]) {
        expect(await saysOf(alice, show, { record_id })).toMatchObject({ code: 'record_not_found' })
      }
    })
  })

  describe(remove, () => {
    it('removes a record, and no balance changes', async () => {
      const { daemon, alice } = await people()
      const [record_id] = await written(daemon, alice, 1)
      const { closing } = await alice.says('client action view statement', {})
      expect(await saysOf(alice, remove, { record_id })).toEqual({ failed: false, [sheet]: 2, [record]: record_id })
      expect(await saysOf(alice, show, { record_id })).toMatchObject({ code: 'record_not_found' })
      expect(await shownIds(alice)).toEqual([])
      expect((await alice.says('client action view statement', {})).closing).toEqual(closing)
    })

    it('never gives out its id again', async () => {
      const { daemon, alice } = await people()
      const [record_id = 0] = await written(daemon, alice, 1)
      await saysOf(alice, remove, { record_id })
      const [next] = await written(daemon, alice, 1)
      expect(next).toBeGreaterThan(record_id)
    })

    it('removes one of a sheet that is not active, and names that sheet', async () => {
      const { daemon, alice } = await people()
      const [record_id] = await written(daemon, alice, 1)
      await says(alice, open)
      await saysOf(alice, use, { sheet_id: 5 })
      expect(await saysOf(alice, remove, { record_id })).toMatchObject({ [sheet]: 2 })
    })

    it('refuses a record of somebody else, or of nobody', async () => {
      const { daemon, alice, bob } = await people()
      const [other] = await written(daemon, bob, 1)
      for (const record_id of [other, 99]) {
        expect(await saysOf(alice, remove, { record_id })).toMatchObject({ code: 'record_not_found' })
      }
    })
  })

  describe(close, () => {
    it('deletes a sheet with its records, and no balance changes', async () => {
      const { daemon, alice } = await people()
      const [record_id] = await written(daemon, alice, 1)
      const { closing } = await alice.says('client action view statement', {})
      await says(alice, open)
      await saysOf(alice, use, { sheet_id: 5 })
      expect(await saysOf(alice, close, { list_id: 2 })).toEqual({ failed: false, [sheet]: 2 })
      expect(await saysOf(alice, show, { record_id })).toMatchObject({ code: 'record_not_found' })
      expect(await saysOf(alice, use, { sheet_id: 2 })).toMatchObject({ code: 'sheet_not_found' })
      expect((await alice.says('client action view statement', {})).closing).toEqual(closing)
      expect(await says(alice, open)).toMatchObject({ [sheet]: 6 })
    })

    it('refuses the active one, of whichever wallet or clock', async () => {
      const { alice } = await people()
      const { ewallet_data } = await alice.says('client action new credit ewallet', {})
      const elsewhere = owner === 'clock' ? ewallet_data.clock : ewallet_data.transfer_sheet
      for (const list_id of [2, elsewhere]) {
        expect(await saysOf(alice, close, { list_id })).toMatchObject({ code: 'still_active' })
      }
    })

    it('refuses a sheet of somebody else, or of nobody', async () => {
      const { alice } = await people()
      for (const list_id of [1, 3, 99]) {
        expect(await saysOf(alice, close, { list_id })).toMatchObject({ code: 'sheet_not_found' })
      }
    })
  })
})

describe('client action unlink time list', () => {
  it('refuses the sheet on which a timer is to end, until it ended there', async () => {
    const { daemon, alice } = await people()
    await alice.says('client action start clock_timer', {})
    await alice.says('client action new time list', {})
    await alice.says('client action switch time_sheet', { sheet_id: 5 })
    expect(await alice.says('client action unlink time list', { list_id: 2 })).toMatchObject({
      code: 'clock_in_use',
      details: { clock: 2 },
    })
    daemon.time.turn(MINUTE)
    expect(await alice.says('client action stop clock_timer', {})).toMatchObject({ record_data: { time_sheet: 2 } })
    expect(await alice.says('client action unlink time list', { list_id: 2 })).toMatchObject({ time_sheet: 2 })
  })
})

describe('client action view time records', () => {
  it('is in the order of the starts, whenever the records were made', async () => {
    const { daemon, alice } = await people()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(MINUTE)
    await alice.says('client action stop clock_timer', {})
    const records = [{ time_start: '2026-01-05T08:00:00Z', time_stop: '2026-01-05T08:10:00Z' }]
    await alice.says('client action import time_records', { records })
    const listed = await alice.says('client action view time records', {})
    expect(listed.records.map(({ id }) => id)).toEqual([1, 2])
    const early = await alice.says('client action view time records', { to: '05-01-2026 09:00:00' })
    expect(early.records.map(({ id }) => id)).toEqual([2])
  })
})

describe('client action view transfer list', () => {
  it('shows the newest 1,000; the rest are listed page by page', async () => {
    const { alice } = await people()
    for (let n = 0; n < 1_001; n += 1) await alice.says('client action supply credits', { credits: 1 })
    const { sheet_data } = await alice.says('client action view transfer list')
    const ids = Object.keys(sheet_data.records).map(Number)
    expect(ids).toHaveLength(1_000)
    const all = await alice.says('client action view transfer records', { limit: 1_000 })
    expect(all.records.map(({ id }) => id)).toEqual(ids.toReversed())
    const rest = await alice.says('client action view transfer records', { cursor: all.cursor ?? '' })
    expect(rest.records).toHaveLength(1)
    expect(rest.cursor).toBeNull()
  })

  it('shows 50 records a page where no limit is named', async () => {
    const { alice } = await people()
    for (let n = 0; n < 51; n += 1) await alice.says('client action supply credits', { credits: 1 })
    const { records, cursor } = await alice.says('client action view transfer records', {})
    expect(records).toHaveLength(50)
    expect(cursor).not.toBeNull()
  })
})

describe('record_data', () => {
  it('tells moments in RFC 3339 where that is asked for', async () => {
    const { daemon, alice } = await people()
    await alice.says('client action start clock_timer', {})
    daemon.time.turn(1_234)
    await alice.says('client action stop clock_timer', {})
    const { record_data } = await alice.says('client action view time record', { record_id: 1 }, { timestamps: 'iso' })
    expect(record_data).toMatchObject({
      time_start: new Date(NINE).toISOString(),
      time_stop: '2026-01-05T09:00:01.234Z',
      time_spent: 0.02,
    })
  })
})

describe('sheets', () => {
  it('refused all that they declare, somewhere above', () => {
    expectAllRefusalsSeen('sheets')
  })
})
