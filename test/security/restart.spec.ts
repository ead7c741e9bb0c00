import { setTimeout as pause } from 'node:timers/promises'
import { type Client, ConnectionLost, connect, isRefusal } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { PASSWORD } from '../harness.ts'
import { aRunningDaemon, daemonFile } from '../process.ts'

/** Somebody signed up and logged in, whose client comes back by itself wherever the daemon of a home listens. */
async function aPerson(home: string, name: string): Promise<{ client: Client; states: string[] }> {
  const states: string[] = []
  const client = await connect(() => daemonFile(home).url, {
    WebSocket,
    reconnectMs: 60_000,
    timeoutMs: 60_000,
    onConnection: (state) => states.push(state),
  })
  onTestFinished(() => client.close())
  const asked = await client.say('client action request client_id', {})
  if (isRefusal(asked)) throw new Error(asked.error)
  client.identify(asked.client_id)
  const held = await client.say('client action request session_token', { client_id: asked.client_id })
  if (isRefusal(held)) throw new Error(held.error)
  client.identify(asked.client_id, held.session_token)
  const person = { user_name: name, user_email: `${name}@example.org`, user_pass: PASSWORD }
  await client.say('client action new account', person)
  await client.say('client action login', { user_email: person.user_email, user_pass: PASSWORD })
  return { client, states }
}

/** Supplies one credit after the other, with a key for each, until told to stop; says how many were acknowledged. */
async function supplyUntil(client: Client, isOver: () => boolean): Promise<number> {
  let acknowledged = 0
  while (!isOver()) {
    const idempotencyKey = crypto.randomUUID()
    for (let isAnswered = false; !isAnswered; ) {
      const answer = await client
        .say('client action supply credits', { credits: 1 }, { idempotencyKey })
        .catch((fault) => {
          if (!(fault instanceof ConnectionLost)) throw fault
          return undefined
        })
      // What the daemon did not accept any more is said to the next one, with the same key.
      if (answer === undefined || (isRefusal(answer) && answer.code === 'shutting_down')) await pause(20)
      else if (isRefusal(answer)) throw new Error(answer.code)
      else isAnswered = true
    }
    acknowledged += 1
  }
  return acknowledged
}

async function creditsOf(client: Client): Promise<number> {
  const answer = await client.say('client action view credit ewallet', {})
  if (isRefusal(answer)) throw new Error(answer.code)
  return answer.ewallet_data.credits
}

describe('a restart under load', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '(%s) loses no acknowledged instruction and does none twice; clients come back by themselves',
    async (signal) => {
      let daemon = await aRunningDaemon()
      const { home } = daemon
      const people = await Promise.all(['ada', 'bob', 'cid', 'dan'].map((name) => aPerson(home, name)))
      let isOver = false
      const told = people.map(({ client }) => [1, 2, 3, 4].map(() => supplyUntil(client, () => isOver)))
      for (let restart = 0; restart < 2; restart += 1) {
        await pause(300)
        await daemon.stop(signal)
        daemon = await aRunningDaemon({ home })
        const isBack = ({ states }: { states: string[] }) => states.filter((state) => state === 'back').length > restart
        await expect.poll(() => people.every(isBack), { timeout: 60_000 }).toBe(true)
      }
      await pause(300)
      isOver = true
      for (const [at, { client, states }] of people.entries()) {
        const acknowledged = (await Promise.all(told[at] ?? [])).reduce((sum, each) => sum + each, 0)
        expect(acknowledged).toBeGreaterThan(8)
        expect(await creditsOf(client)).toBe(acknowledged)
        expect(states).toEqual(['lost', 'back', 'lost', 'back'])
      }
    },
    180_000,
  )
})

describe('a subscription', () => {
  it('goes on after a restart where it was, each event once', async () => {
    const daemon = await aRunningDaemon()
    const [ada, bob] = [await aPerson(daemon.home, 'ada'), await aPerson(daemon.home, 'bob')]
    const cursors: (number | null)[] = []
    await bob.client.subscribe(undefined, ({ event, cursor }) => {
      if (event === 'transfer.received') cursors.push(cursor)
    })
    const pay = async () => {
      const idempotencyKey = crypto.randomUUID()
      const request = { transfer_to: 'bob@example.org', credits: 1 }
      expect(await ada.client.say('client action transfer credits', request, { idempotencyKey })).toMatchObject({
        failed: false,
      })
    }
    await ada.client.say('client action supply credits', { credits: 10 }, { idempotencyKey: 'supply' })
    for (let n = 0; n < 5; n += 1) await pay()
    await daemon.stop('SIGKILL')
    await aRunningDaemon({ home: daemon.home })
    for (let n = 0; n < 5; n += 1) await pay()
    await expect.poll(() => cursors.length, { timeout: 60_000 }).toBe(10)
    const [first = 0] = cursors
    expect(cursors).toEqual(Array.from({ length: 10 }, (_, n) => Number(first) + n))
  }, 120_000)
})
