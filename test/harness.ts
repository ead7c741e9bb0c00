import { randomBytes } from 'node:crypto'
import {
  chainOf,
  commonRefusals,
  declarationOf,
  groups,
  type Header,
  type Path,
  type Refusal,
  type Request,
  type Response,
} from '@ewallet/protocol'
import { expect, onTestFinished } from 'vitest'
import { type Config, defaults } from '../packages/server/src/config.ts'
import { type House, openHouse } from '../packages/server/src/daemon.ts'
import type { Connection, Sockets } from '../packages/server/src/handler.ts'
import { Metrics } from '../packages/server/src/metrics/metrics.ts'
import { MemoryStore } from '../packages/server/src/store/memory/memory-store.ts'
import type { Store } from '../packages/server/src/store/store.ts'

/** 2026-01-05, a Monday, nine o'clock UTC. */
export const NINE = Date.UTC(2026, 0, 5, 9)

/** A clock that goes on only when turned. */
export interface HandTurned {
  now(): number
  turn(ms: number): void
  turnTo(at: number): void
}

export function aHandTurnedClock(at = NINE): HandTurned {
  return {
    now: () => at,
    turn(ms) {
      at += ms
    },
    turnTo(moment) {
      at = moment
    },
  }
}

/** What every test person's password is. */
export const PASSWORD = 'correct-horse-1'

/** Every declared refusal that was seen in this file's tests, as `path code`. */
export const seenRefusals = new Set<string>()

/** Fails unless each refusal that a noun's instructions declare was seen in this file's tests; what any may answer is seen elsewhere. */
export function expectAllRefusalsSeen(noun: keyof typeof groups): void {
  const declared = (Object.keys(groups[noun]) as Path[]).flatMap((path) =>
    declarationOf(path).refusals.map((code) => `${path} ${code}`),
  )
  expect(declared.filter((refusal) => !seenRefusals.has(refusal))).toEqual([])
}

/** Fails unless an answer is the declared response, or a declared refusal, to the letter. */
export function checkAnswer(path: Path, answer: Record<string, unknown>): void {
  const { response, refusals } = declarationOf(path)
  if (answer.failed === true) {
    const { code } = answer as unknown as Refusal
    seenRefusals.add(`${path} ${code}`)
    const known: readonly string[] = [...refusals, ...commonRefusals]
    if (!known.includes(code)) throw new Error(`${path} answered ${code}, which it does not declare.`)
    const extra = Object.keys(answer).filter((key) => !['failed', 'code', 'error', 'warning', 'details'].includes(key))
    if (extra.length > 0) throw new Error(`${path} refused with ${extra.join(', ')} beside what a refusal has.`)
    return
  }
  const { failed, ...rest } = answer
  if (failed !== false) throw new Error(`${path} answered without failed: false.`)
  const fits = response.safeParse(rest)
  if (!fits.success) {
    throw new Error(
      `${path} answered what it does not declare: ${JSON.stringify(fits.error.issues)} in ${JSON.stringify(rest)}`,
    )
  }
}

/** What a success and a refusal look like to a test: any key may be looked at. */
export type Said<P extends Path> = { failed: false } & Response<P> &
  Partial<Pick<Refusal, 'code' | 'error' | 'details'>>

/** A client of the daemon in this process, with its own connection, client id and session. */
export interface Client {
  readonly header: Header
  readonly connection: Connection
  /** The event frames pushed so far. */
  readonly heard: { event: string; cursor: number | null; account: string; data: Record<string, unknown> }[]
  /** Says an instruction; the answer is checked against its declaration. */
  says<P extends Path>(path: P, request?: Request<P>, header?: Header): Promise<Said<P>>
  /** Sends a frame as it is. */
  sends(frame: unknown): Promise<Record<string, unknown>>
  /** Ends the connection. */
  leaves(): void
}

