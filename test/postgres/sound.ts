import { expect } from 'vitest'
import { told } from './database.ts'

/** What must hold whatever happened: every unit sums to nothing, nobody owes, and every balance is the sum of its entries. */
export async function expectSound(url: string): Promise<void> {
  const [sound] = await told(
    url,
    `SELECT (SELECT count(*)::int FROM (SELECT unit FROM balances GROUP BY unit HAVING sum(amount) <> 0) u) AS unbalanced,
      (SELECT count(*)::int FROM balances WHERE amount < 0 AND ledger ~ '^(wallet|clock)') AS owing,
      (SELECT count(*)::int FROM balances b WHERE amount <>
        (SELECT sum(e.amount) FROM entries e WHERE e.ledger = b.ledger AND e.unit = b.unit)) AS wrong`,
  )
  expect(sound).toEqual({ unbalanced: 0, owing: 0, wrong: 0 })
}
