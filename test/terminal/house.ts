import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Answer,
  type Client,
  connect,
  isRefusal,
  type Path,
  type Refusal,
  type Request,
  type SocketConstructor,
} from '@ewallet/protocol'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { aHome, aRunningDaemon, type RunningDaemon } from '../process.ts'
import { aTerminal, type Begun, type Screen } from './screen.ts'

/** A password that is good enough. */
export const PASSWORD = 'correct-horse-1'

type Success<P extends Path> = Exclude<Answer<P>, Refusal>

/** Somebody with an account, who speaks to the daemon from elsewhere. */
export interface Person {
  client: Client
  clientId: string
  sessionToken: string
  /** Says an instruction; a refusal fails the test. */
  say<P extends Path>(path: P, request: Request<P>): Promise<Success<P>>
}

/** A daemon with ada and bob, and a home where ada is logged in. */
export interface House {
  home: string
  daemon: RunningDaemon
  ada: Person
  bob: Person
  /** Ends ada's session from somewhere else. */
  endSession(): Promise<void>
  /** Opens the REPL at ada's, and waits for its prompt. */
  repl(begun?: Begun): Promise<Screen>
}

/** What is there before the test begins. */
interface Furniture {
  credits?: number
  /** Credits turned into minutes. */
  minutes?: number
  running?: boolean
  env?: Record<string, string>
}

/** Opens a house; everything in it ends with the test. */
export async function aHouse({ credits = 0, minutes = 0, running = false, env = {} }: Furniture = {}): Promise<House> {
  const home = aHome()
  const daemon = await aRunningDaemon({ home, env })
  const ada = await aPerson(daemon.url, 'ada')
  const bob = await aPerson(daemon.url, 'bob')
  if (credits > 0) await ada.say('client action supply credits', { credits, currency: 'EUR', cost: 1 })
  if (minutes > 0) await ada.say('client action convert credits2clock', { credits: minutes })
  if (running) await ada.say('client action start clock_timer', {})
  keepSession(home, ada)
  return {
    home,
    daemon,
    ada,
    bob,
    async endSession() {
      const elsewhere = await aVisitor(daemon.url)
      await elsewhere.say('client action login', { user_name: 'ada', user_pass: PASSWORD })
      await elsewhere.say('client action revoke session', { all: true })
    },
    async repl(begun = {}) {
      const screen = aTerminal({ ...begun, env: { EWALLET_HOME: home, ...begun.env } })
      await screen.waitFor(/^ada@local.*[›>]/m)
      return screen
    },
  }
}

/** Opens an account and logs it in. */
async function aPerson(url: string, name: string): Promise<Person> {
  const person = await aVisitor(url)
  const user_email = `${name}@example.org`
  await person.say('client action new account', { user_name: name, user_email, user_pass: PASSWORD })
  await person.say('client action login', { user_email, user_pass: PASSWORD })
  return person
}

/** Somebody known to the daemon, and not logged in. */
async function aVisitor(url: string): Promise<Person> {
  const client = await connect(url, { WebSocket: WebSocket as unknown as SocketConstructor, timestamps: 'iso' })
  onTestFinished(() => client.close())
  async function say<P extends Path>(path: P, request: Request<P>): Promise<Success<P>> {
    const answer = await client.say(path, request)
    if (isRefusal(answer)) throw new Error(`${path}: ${answer.error}`)
    return answer as Success<P>
  }
  const { client_id: clientId } = await say('client action request client_id', {})
  client.identify(clientId)
  const request = { client_id: clientId }
  const token = await say('client action request session_token', request)
  client.identify(clientId, token.session_token)
  return { client, clientId, sessionToken: token.session_token, say }
}

function keepSession(home: string, { clientId, sessionToken }: Person): void {
  const state = join(home, 'state')
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const contexts = { local: { clientId, sessionToken, account: 'ada@example.org' } }
  writeFileSync(join(state, 'sessions.json'), JSON.stringify({ contexts }), { mode: 0o600 })
}
