import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Answer, type Client, ConnectionLost, connect, type SocketConstructor } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { aHome, aRunningDaemon, type RunningDaemon } from '../process.ts'
import { Dice } from '../simulation/dice.ts'
import { aRelay } from './relay.ts'

const PASSWORD = 'correct-horse-1'
const PEOPLE = 4
const SUPPLIED = 100_000
const IN_FLIGHT = 16
const ROUNDS = 4

/** Somebody who lives through the kills with the same session. */
interface Person {
  email: string
  clientId: string
  sessionToken: string
}

type Transfer = 'client action transfer credits'

/** A transfer said under a key, and its answer once one was heard. */
interface Said {
  key: string
  by: Person
  request: { transfer_to: string; credits: number }
  answer: Answer<Transfer> | undefined
}

const connected = (url: string, person?: Person) =>
  connect(url, {
    WebSocket: WebSocket as unknown as SocketConstructor,
    ...(person && { clientId: person.clientId, sessionToken: person.sessionToken }),
  })

function granted<T extends object>(answer: T): Exclude<T, { failed: true }> {
  if ('failed' in answer && answer.failed === true) throw new Error(JSON.stringify(answer))
  return answer as Exclude<T, { failed: true }>
}

function theAnswer(answer: Answer<Transfer> | undefined) {
  if (!answer) throw new Error('A transfer was never answered.')
  return granted(answer)
}

/** Signs somebody up who then has some credits. */
async function aPerson(url: string, name: string): Promise<Person> {
  const client = await connected(url)
  const { client_id } = granted(await client.say('client action request client_id', {}))
  client.identify(client_id)
  const { session_token } = granted(await client.say('client action request session_token', { client_id }))
  client.identify(client_id, session_token)
  const credentials = { user_email: `${name}@example.org`, user_pass: PASSWORD }
  granted(await client.say('client action new account', { user_name: name, ...credentials }))
  granted(await client.say('client action login', credentials))
  granted(await client.say('client action supply credits', { credits: SUPPLIED }))
  client.close()
  return { email: credentials.user_email, clientId: client_id, sessionToken: session_token }
}

/** Has everybody send to everybody, many at once on each connection, until the daemon is killed at some answer or other. */
async function killUnderLoad(daemon: RunningDaemon, people: readonly Person[], dice: Dice, round: number) {
  const said: Said[] = []
  let left = dice.whole(1, 1_000)
  const hear = () => {
    left -= 1
    if (left === 0) process.kill(daemon.pid, 'SIGKILL')
  }
  const lines = people.flatMap((by) => [by, by])
  // The first answer may be the last: nobody is still about to come then.
  const clients = await Promise.all(lines.map((by) => connected(daemon.url, by)))
  await Promise.all(
    clients.map(async (client, line) => {
      const by = lines[line] as Person
      const others = people.filter((person) => person !== by)
      const sendOn = async (place: number) => {
        for (let count = 0; ; count += 1) {
          const request = { transfer_to: dice.pick(others).email, credits: dice.whole(1, 9) }
          const each: Said = { key: `${round}-${line}-${place}-${count}`, by, request, answer: undefined }
          said.push(each)
          try {
            each.answer = await client.say('client action transfer credits', request, { idempotencyKey: each.key })
          } catch (error) {
            if (error instanceof ConnectionLost) return
            throw error
          }
          hear()
        }
      }
      await Promise.all(Array.from({ length: IN_FLIGHT }, (_, place) => sendOn(place)))
    }),
  )
  expect(await daemon.exited).toBe(null)
  return said
}

/** Says everything of a person again under its key; what was answered is answered the same. */
async function sayAgain(client: Client, said: readonly Said[]): Promise<void> {
  await Promise.all(
    said.map(async (each) => {
      const answer = await client.say('client action transfer credits', each.request, { idempotencyKey: each.key })
      if (each.answer) expect(answer).toEqual(each.answer)
      each.answer = answer
    }),
  )
}

/** The ids of all transfer records of somebody, page by page. */
async function recordsOf(client: Client): Promise<number[]> {
  const ids: number[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = granted(
      await client.say('client action view transfer records', { limit: 1_000, ...(cursor && { cursor }) }),
    )
    ids.push(...page.records.map(({ id }) => id))
    cursor = page.cursor
  }
  return ids
}

/** Fails unless everybody holds what follows from all answers, and has exactly the records they name. */
async function expectExactlyOnce(url: string, people: readonly Person[], all: readonly Said[]): Promise<void> {
  let total = 0
  for (const person of people) {
    const client = await connected(url, person)
    const accepted = all.map(({ by, request, answer }) => ({ by, request, answer: theAnswer(answer) }))
    const sent = accepted.filter(({ by }) => by === person)
    const received = accepted.filter(({ request }) => request.transfer_to === person.email)
    const sum = (list: typeof accepted) => list.reduce((credits, { request }) => credits + request.credits, 0)
    const { ewallet_data } = granted(await client.say('client action view credit ewallet', {}))
    expect(ewallet_data.credits).toBe(SUPPLIED - sum(sent) + sum(received))
    total += ewallet_data.credits
    // The sender's record has the lower id, the receiver's follows.
    const named = [
      ...sent.map((each) => each.answer.transfer_record),
      ...received.map((each) => each.answer.transfer_record + 1),
    ]
    const seen = await recordsOf(client)
    expect(new Set(seen).size).toBe(seen.length)
    // The one that no transfer names is what was supplied.
    expect(seen.toSorted((a, b) => a - b).slice(1)).toEqual(named.sort((a, b) => a - b))
    client.close()
  }
  expect(total).toBe(people.length * SUPPLIED)
}

