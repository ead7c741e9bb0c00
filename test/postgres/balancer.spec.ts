import { randomUUID } from 'node:crypto'
import { type Client, ConnectionLost, connect, isRefusal, type SocketConstructor } from '@ewallet/protocol'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { aRunningDaemon, type RunningDaemon } from '../process.ts'
import { aBalancer, whyNoBalancer } from './balancer.ts'
import { aDatabase, told, whyNoServer } from './database.ts'
import { aGate, type Gate } from './gate.ts'
import { expectSound } from './sound.ts'

const missing = (await whyNoServer()) ?? whyNoBalancer()
/** Whether everything is tried that may go wrong, or as much as `npm test` has time for. */
const isLong = process.env.EWALLET_TEST_STORE === 'postgres'

const PASSWORD = 'correct-horse-1'
const SUPPLIED = 100_000
const LINES = 3
/** What a caller says again, under the same key, until it is told otherwise. */
const passing = ['store_unavailable', 'shutting_down', 'too_busy', 'server_full']

/** A daemon with the network before it and the one to the database. */
interface Post {
  daemon: RunningDaemon
  door: Gate
  store: Gate
  start(): Promise<RunningDaemon>
}

async function aPost(database: URL): Promise<Post> {
  const store = await aGate(Number(database.port))
  const behind = new URL(database)
  behind.port = String(store.port)
  const env = {
    EWALLET_STORE: behind.href,
    EWALLET_STORE_TIMEOUT_SECONDS: '2',
    EWALLET_TRUSTED_PROXIES: '127.0.0.1',
    EWALLET_LOG_LEVEL: 'silent',
  }
  const start = () => aRunningDaemon({ env })
  const daemon = await start()
  return { daemon, store, start, door: await aGate(Number(new URL(daemon.url).port)) }
}

interface Person {
  name: string
  email: string
  clientId: string
  sessionToken: string
}

/** A client that comes back by itself; `comebacks` counts how often any did. */
function aClient(url: string, comebacks: { count: number }, person?: Person): Promise<Client> {
  return connect(url, {
    WebSocket: WebSocket as unknown as SocketConstructor,
    timeoutMs: 3_000,
    reconnectMs: 60_000,
    onConnection: (state) => {
      if (state === 'back') comebacks.count += 1
    },
    ...(person && { clientId: person.clientId, sessionToken: person.sessionToken }),
  })
}

function granted<T extends object>(answer: T): Exclude<T, { failed: true }> {
  if (isRefusal(answer)) throw new Error(JSON.stringify(answer))
  return answer as Exclude<T, { failed: true }>
}

async function aPerson(url: string, name: string): Promise<Person> {
  const client = await aClient(url, { count: 0 })
  const { client_id } = granted(await client.say('client action request client_id', {}))
  client.identify(client_id)
  const { session_token } = granted(await client.say('client action request session_token', { client_id }))
  client.identify(client_id, session_token)
  const credentials = { user_email: `${name}@example.org`, user_pass: PASSWORD }
  granted(await client.say('client action new account', { user_name: name, ...credentials }))
  granted(await client.say('client action login', credentials))
  granted(await client.say('client action supply credits', { credits: SUPPLIED }))
  client.close()
  return { name, email: credentials.user_email, clientId: client_id, sessionToken: session_token }
}

/** What was sent under keys, and the record each was answered with. */
class Book {
  readonly records = new Map<string, number>()
  isOver = false

  /** Has somebody send credits one after the other, each said again under its key until it is answered. */
  async keepSending(client: Client, by: Person, transfer_to: string): Promise<void> {
    while (!this.isOver) {
      const idempotencyKey = `${by.name} ${randomUUID()}`
      this.records.set(idempotencyKey, await this.send(client, transfer_to, idempotencyKey))
    }
  }

  async send(client: Client, transfer_to: string, idempotencyKey: string): Promise<number> {
    for (;;) {
      try {
        const answer = await client.say(
          'client action transfer credits',
          { transfer_to, credits: 1 },
          { idempotencyKey },
        )
        if (!isRefusal(answer)) return answer.transfer_record
        if (!passing.includes(answer.code)) throw new Error(JSON.stringify(answer))
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
      }
      await pause(20)
    }
  }

