import {
  type Client,
  chainOf,
  connect,
  isRefusal,
  type Path,
  type Request,
  type SocketConstructor,
} from '@ewallet/protocol'
import { WebSocket } from 'ws'
import type { Says } from './load.ts'

/** Somebody who is logged in on a session of their own. */
export interface Person {
  email: string
  client: Client
  /** What goes into the header of each frame they send. */
  header: { client_id: string; session_token: string }
}

/** Everybody's password. */
export const PASSWORD = 'Correct-horse-7'

/** Signs up people and logs them in; each is given credits. */
export async function signUp(url: string, names: readonly string[], credits: number): Promise<Person[]> {
  const people: Person[] = []
  for (const name of names) people.push(await one(url, name, credits))
  return people
}

async function one(url: string, name: string, credits: number): Promise<Person> {
  const email = `${name}@example.org`
  const person = await openSession(url, email)
  const account = { user_name: name, user_email: email, user_pass: PASSWORD }
  granted(await person.client.say('client action new account', account))
  granted(await person.client.say('client action login', { user_email: email, user_pass: PASSWORD }))
  if (credits > 0) granted(await person.client.say('client action supply credits', { credits }))
  return person
}

/** Logs somebody in who has an account. */
export async function logIn(url: string, email: string): Promise<Person> {
  const person = await openSession(url, email)
  granted(await person.client.say('client action login', { user_email: email, user_pass: PASSWORD }))
  return person
}

async function openSession(url: string, email: string): Promise<Person> {
  const client = await connect(url, { WebSocket: WebSocket as unknown as SocketConstructor })
  const { client_id } = granted(await client.say('client action request client_id', {}))
  client.identify(client_id)
  const { session_token } = granted(await client.say('client action request session_token', { client_id }))
  client.identify(client_id, session_token)
  return { email, client, header: { client_id, session_token } }
}

/** The success among an answer's two kinds; a refusal ends the benchmark. */
export function granted<Success extends object>(answer: Success): Exclude<Success, { failed: true }> {
  if (isRefusal(answer)) throw new Error(`Refused: ${JSON.stringify(answer)}`)
  return answer as Exclude<Success, { failed: true }>
}

/** The same request again and again; with `isKeyed`, each with an idempotency key of its own. */
export function saying<P extends Path>({ header }: Person, path: P, request: Request<P>, isKeyed = false): Says {
  const chain = JSON.stringify(chainOf(path, request))
  const from = JSON.stringify(header).slice(0, -1)
  let run = ''
  return (count) => {
    // A load counts from 0 each time, and a key that was used before would only get its first answer again.
    if (count === 0) run = Math.random().toString(36).slice(2, 10)
    const key = isKeyed ? `,"idempotency_key":"${run}-${count}"` : ''
    return `{"id":${count},"header":${from}${key}},"command_chain":${chain}}`
  }
}
