import { type Awaitable, after, type Table, type TableName, type Tables } from '../store/store.ts'

/** A row that must be there: its id came from another row. */
export function theRow<T extends TableName>(table: Table<T>, id: number): Awaitable<Tables[T]> {
  return after(table.get(id), (row) => {
    if (!row) throw new Error(`There is no row ${id} where one must be.`)
    return row
  })
}

/** A row of an account's own; another's is answered exactly like one that does not exist (decisions.md, Accounts). */
export async function ownRow<T extends TableName>(
  table: Table<T>,
  id: number,
  account: number,
): Promise<Tables[T] | undefined> {
  const row = await table.get(id)
  return row && (row as { account?: number }).account === account ? row : undefined
}
