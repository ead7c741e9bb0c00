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

/** Ids for what is only tried, and how many of each table were taken at once at the most. */
export function triedIds(): { ids: Ids; needs: Needs } {
  const needs: Needs = new Map()
  const taken: Needs = new Map()
  let last = TRIED_FROM
  return {
    needs,
    ids: {
      next(table) {
        const count = (taken.get(table) ?? 0) + 1
        taken.set(table, count)
        needs.set(table, Math.max(needs.get(table) ?? 0, count))
        last += 1
        return last
      },
      takeBack: () => taken.clear(),
    },
  }
}

/**
 * The ids a daemon has drawn. They follow those of all that a transaction sees: drawn after it began, or left over from the one
 * before where nobody has drawn any since.
 */
export class DrawnIds {
  private readonly stock = new Map<TableName, number[]>()
  private readonly last = new Map<TableName, number>()
  /** How many were given out in this transaction, and in the one before where it had much to do. */
  private used: Needs = new Map()
  private expected: Needs = new Map()

  /** Begins with a transaction: what is left over stays where nobody has drawn any since, and what is likely to be needed is drawn. */
  async begin(connection: PoolClient): Promise<void> {
    const tables = [...this.stock.keys()]
    const seen = new Map(this.last)
    const looked =
      tables.length > 0
        ? connection.query<[number]>({ ...looking, rowMode: 'array', values: [namesOf(tables)] })
        : undefined
    const drawn = this.expected.size > 0 ? this.draw(connection, this.expected) : undefined
    const [result] = await Promise.all([looked, drawn])
    for (const [place, table] of tables.entries()) {
      const last = seen.get(table) ?? 0
      if (result?.rows[place]?.[0] === last) continue
      const newer = this.stockOf(table).filter((id) => id > last + stepOf(table) - 1)
      this.stock.set(table, newer)
    }
  }

  /** Ends with a transaction that was kept; what it took tells what the next one will, where that is likely to be like it. */
  end({ isBusy }: { isBusy: boolean }): void {
    this.expected = isBusy ? this.used : new Map()
    this.used = new Map()
  }

  /** Forgets what was drawn, where nobody knows what became of it. */
  forget(): void {
    this.stock.clear()
    this.used = new Map()
  }

  /** Draws what is needed beyond what is left, and with it what is likely to be needed soon. */
  async draw(connection: PoolClient, needs: Needs): Promise<void> {
    const left = (table: TableName) => this.stock.get(table)?.length ?? 0
    if ([...needs].every(([table, wanted]) => wanted <= left(table))) return
    const wishes: Needs = new Map(needs)
    for (const [table, expected] of this.expected) {
      const rest = expected - (this.used.get(table) ?? 0)
      wishes.set(table, Math.max(wishes.get(table) ?? 0, rest))
    }
    const missing = [...wishes].map(([table, wanted]) => ({ table, wanted: wanted - left(table) })).filter(isWanted)
    const { rows } = await connection.query<[number, number]>({
      ...drawing,
      rowMode: 'array',
      values: [
        namesOf(missing.map(({ table }) => table)),
        `{${missing.map(({ table, wanted }) => Math.ceil(wanted / stepOf(table))).join()}}`,
      ],
    })
    for (const [place, id] of rows) {
      const table = missing[place - 1]?.table
      if (!table) continue
      // Of entries only every other is drawn: both of a posting go together.
      this.stockOf(table).push(...(table === 'entries' ? [id, id + 1] : [id]))
      this.last.set(table, id)
    }
  }

  /** Gives out ids, and takes back those of what was dropped. */
  giving(connection: PoolClient): Ids {
    const given: [TableName, number][] = []
    const give = (table: TableName) => {
      const id = this.stockOf(table).shift()
      if (id === undefined) throw new Error(`No id was to be had for ${table}.`)
      given.push([table, id])
      this.used.set(table, (this.used.get(table) ?? 0) + 1)
      return id
    }
    return {
      next: (table) => {
        if (this.stockOf(table).length > 0) return give(table)
        // As many again as were used up, so that this does not come often.
        return this.draw(connection, new Map([...this.used, [table, Math.max(1, this.used.get(table) ?? 0)]])).then(
          () => give(table),
        )
      },
      takeBack: () => {
        for (const [table, id] of given.splice(0).reverse()) {
          this.stockOf(table).unshift(id)
          this.used.set(table, (this.used.get(table) ?? 0) - 1)
        }
      },
    }
  }

  /** The ids that would be given out next, none of which is. */
  async guessing(connection: PoolClient, needs: Needs): Promise<Ids> {
    const tables = [...needs.keys()]
    const { rows } = await connection.query<[number]>({ ...looking, rowMode: 'array', values: [namesOf(tables)] })
    const next = new Map(
      tables.map((table, place) => [table, this.stock.get(table)?.[0] ?? nextAfter(table, rows[place]?.[0] ?? 0)]),
    )
    const given = new Map(next)
    return {
      next(table) {
        const id = given.get(table) ?? TRIED_FROM
        given.set(table, id + 1)
        return id
      },
      takeBack() {
        for (const [table, id] of next) given.set(table, id)
      },
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

function isWanted({ wanted }: { wanted: number }): boolean {
  return wanted > 0
}

function namesOf(tables: readonly TableName[]): string {
  return `{${tables.map(sequenceOf).join()}}`
}
