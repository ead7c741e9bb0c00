import { describe, expect, it } from 'vitest'
import { openPostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import { aHandTurnedClock } from '../harness.ts'
import { aDatabase, told, whyNoServer } from './database.ts'

const skipped = await whyNoServer()

/** The connections of one name to the server. */
async function connectionsOf(url: string, name: string): Promise<number> {
  const [row] = await told(url, 'SELECT count(*)::int AS open FROM pg_stat_activity WHERE application_name = $1', [
    name,
  ])
  return Number(row?.open)
}

describe.skipIf(skipped)('a daemon that listens to its neighbours', () => {
  it.each([
    ['while it begins to', false],
    ['once it does', true],
  ])('and ends %s leaves no connection behind', async (_, isListening) => {
    const url = await aDatabase()
    const name = `ends ${isListening}`
    const store = await openPostgresStore({
      url: `${url}&application_name=${encodeURIComponent(name)}`,
      connectionsMax: 4,
      timeoutMs: 10_000,
      time: aHandTurnedClock(),
      report: () => {},
    })
    await new Promise<void>((resolve) => {
      store.neighbours.listen(() => resolve())
      if (!isListening) resolve()
    })
    await store.close()
    // One that was being opened is there for a moment before it is ended.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await expect.poll(() => connectionsOf(url, name)).toBe(0)
  })
})