export interface TestDaemon {
  readonly house: House
  readonly store: Store
  readonly time: HandTurned
  readonly faults: unknown[]
  /** A client with a client id and a session token. */
  client(): Promise<Client>
  /** A client without credentials; over the admin channel where asked. */
  stranger(options?: { isLocal?: boolean; address?: string }): Client
  /** Somebody signed up and logged in, with credits supplied and some of them converted to minutes. */
  has(email: string, holding?: { credits?: number; minutes?: number }): Promise<Client>
  /** Ends and opens the house again upon the same store. */
  restarts(): Promise<void>
}

/** No sockets: frames are handed over in this process. */
const noSockets: Sockets = {
  startListener: () => Promise.resolve(undefined),
  open: () => Promise.reject(new Error('A daemon without listeners opens no socket.')),
  close: () => Promise.reject(new Error('A daemon without listeners closes no socket.')),
  list: () => [],
}

/** A store in memory; in a database where the run is about that (`npm run test:postgres`). */
async function aTestStore(time: HandTurned): Promise<Store> {
  if (process.env.EWALLET_TEST_STORE !== 'postgres') return new MemoryStore(time)
  const { aPostgresStore } = await import('./postgres/database.ts')
  return aPostgresStore(time)
}

/** A daemon in this process, on a store in memory unless another is given, with a clock turned by hand and cheap password hashes. */
export async function aDaemon({
  config = {},
  time = aHandTurnedClock(),
  store,
  sockets = noSockets,
  metrics = new Metrics(),
  stop = () => {},
}: {
  config?: Partial<Config>
  time?: HandTurned
  store?: Store
  sockets?: Sockets
  metrics?: Metrics
  stop?: () => void
} = {}): Promise<TestDaemon> {
  const kept = store ?? (await aTestStore(time))
  const settings: Config = { ...defaults, dataFolder: '', runtimeFolder: '', scryptN: 16, ...config }
  const faults: unknown[] = []
  const open = () =>
    openHouse({
      config: settings,
      store: kept,
      sockets,
      random: randomBytes,
      onFault: (error) => faults.push(error),
      metrics,
      stop,
    })
  let house = await open()
  onTestFinished(async () => {
    await house.close()
    if (faults.length > 0) throw faults[0]
  })

  function stranger({ isLocal = false, address = '127.0.0.1' }: { isLocal?: boolean; address?: string } = {}): Client {
    const header: Header = {}
    const heard: Client['heard'] = []
    const closing: (() => void)[] = []
    const connection: Connection = {
      address: isLocal ? null : address,
      isLocal,
      push(frame) {
        heard.push(frame as Client['heard'][number])
        return true
      },
      onClose: (listener) => closing.push(listener),
    }
    const sends = (frame: unknown) =>
      new Promise<Record<string, unknown>>((resolve) => house.answer(frame, connection, resolve))
    return {
      header,
      connection,
      heard,
      sends,
      async says(path, request, more) {
        const frame = {
          id: 1,
          header: { ...header, ...more },
          command_chain: chainOf(path, (request ?? {}) as Record<string, unknown>),
        }
        const answer = await sends(JSON.parse(JSON.stringify(frame)))
        checkAnswer(path, answer)
        return answer as never
      },
      leaves() {
        for (const listener of closing) listener()
      },
    }
  }

  async function client(): Promise<Client> {
    const someone = stranger()
    const { client_id } = await someone.says('client action request client_id')
    someone.header.client_id = client_id
    const { session_token } = await someone.says('client action request session_token', { client_id })
    someone.header.session_token = session_token
    return someone
  }

  async function has(
    email: string,
    { credits = 0, minutes = 0 }: { credits?: number; minutes?: number } = {},
  ): Promise<Client> {
    const person = await client()
    const user_name = email.split('@')[0] ?? email
    await person.says('client action new account', { user_name, user_email: email, user_pass: PASSWORD })
    await person.says('client action login', { user_email: email, user_pass: PASSWORD })
    if (credits + minutes > 0) await person.says('client action supply credits', { credits: credits + minutes })
    if (minutes > 0) await person.says('client action convert credits2clock', { credits: minutes })
    return person
  }

  return {
    get house() {
      return house
    },
    store: kept,
    time,
    faults,
    client,
    stranger,
    has,
    async restarts() {
      await house.close()
      house = await open()
    },
  }
}
