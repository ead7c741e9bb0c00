import { describe, expect, it } from 'vitest'
import { openPostgresStore, type PostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
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

/** A store whose connections go by a name. */
async function aNamedStore(url: string, name: string): Promise<PostgresStore> {
  return openPostgresStore({
    url: `${url}&application_name=${encodeURIComponent(name)}`,
    connectionsMax: 4,
    timeoutMs: 10_000,
    time: aHandTurnedClock(),
    report: () => {},
  })
}

describe.skipIf(skipped)('a daemon that listens to its neighbours', () => {
  it.each([
    ['while it begins to', false],
    ['once it does', true],
  ])('and ends %s leaves no connection behind', async (_, isListening) => {
    const url = await aDatabase()
    const name = `ends ${isListening}`
    const store = await aNamedStore(url, name)
    await new Promise<void>((resolve) => {
      store.neighbours.listen(() => resolve())
      if (!isListening) resolve()
    })
    await store.close()
    // One that was being opened is there for a moment before it is ended.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await expect.poll(() => connectionsOf(url, name)).toBe(0)
  })

  it('and is opened anew on its store listens on the connection it has, and looks at what it may have missed', async () => {
    const url = await aDatabase()
    const store = await aNamedStore(url, 'listens anew')
    const heard: [string, number | undefined][] = []
    for (const who of ['first', 'second']) {
      await new Promise<void>((resolve) => {
        store.neighbours.listen((account) => {
          heard.push([who, account])
          resolve()
        })
      })
    }
    const neighbour = await aNamedStore(url, 'neighbour')
    neighbour.neighbours.tell(7)
    await expect
      .poll(() => heard)
      .toEqual([
        ['first', undefined],
        ['second', undefined],
        ['second', 7],
      ])
    await neighbour.close()
    await store.close()
    await expect.poll(() => connectionsOf(url, 'listens anew')).toBe(0)
  })
})
