import { randomUUID } from 'node:crypto'
import { chainOf, type Path } from '@ewallet/protocol'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import WebSocket from 'ws'
import { aDaemon, aHandTurnedClock } from '../harness.ts'
import { aRunningDaemon } from '../process.ts'
import { aPostgresStore, told } from './database.ts'
import { startServer } from './server.ts'
import { expectSound } from './sound.ts'

const server = await startServer().catch((error: Error) => {
  process.stderr.write(`skipped: PostgreSQL does not run here: ${error.message}\n`)
})
afterAll(() => server?.end())

const PASSWORD = 'correct-horse-1'

interface Answer {
  failed: boolean
  code?: string
  [field: string]: unknown
}

/** A caller over the real socket; `says` rejects once the connection is gone. */
async function aCaller(url: string, header: Record<string, string> = {}) {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  onTestFinished(() => socket.terminate())
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  let last = 0
  socket.on('message', (text) => {
    const { id, ...answer } = JSON.parse(String(text))
    waiting.get(id)?.resolve(answer.response ?? answer)
    waiting.delete(id)
  })
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('The connection is gone.'))
  })
  socket.on('error', () => {})
  const says = (path: Path, request: object = {}, more: object = {}) =>
    new Promise<Answer>((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) return reject(new Error('The connection is gone.'))
      last += 1
      waiting.set(last, { resolve, reject })
      const command_chain = chainOf(path, request as Record<string, unknown>)
      socket.send(JSON.stringify({ id: last, header: { ...header, ...more }, command_chain }))
    })
  return { says, header }
}

async function somebody(url: string, name: string, credits: number) {
  const caller = await aCaller(url)
  const { client_id } = await caller.says('client action request client_id')
  caller.header.client_id = String(client_id)
  const { session_token } = await caller.says('client action request session_token', { client_id })
  caller.header.session_token = String(session_token)
  const user_email = `${name}@example.org`
  await caller.says('client action new account', { user_name: name, user_email, user_pass: PASSWORD })
  await caller.says('client action login', { user_email, user_pass: PASSWORD })
  await caller.says('client action supply credits', { credits })
  return caller
}

async function anEmptyDatabase(url: string): Promise<string> {
  const schema = `t${randomUUID().replaceAll('-', '')}`
  await told(url, `CREATE SCHEMA ${schema}`)
  return `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`
}