  /** Waits until more was answered. */
  async goesOn(): Promise<void> {
    const { size } = this.records
    await vi.waitFor(() => expect(this.records.size).toBeGreaterThan(size + 15), { timeout: 30_000, interval: 20 })
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

type Fault = [what: string, happen: (posts: readonly [Post, Post, Post], goesOn: () => Promise<void>) => Promise<void>]

/** How long the balancer takes to find out that a daemon does not answer, in ms, where there is time to wait for it. */
const FOUND_OUT_MS = isLong ? 4_000 : 0

/** Lets something last until the others went on without what it is about. */
const lasting = (begin: (post: Post) => void, end: (post: Post) => void, place: 0 | 1 | 2): Fault[1] => {
  return async (posts, goesOn) => {
    begin(posts[place])
    await pause(FOUND_OUT_MS)
    await goesOn()
    end(posts[place])
  }
}

const short: Fault[] = [
  ['connections to a daemon break', async ([one]) => one.door.cut()],
  ['connections to the database break', async ([, two]) => two.store.cut()],
  [
    'a daemon is killed, and started again elsewhere',
    async ([one], goesOn) => {
      await one.daemon.stop('SIGKILL')
      await goesOn()
      one.daemon = await one.start()
      one.door.leadTo(Number(new URL(one.daemon.url).port))
    },
  ],
  [
    'a daemon stands still',
    lasting(
      ({ daemon }) => process.kill(daemon.pid, 'SIGSTOP'),
      ({ daemon }) => process.kill(daemon.pid, 'SIGCONT'),
      2,
    ),
  ],
]

const long: Fault[] = [
  ...short,
  ['callers have nothing more to say to a daemon', async ([, two]) => two.door.halfClose()],
  ['a daemon has nothing more to say to the database', async ([, , three]) => three.store.halfClose()],
  [
    'nothing gets to a daemon or away from it',
    lasting(
      ({ door }) => door.stall(),
      ({ door }) => door.pass(),
      0,
    ),
  ],
  [
    'nothing gets from a daemon to the database or back',
    lasting(
      ({ store }) => store.stall(),
      ({ store }) => store.pass(),
      1,
    ),
  ],
  [
    'daemons are stopped and started again, one after the other, as for an upgrade',
    async (posts, goesOn) => {
      for (const post of posts) {
        expect(await post.daemon.stop()).toBe(0)
        post.daemon = await post.start()
        post.door.leadTo(Number(new URL(post.daemon.url).port))
        await goesOn()
      }
    },
  ],
  [
    'nothing gets to the database at all',
    async (posts, goesOn) => {
      for (const { store } of posts) store.stall()
      await pause(3_000)
      for (const { store } of posts) store.pass()
      await goesOn()
    },
  ],
]

describe.skipIf(missing)('three daemons behind a load balancer', () => {
  it('lose nothing that was acknowledged, do nothing twice and tell each event once, in order, whatever breaks between them', async () => {
    const url = await aDatabase()
    const posts = (await Promise.all([1, 2, 3].map(() => aPost(new URL(url))))) as [Post, Post, Post]
    const balancer = await aBalancer(posts.map(({ door }) => door.port))
    const [ada, bob] = [await aPerson(balancer.url, 'ada'), await aPerson(balancer.url, 'bob')]
    const comebacks = { count: 0 }

    const listener = await aClient(balancer.url, comebacks, bob)
    const cursors: (number | null)[] = []
    granted(await listener.subscribe(0, ({ event, cursor }) => event === 'transfer.received' && cursors.push(cursor)))
    const book = new Book()
    const clients = await Promise.all(
      Array.from({ length: LINES * 2 }, (_, line) => aClient(balancer.url, comebacks, line % 2 ? ada : bob)),
    )
    const sending = Promise.all(
      clients.map((client, line) =>
        line % 2 ? book.keepSending(client, ada, bob.email) : book.keepSending(client, bob, ada.email),
      ),
    )
    const goesOn = () => Promise.race([book.goesOn(), sending.then(() => {})])
    await goesOn()
    for (const [, happen] of isLong ? long : short) {
      await happen(posts, goesOn)
      await goesOn()
    }
    book.isOver = true
    await sending

    const by = (name: string) => [...book.records.keys()].filter((key) => key.startsWith(`${name} `)).length
    const counted = { ada: by('ada'), bob: by('bob') }
    expect(comebacks.count).toBeGreaterThan(0)
    // What the database holds is what was answered: every key once, with its one record.
    const kept = await told(url, "SELECT key, (answer->>'transfer_record')::int AS record FROM answers")
    expect(new Map(kept.map(({ key, record }) => [key, record]))).toEqual(book.records)
    const total = counted.ada + counted.bob
    expect(await told(url, "SELECT count(*)::int FROM movements WHERE kind = 'transfer'")).toEqual([{ count: total }])
    await expectSound(url)
    const moved = counted.ada - counted.bob
    const held = await told(url, "SELECT amount::int FROM balances WHERE ledger ~ '^wallet' ORDER BY ledger")
    expect(held.map(({ amount }) => amount)).toEqual([SUPPLIED - moved, SUPPLIED + moved])
    // And every caller is told so.
    const [again] = clients as [Client]
    const [key = '', record] = [...book.records].find(([said]) => said.startsWith('bob ')) ?? []
    expect(await book.send(again, ada.email, key)).toBe(record)
    await vi.waitFor(() => expect(cursors).toHaveLength(counted.ada), { timeout: 30_000 })
    expect(cursors).toEqual(cursors.toSorted((a, b) => Number(a) - Number(b)))
    expect(new Set(cursors).size).toBe(counted.ada)
    for (const client of [listener, ...clients]) client.close()
  }, 240_000)
})
