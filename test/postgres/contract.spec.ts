import { describe } from 'vitest'
import { openPostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import type { HandTurned } from '../harness.ts'
import { describeStore, type OpenedStore } from '../store/contract.ts'
import { anEmptySchema, whyNoServer } from './database.ts'

const missing = await whyNoServer()

async function opened(time: HandTurned, schema: { url: string; drop: () => Promise<void> }): Promise<OpenedStore> {
  const settings = { url: schema.url, connectionsMax: 4, timeoutMs: 10_000, time, report: () => {} }
  const store = await openPostgresStore(settings)
  return {
    store,
    async reopen() {
      await store.close()
      return opened(time, schema)
    },
    async remove() {
      await store.close()
      await schema.drop()
    },
  }
}

describe.skipIf(missing)('in a database', () => {
  describeStore('PostgreSQL', async (time) => opened(time, await anEmptySchema()))
})
