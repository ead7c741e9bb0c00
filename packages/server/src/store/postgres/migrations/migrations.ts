import { tableNames } from '../../store.ts'
import { sqlName } from '../columns.ts'
import { ledger, shared, tables } from './0001-tables.ts'
import { freeRecords } from './0002-free-records.ts'

/** The name of the sequence that a table's ids come from. */
export function sequenceOf(table: string): string {
  return `${sqlName(table)}_ids`
}

const sequences = tableNames
  .map((table) => `CREATE SEQUENCE ${sequenceOf(table)} INCREMENT ${table === 'entries' ? 2 : 1};`)
  .join('\n')

/** Every change to the database's form, in order; what was released is never edited, only followed by another. */
export const migrations: readonly { name: string; sql: string }[] = [
  { name: '0001-tables', sql: `${tables}\n${ledger}\n${shared}\n${sequences}` },
  { name: '0002-free-records', sql: freeRecords },
]