/** Where the daemon keeps everything: files, of which small ones are checkpointed while it is killed; a database where the run is about that. */
async function aStore(): Promise<Record<string, string>> {
  if (process.env.EWALLET_TEST_STORE !== 'postgres') return { EWALLET_CHECKPOINT_MB: '1' }
  const { aDatabase } = await import('../postgres/database.ts')
  return { EWALLET_STORE: await aDatabase() }
}

describe('kill -9 of the daemon under load', () => {
  const seed = Number(process.env.EWALLET_TEST_SEED ?? Date.now() % 1_000_000)

  it(`loses no answer that was heard, and does nothing twice (EWALLET_TEST_SEED=${seed})`, async () => {
    const dice = new Dice(seed, 'kill')
    const home = aHome()
    const env = await aStore()
    const start = () => aRunningDaemon({ home, env })
    let daemon = await start()
    const people: Person[] = []
    for (let count = 0; count < PEOPLE; count += 1) people.push(await aPerson(daemon.url, `person${count}`))
    const all: Said[] = []
    let [heard, unheard] = [0, 0]
    for (let round = 1; round <= ROUNDS; round += 1) {
      const said = await killUnderLoad(daemon, people, dice, round)
      heard += said.filter(({ answer }) => answer).length
      unheard += said.filter(({ answer }) => !answer).length
      all.push(...said)
      daemon = await start()
      for (const person of people) {
        const client = await connected(daemon.url, person)
        await sayAgain(
          client,
          said.filter(({ by }) => by === person),
        )
        client.close()
      }
      await expectExactlyOnce(daemon.url, people, all)
    }
    await expectProven(daemon)
    expect(heard).toBeGreaterThan(0)
    expect(unheard).toBeGreaterThan(0)
    expect(await daemon.stop()).toBe(0)
    daemon = await start()
    await expectExactlyOnce(daemon.url, people, all)
  }, 240_000)
})

/** Fails unless the store proves itself, from the first journal line on. */
async function expectProven({ admin }: RunningDaemon): Promise<void> {
  const operator = await connected(`ws+unix://${admin}:/`)
  expect(await operator.say('system action verify store', {})).toMatchObject({ failed: false })
  operator.close()
}

describe('kill -9 of the command between sending and hearing', () => {
  it.each([
    ['after the daemon did it', true],
    ['before the daemon heard of it', false],
  ])(
    '%s: the same command takes its key up, and it is done once',
    async (_, isDone) => {
      const home = aHome()
      const { url: behind } = await aRunningDaemon({ home, env: await aStore() })
      const relay = await aRelay(behind)
      const pending = join(home, 'state', 'pending')
      const isPending = () => readNames(pending).length > 0
      const command = (...words: string[]) => started(home, ['--url', relay.url, ...words])

      for (const name of ['bob', 'ada']) {
        const signup = command('signup', '--name', name, '--email', `${name}@example.org`, '--password-stdin')
        signup.child.stdin.end(`${PASSWORD}\n`)
        expect(await signup.ended).toMatchObject({ code: 0 })
      }
      expect(await command('supply', '100').ended).toMatchObject({ code: 0 })

      // The key lies on the disk before the first byte of the command is sent.
      relay.onSent(() => {
        if (isPending()) relay.holdAnswers(true)
        return isDone || !isPending()
      })
      const pay = ['pay', '--to', 'bob@example.org', '--credits', '10'] as const
      const first = command(...pay)
      await relay.held()
      first.child.kill('SIGKILL')
      expect(await first.ended).toMatchObject({ code: null, out: '' })
      expect(isPending()).toBe(true)
      relay.onSent(() => true)
      relay.holdAnswers(false)

      const second = await command(...pay).ended
      expect(second).toMatchObject({ code: 0, err: expect.stringMatching(/^Taking up the same command given .* ago/) })
      expect(isPending()).toBe(false)
      const balance = JSON.parse((await command('balance', '--json').ended).out)
      expect(balance.ewallet_data.credits).toBe(90)
      const sheet = JSON.parse((await command('sheet', 'transfer', '--json').ended).out)
      expect(JSON.stringify(sheet).match(/"payment"/g)).toHaveLength(1)
    },
    120_000,
  )
})

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Starts `ewallet` in a process of its own. */
function started(home: string, words: readonly string[]) {
  const program = join(import.meta.dirname, '..', '..', 'bin', 'ewallet.js')
  const env = { PATH: process.env.PATH ?? '', TZ: 'UTC', EWALLET_HOME: home }
  const child = spawn(process.execPath, [program, ...words], { env })
  const heard = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    heard.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    heard.err += text
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, ...heard })),
  )
  return { child, ended }
}
