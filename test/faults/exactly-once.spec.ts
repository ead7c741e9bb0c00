import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../packages/server/src/store/store.ts'
import { aDaemon, type Client, PASSWORD, type TestDaemon } from '../harness.ts'
import { aFolder, open } from './folder.ts'

const KEY = { idempotency_key: 'once' }
const REFUSED = { idempotency_key: 'refused' }

/** What an acknowledged payment and a remembered refusal were answered, and what Bob heard by then. */
async function aHistory(store: Store) {
  const daemon = await aDaemon({ store })
  const ada = await daemon.has('ada@example.org', { credits: 100 })
  const bob = await daemon.has('bob@example.org')
  const pays = (credits: number, header: object) =>
    ada.says('client action pay', { pay: 'bob@example.org', credits }, header)
  const first = { paid: await pays(30, KEY), refused: await pays(500, REFUSED) }
  expect(first.paid.failed).toBe(false)
  expect(first.refused).toMatchObject({ code: 'insufficient_credits' })
  await pays(1, {})
  await pays(2, {})
  const events = await bob.says('client action view events')
  expect(events.events).toHaveLength(3 + 1)
  return { daemon, first, events }
}

/** The same person at a daemon upon a store that was opened again. */
async function again(daemon: TestDaemon, name: string): Promise<Client> {
  const person = await daemon.client()
  await person.says('client action login', { user_email: `${name}@example.org`, user_pass: PASSWORD })
  return person
}

const ways: [string, (folder: string, store: Store) => Promise<string>][] = [
  ['kill -9', async (folder) => folder],
  [
    'a checkpoint and a restart',
    async (folder, store) => {
      await store.close()
      return folder
    },
  ],
  [
    'a backup',
    async (folder, store) => {
      const path = join(dirname(folder), 'copy')
      expect(await store.disk?.backup(path, () => {})).toMatchObject({ path })
      return path
    },
  ],
]

describe.each(ways)('over %s', (_, comes) => {
  it('a key gets its first answer again, a refusal too, and another request with it is a conflict', async () => {
    const folder = aFolder()
    const { store } = await open(folder)
    const { first } = await aHistory(store)
    const next = await open(await comes(folder, store))
    const daemon = await aDaemon({ store: next.store })
    const ada = await again(daemon, 'ada')
    await ada.says('client action supply credits', { credits: 1_000 })
    const pays = (credits: number, header: object) =>
      ada.says('client action pay', { pay: 'bob@example.org', credits }, header)
    expect(await pays(30, KEY)).toEqual(first.paid)
    expect(await pays(500, REFUSED)).toEqual(first.refused)
    expect(await pays(31, KEY)).toMatchObject({ code: 'idempotency_conflict' })
    expect((await ada.says('client action view credit ewallet')).ewallet_data.credits).toBe(1_067)
  })

  it('events go on behind the last cursor, each once and in order', async () => {
    const folder = aFolder()
    const { store } = await open(folder)
    const { events: before } = await aHistory(store)
    const next = await open(await comes(folder, store))
    const daemon = await aDaemon({ store: next.store })
    const bob = await again(daemon, 'bob')
    const ada = await again(daemon, 'ada')
    await ada.says('client action pay', { pay: 'bob@example.org', credits: 4 })
    const all = await bob.says('client action view events')
    expect(all.events.slice(0, before.events.length)).toEqual(before.events)
    expect(all.events.map(({ cursor }) => cursor)).toEqual(all.events.map((_, place) => place + 1))
    const last = before.events.at(-1)?.cursor as number
    const since = await bob.says('client action view events', { from: last })
    expect(since.events.map(({ event }) => event)).toEqual(['account.login', 'payment.received'])
    expect(since.events).toEqual(all.events.slice(before.events.length))
  })
})
