import { isDeepStrictEqual } from 'node:util'
import { CannotOpen } from '../lowdb/cannot-open.ts'
import { openLowdbStore } from '../lowdb/lowdb-store.ts'
import { Connections } from '../postgres/connections.ts'
import { migrate } from '../postgres/migrate.ts'
import { parentsFirst } from '../postgres/writing.ts'
import type { TableName } from '../store.ts'
import { LowdbSide } from './lowdb-side.ts'
import { PostgresSide } from './postgres-side.ts'
import type { Side } from './side.ts'

/** How many ids are looked at together; even, for entries come in pairs. */
const PAGE = 1_000

/** Where a store is: a data folder, or a database. */
export type Place =
  | { folder: string; checkpointBytes: number }
  | { url: string; connectionsMax: number; timeoutMs: number }

/** What was moved and found to be the same on both sides. */
export interface Moved {
  rows: number
  entries: number
  balances: number
}

/** Why a store cannot be moved; the message is for people. */
class CannotMove extends CannotOpen {
  override name = 'CannotMove'
}

/**
 * Moves a store that no daemon uses into an empty one: the same ids, rows, balances and ledger, compared at the end. Where it was
 * broken off, it goes on. Throws CannotOpen with a sentence for people; then the store it comes from is as it was.
 */
export async function relocate(from: Place, to: Place, progress: (done: number, of: number) => void): Promise<Moved> {
  const source = await sideOf(from)
  try {
    if (await source.isMarked()) throw new CannotMove('What is to be moved is itself only half moved: end that first.')
    const target = await sideOf(to)
    try {
      if (!(await target.isMarked()) && (await target.reached('accounts')) > 0) {
        throw new CannotMove('There is a store already where it is to be moved to. Nothing was changed.')
      }
      await target.mark(true)
      return await move(source, target, progress)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function sideOf(place: Place): Promise<Side> {
  if ('url' in place) {
    const connections = new Connections(place)
    await migrate(connections, { isMove: true })
    return new PostgresSide(connections)
  }
  const { folder, checkpointBytes } = place
  // What is moved keeps its own moments; this machine's is not asked.
  const time = { now: () => 0 }
  return new LowdbSide(await openLowdbStore({ folder, time, checkpointBytes, report: () => {} }), folder)
}

async function move(source: Side, target: Side, progress: (done: number, of: number) => void): Promise<Moved> {
  const now = await source.now()
  const next = new Map<TableName, number>()
  for (const table of parentsFirst) next.set(table, await source.next(table))
  const all = [...next.values()].reduce((sum, id) => sum + id - 1, 0) * 2
  let done = 0
  const pages = async (
    from: (table: TableName) => Promise<number>,
    each: (table: TableName, after: number) => Promise<void>,
  ) => {
    for (const [table, end] of next) {
      const start = await from(table)
      done += start
      for (let after = start; after < end - 1; after += PAGE) {
        await each(table, after)
        done += Math.min(PAGE, end - 1 - after)
        progress(done, all)
      }
    }
  }
  await pages(
    (table) => target.reached(table),
    async (table, after) => {
      const rows = await source.rows(table, after, after + PAGE)
      const said = table === 'entries' ? await source.said(after, after + PAGE) : new Map()
      if (rows.length > 0) await target.add(table, rows, said, now)
    },
  )
  await target.end(next, now)

  const held = new Map<string, number>()
  const moved: Moved = { rows: 0, entries: 0, balances: 0 }
  await pages(
    () => Promise.resolve(0),
    async (table, after) => {
      const [one, other] = [
        await source.rows(table, after, after + PAGE),
        await target.rows(table, after, after + PAGE),
      ]
      const place = one.findIndex((row, index) => !isDeepStrictEqual({ ...row }, { ...other[index] }))
      if (place >= 0 || one.length !== other.length) {
        const id = one[place]?.id ?? other[one.length]?.id
        throw differs(`row ${id} of ${table} is not the same on both sides`)
      }
      moved.rows += one.length
      if (table !== 'entries') return
      moved.entries += one.length
      for (const { ledger, unit, amount } of one) {
        const key = `${ledger} ${unit}`
        held.set(key, (held.get(key) ?? 0) + (amount as number))
      }
    },
  )
  for (const [key, sum] of held) {
    if ((await target.balance(key)) !== sum || (await source.balance(key)) !== sum) {
      throw differs(`${key} do not add up to the same on both sides`)
    }
  }
  for (const [table, id] of next) {
    if ((await target.next(table)) !== id) throw differs(`the next id of ${table} would not be ${id}`)
  }
  moved.balances = held.size
  await target.mark(false)
  return moved
}

function differs(what: string): CannotMove {
  return new CannotMove(
    `The move is not good: ${what}. Was a daemon at work? Stop it, empty what was moved into, and begin again.`,
  )
}
