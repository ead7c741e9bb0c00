import type { PoolClient } from 'pg'
import type { TableName } from '../store.ts'
import { sequenceOf } from './migrations/migrations.ts'
import type { Ids } from './overlay.ts'

/** Ids that are nobody's: what is tried takes them, so that only what is kept uses up real ones. */
const TRIED_FROM = 2 ** 52

/** How many ids of each table something takes. */
export type Needs = Map<TableName, number>

const drawing = {
  name: 'draw ids',
  text: `SELECT k.place, nextval(k.name::regclass) FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(name, wanted, place),
    generate_series(1, k.wanted)`,
}
const looking = {
  name: 'look at ids',
  text: `SELECT coalesce(pg_sequence_last_value(k.name::regclass), 0) FROM unnest($1::text[]) WITH ORDINALITY AS k(name, place)
    ORDER BY k.place`,
}

function stepOf(table: TableName): number {
  return table === 'entries' ? 2 : 1
}

function nextAfter(table: TableName, drawn: number): number {
  return drawn === 0 ? 1 : drawn + stepOf(table)
}

/** Ids for what is only tried, and how many were taken of each table. */
export function triedIds(): { ids: Ids; needs: Needs } {
  const needs: Needs = new Map()
  let last = TRIED_FROM
  return {
    needs,
    ids(table) {
      needs.set(table, (needs.get(table) ?? 0) + 1)
      last += 1
      return last
    },
  }
}

/** The ids of one transaction of the database: drawn after it began, so that they follow those of all it sees. */
export class DrawnIds {
  private readonly connection: PoolClient
  private readonly stock = new Map<TableName, number[]>()

  constructor(connection: PoolClient) {
    this.connection = connection
  }

  /** Draws what is needed beyond what is left. */
  async draw(needs: Needs): Promise<void> {
    const missing = [...needs]
      .map(([table, wanted]) => ({ table, wanted: wanted - (this.stock.get(table)?.length ?? 0) }))
      .filter(({ wanted }) => wanted > 0)
    if (missing.length === 0) return
    const { rows } = await this.connection.query<[number, number]>({
      ...drawing,
      rowMode: 'array',
      values: [
        `{${missing.map(({ table }) => sequenceOf(table)).join()}}`,
        `{${missing.map(({ table, wanted }) => Math.ceil(wanted / stepOf(table))).join()}}`,
      ],
    })
    for (const [place, id] of rows) {
      const table = missing[place - 1]?.table
      // Of entries only every other is drawn: both of a posting go together.
      if (table) this.stockOf(table).push(...(table === 'entries' ? [id, id + 1] : [id]))
    }
  }

  /** Gives out ids, and takes back those of what was dropped. */
  giving(): { ids: Ids; takeBack: () => void } {
    const given: [TableName, number][] = []
    return {
      ids: async (table) => {
        if (this.stockOf(table).length === 0) await this.draw(new Map([[table, 1]]))
        const id = this.stockOf(table).shift()
        if (id === undefined) throw new Error(`No id was to be had for ${table}.`)
        given.push([table, id])
        return id
      },
      takeBack: () => {
        for (const [table, id] of given.reverse()) this.stockOf(table).unshift(id)
      },
    }
  }

  /** The ids that would be given out next, none of which is. */
  async guessing(needs: Needs): Promise<Ids> {
    const tables = [...needs.keys()]
    const { rows } = await this.connection.query<[number]>({
      ...looking,
      rowMode: 'array',
      values: [`{${tables.map(sequenceOf).join()}}`],
    })
    const next = new Map(
      tables.map((table, place) => [table, this.stock.get(table)?.[0] ?? nextAfter(table, rows[place]?.[0] ?? 0)]),
    )
    return (table) => {
      const id = next.get(table) ?? TRIED_FROM
      next.set(table, id + 1)
      return id
    }
  }

  private stockOf(table: TableName): number[] {
    let ids = this.stock.get(table)
    if (!ids) {
      ids = []
      this.stock.set(table, ids)
    }
    return ids
  }
}
