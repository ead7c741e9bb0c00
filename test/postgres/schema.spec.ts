import { describe, expect, it } from 'vitest'
import { sqlTableOf, sqlTypes } from '../../packages/server/src/store/postgres/columns.ts'
import { openPostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import { shapes, tableNames } from '../../packages/server/src/store/store.ts'
import { aDaemon, aHandTurnedClock } from '../harness.ts'
import { aDatabase, aPostgresStore, told, whyNoServer } from './database.ts'

const missing = await whyNoServer()

const options = { connectionsMax: 4, timeoutMs: 10_000, time: aHandTurnedClock(), report: () => {} }

describe.skipIf(missing)('the tables in PostgreSQL', () => {
  it('hold a column for every field, of the type it is written as', async () => {
    const url = await aDatabase()
    await aPostgresStore(aHandTurnedClock(), url)
    const found = await told(
      url,
      'SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()',
    )
    for (const table of tableNames) {
      const { name, columns } = sqlTableOf(table)
      const there = found
        .filter((column) => column.table_name === name)
        .map((column) => `${column.column_name} ${column.data_type}`)
      expect(there.sort()).toEqual(
        columns.map((column) => `${column.name.replaceAll('"', '')} ${sqlTypes[column.kind]}`).sort(),
      )
    }
  })

  it('have an index for every declared one', async () => {
    const url = await aDatabase()
    await aPostgresStore(aHandTurnedClock(), url)
    const found = await told(url, 'SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()')
    const definitions = found.map(({ indexdef }) => String(indexdef).replaceAll('"', ''))
    for (const table of tableNames) {
      const { unique, ordered } = shapes[table] as {
        unique: Record<string, readonly string[]>
        ordered: Record<string, { of: readonly string[]; by: string }>
      }
      const { name } = sqlTableOf(table)
      const has = (columns: readonly string[], isUnique: boolean) => {
        const snake = columns.map((field) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
        const wanted = `.${name} USING btree (${snake.join(', ')})`
        return definitions.some((each) => each.includes(wanted) && (!isUnique || each.includes('UNIQUE')))
      }
      for (const fields of Object.values(unique))
        expect([table, fields, has(fields, true)]).toEqual([table, fields, true])
      for (const { of, by } of Object.values(ordered)) {
        const columns = by === 'id' ? [...of, 'id'] : [...of, by, 'id']
        expect([table, columns, has(columns, false)]).toEqual([table, columns, true])
      }
    }
  })

  it.each([
    ['a wallet below zero', "UPDATE balances SET amount = -1 WHERE ledger = 'wallet:2'", 'balances_check'],
    ['two accounts of one email', "UPDATE accounts SET email_key = 'alice@example.org' WHERE id = 3", 'accounts_email'],
    ['two accounts of one name', "UPDATE accounts SET name_key = 'alice' WHERE id = 3", 'accounts_name'],
    [
      'an email that is not in lower case',
      "UPDATE accounts SET email_key = 'Bob@example.org' WHERE id = 3",
      'email_key',
    ],
    ['a wallet of nobody', 'UPDATE wallets SET account = 99 WHERE id = 2', 'wallets_account_fkey'],
    ['a record on no sheet', 'UPDATE transfer_records SET sheet = 99', 'transfer_records_sheet_fkey'],
    ['a changed entry', 'UPDATE entries SET amount = amount + 1', 'The ledger is only added to'],
    ['a removed entry', 'DELETE FROM entries', 'The ledger is only added to'],
    ['an emptied ledger', 'TRUNCATE entries', 'The ledger is only added to'],
    ['a changed posting', 'UPDATE postings SET amount = amount + 1', 'The ledger is only added to'],
    ['a refund of more than there was', 'UPDATE movements SET refunded = credits + 1', 'movements_check'],
    [
      'a second event under one cursor',
      'INSERT INTO events SELECT 99, account, cursor, event, at, data FROM events',
      'events_',
    ],
  ])('refuse %s, whoever asks', async (_, sql, why) => {
    const url = await aDatabase()
    const time = aHandTurnedClock()
    const daemon = await aDaemon({ time, store: await aPostgresStore(time, url) })
    await daemon.has('alice@example.org', { credits: 10 })
    await daemon.has('bob@example.org')
    await expect(told(url, sql)).rejects.toThrow(why)
  })

  it('are made once, though several daemons start together', async () => {
    const url = await aDatabase()
    const sentences: string[] = []
    const report = (sentence: string) => void sentences.push(sentence)
    const stores = await Promise.all([1, 2, 3].map(() => openPostgresStore({ ...options, url, report })))
    await Promise.all(stores.map((store) => store.close()))
    expect(sentences).toEqual(['The database was brought up to date: 0001-tables, 0002-free-records.'])
  })

  it('of an older ewallet are brought up to date when a newer one starts, and hold what they held', async () => {
    const url = await aDatabase()
    const time = aHandTurnedClock()
    const daemon = await aDaemon({ time, store: await aPostgresStore(time, url) })
    const ada = await daemon.has('ada@example.org', { credits: 10 })
    await told(
      url,
      `ALTER TABLE transfer_records ADD CONSTRAINT transfer_records_movement_fkey FOREIGN KEY (movement) REFERENCES movements;
        DELETE FROM migrations WHERE name <> '0001-tables'`,
    )
    const sentences: string[] = []
    const newer = await openPostgresStore({ ...options, url, report: (sentence) => void sentences.push(sentence) })
    await newer.close()
    expect(sentences).toEqual(['The database was brought up to date: 0002-free-records.'])
    expect(await ada.says('client action view credit ewallet')).toMatchObject({ ewallet_data: { credits: 10 } })
  })

  it('of a newer ewallet are left alone', async () => {
    const url = await aDatabase()
    await aPostgresStore(aHandTurnedClock(), url)
    await told(url, "INSERT INTO migrations VALUES ('9999-from-the-future', now())")
    await expect(openPostgresStore({ ...options, url })).rejects.toThrow(
      'The database was written by a newer ewallet (9999-from-the-future); install that one.',
    )
  })
})

describe.skipIf(missing)('a text in PostgreSQL', () => {
  it.each(['a\u0000b', '\uE000', '\uE0000\uE0001', '"quoted", \\back\\slashed {braced}', 'NULL', '', '😀 čšž\n\t'])(
    'comes back as it was: %j',
    async (text) => {
      const store = await aPostgresStore(aHandTurnedClock())
      const report = { at: 1, source: null, contact: text, name: text, details: text, log: null }
      const { id } = await store.transaction(async (tx) => tx.issueReports.add(report))
      expect(await store.transaction(async (tx) => tx.issueReports.get(id))).toEqual({ id, ...report })
    },
  )
})