describe.skipIf(!server)('on a database that fails', () => {
  it('a daemon that is killed takes nothing with it: what was acknowledged is there, once, on the other', async () => {
    const url = await anEmptyDatabase(server?.url ?? '')
    const env = { EWALLET_STORE: url, EWALLET_LOG_LEVEL: 'silent' }
    const [one, other] = [await aRunningDaemon({ env }), await aRunningDaemon({ env })]
    const ada = await somebody(one.url, 'ada', 10_000)
    const bob = await somebody(other.url, 'bob', 10_000)
    const there = await aCaller(other.url, ada.header)
    const kept = new Set<string>()
    const open = new Set<string>()
    let isOver = false
    const pays = async (caller: typeof ada, transfer_to: string) => {
      while (!isOver) {
        const idempotency_key = randomUUID()
        open.add(idempotency_key)
        const answer = await caller
          .says('client action transfer credits', { transfer_to, credits: 1 }, { idempotency_key })
          .catch(() => undefined)
        if (!answer) return
        if (!answer.failed) kept.add(idempotency_key)
        open.delete(idempotency_key)
      }
    }
    const paying = [ada, ada, ada, ada, there, there].map((caller) => pays(caller, 'bob@example.org'))
    paying.push(pays(bob, 'ada@example.org'), pays(bob, 'ada@example.org'))
    await vi.waitFor(() => expect(kept.size).toBeGreaterThan(60), { timeout: 40_000 })
    await one.stop('SIGKILL')
    const before = kept.size
    await vi.waitFor(() => expect(kept.size).toBeGreaterThan(before + 20), { timeout: 40_000 })
    isOver = true
    await Promise.all(paying)
    // Nobody knows what became of those that were open; the same key tells, and makes nothing twice.
    for (const idempotency_key of open) {
      const again = { transfer_to: 'bob@example.org', credits: 1 }
      expect(await there.says('client action transfer credits', again, { idempotency_key })).toMatchObject({
        failed: false,
      })
      kept.add(idempotency_key)
    }
    expect(await told(url, "SELECT count(*)::int FROM movements WHERE kind = 'transfer'")).toEqual([
      { count: kept.size },
    ])
    const answered = await told(url, 'SELECT key FROM answers')
    expect([...kept].filter((key) => !answered.some((row) => row.key === key))).toEqual([])
    await expectSound(url)
  }, 120_000)

  it('says store_unavailable while it is away, keeps nothing halfway, and finds it again without a restart', async () => {
    const url = await anEmptyDatabase(server?.url ?? '')
    const daemon = await aRunningDaemon({
      env: { EWALLET_STORE: url, EWALLET_STORE_TIMEOUT_SECONDS: '3', EWALLET_LOG_LEVEL: 'silent' },
    })
    const ada = await somebody(daemon.url, 'ada', 1_000)
    await somebody(daemon.url, 'bob', 1)
    let isOver = false
    let acknowledged = 0
    const codes = new Set<string | undefined>()
    const unknown = new Set<string>()
    const pay = (idempotency_key: string) =>
      ada.says('client action transfer credits', { transfer_to: 'bob@example.org', credits: 1 }, { idempotency_key })
    const paying = Promise.all(
      [1, 2, 3].map(async () => {
        while (!isOver) {
          const key = randomUUID()
          const answer = await pay(key)
          if (answer.failed) unknown.add(key)
          else acknowledged += 1
          codes.add(answer.code)
          if (answer.failed) await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }),
    )
    await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(20), { timeout: 40_000 })
    await server?.kill()
    await vi.waitFor(() => expect(codes).toContain('store_unavailable'), { timeout: 40_000 })
    await server?.start()
    const before = acknowledged
    await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(before + 20), { timeout: 60_000 })
    isOver = true
    await paying
    expect([...codes].sort()).toEqual(['store_unavailable', undefined])
    for (const key of unknown) expect(await pay(key)).toMatchObject({ failed: false })
    expect(await told(url, "SELECT count(*)::int FROM movements WHERE kind = 'transfer'")).toEqual([
      { count: acknowledged + unknown.size },
    ])
    await expectSound(url)
  }, 120_000)

  it('whose disk is full refuses what writes, goes on with what reads, and with all once there is room', async () => {
    const url = await anEmptyDatabase(server?.url ?? '')
    const time = aHandTurnedClock()
    const daemon = await aDaemon({ time, store: await aPostgresStore(time, url) })
    const ada = await daemon.has('ada@example.org', { credits: 10 })
    await daemon.has('bob@example.org')
    const pays = () =>
      ada.says('client action pay', { pay: 'bob@example.org', credits: 3 }, { idempotency_key: 'once' })
    await told(
      url,
      `CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON entries FOR EACH STATEMENT EXECUTE FUNCTION fill()`,
    )
    expect(await pays()).toMatchObject({ code: 'store_unavailable' })
    expect(await ada.says('client action view credit ewallet')).toMatchObject({ ewallet_data: { credits: 10 } })
    await told(url, 'DROP TRIGGER full_disk ON entries')
    expect(await pays()).toMatchObject({ failed: false, ewallet_credits: 7 })
    await expectSound(url)
  })

  it('gives up neither transaction of two that are in each other’s way', async () => {
    const url = await anEmptyDatabase(server?.url ?? '')
    const time = aHandTurnedClock()
    const stores = [await aPostgresStore(time, url), await aPostgresStore(time, url), await aPostgresStore(time, url)]
    await aDaemon({ time, store: stores[0] as (typeof stores)[number] })
    const add = { at: 0, source: null, contact: null, name: 'count', details: '0', log: null }
    const [store] = stores
    const row = await store?.transaction(async (tx) => tx.issueReports.add(add))
    await Promise.all(
      Array.from({ length: 90 }, (_, n) =>
        stores[n % 3]?.transaction(async (tx) => {
          const now = await tx.issueReports.get(row?.id ?? 0)
          if (now) await tx.issueReports.put({ ...now, details: String(Number(now.details) + 1) })
        }),
      ),
    )
    expect(await store?.transaction(async (tx) => tx.issueReports.get(row?.id ?? 0))).toMatchObject({ details: '90' })
  })
})
