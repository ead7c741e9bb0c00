import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LowSync } from 'lowdb'
import { JSONFileSync } from 'lowdb/node'
import { medianOf } from '../figures.ts'
import { aFolder } from '../process.ts'
import type { Figure, Section } from '../section.ts'

/** What one change costs where lowdb alone keeps one file, written whole, without fsync. */
export const plainLowdb: Section = {
  name: 'plain-lowdb',
  async measure({ rounds }) {
    const folder = aFolder('lowdb')
    return [1_000, 10_000, 100_000].map((rows): Figure => {
      const file = join(folder, `${rows}.json`)
      const row = (id: number) => ({ id, from: 1, to: 2, credits: 1, kind: 'transfer', at: 1_767_603_600_000 })
      writeFileSync(file, JSON.stringify({ rows: Array.from({ length: rows }, (_, id) => row(id)) }))
      const low = new LowSync(new JSONFileSync<{ rows: object[] }>(file), { rows: [] })
      low.read()
      const took = Array.from({ length: rounds * 2 }, (_, time) => {
        const from = performance.now()
        low.data.rows.push(row(rows + time))
        low.write()
        return performance.now() - from
      })
      return { what: `lowdb alone, one change at ${rows.toLocaleString('en')} rows`, value: medianOf(took), unit: 'ms' }
    })
  },
}
