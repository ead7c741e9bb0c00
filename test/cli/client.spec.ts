import { type Client, ConnectionLost, type ConnectOptions, connect, type RequestFrame, refuse } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { aScriptedDaemon, type Script } from './stand.ts'

async function aClient(script: Script, options: Partial<ConnectOptions> = {}) {
  const daemon = await aScriptedDaemon(script)
  const client: Client = await connect(daemon.url, { WebSocket, ...options })
  onTestFinished(() => client.close())
  return { ...daemon, client }
}

const license = { failed: false, version: '1', text: 'Be kind.' }
const pay = { pay: 'bob@example.org', credits: 1 }

describe('the client', () => {
  it('says who is speaking, and the request as a command chain', async () => {
    const { client, heard } = await aClient(() => license, {
      clientId: 'ewsm-uid:1',
      sessionToken: 'ewsm-st:1',
      timestamps: 'iso',
    })
    await client.say('client action pay', pay, { idempotencyKey: 'k', dryRun: true, account: 'ada@example.org' })
    expect(heard).toEqual([
      {
        id: expect.anything(),
        header: {
          client_id: 'ewsm-uid:1',
          session_token: 'ewsm-st:1',
          timestamps: 'iso',
          idempotency_key: 'k',
          dry_run: true,
          account: 'ada@example.org',
        },
        command_chain: { controller: 'client', ctype: 'action', action: 'pay', ...pay },
      },
    ])
  })

  it('matches answers that overtake each other by their ids', async () => {
    const waiting: RequestFrame[] = []
    const { client } = await aClient((frame, connection) => {
      waiting.push(frame)
      if (waiting.length < 3) return undefined
      for (const { id, command_chain } of waiting.reverse()) {
        connection.send(JSON.stringify({ id, response: { failed: false, record: command_chain.record_id } }))
      }
      return undefined
    })
    const asked = [1, 2, 3].map((record_id) => client.say('client action view contact record', { record_id }))
    expect(await Promise.all(asked)).toMatchObject([{ record: 1 }, { record: 2 }, { record: 3 }])
  })

  it('rejects what is open when the connection is lost', async () => {
    const { client } = await aClient((_, connection) => void connection.terminate())
    await expect(client.say('client action view license', {})).rejects.toBeInstanceOf(ConnectionLost)
    await client.closed
    await expect(client.say('client action view license', {})).rejects.toMatchObject({ sent: false })
  })

  it('rejects an answer that is overdue', async () => {
    const { client } = await aClient(() => undefined)
    const asked = client.say('client action view license', {}, { timeoutMs: 20 })
    await expect(asked).rejects.toMatchObject({ name: 'ConnectionLost', sent: true })
  })

  it('tells that nobody is there', async () => {
    const { url, server } = await aScriptedDaemon(() => undefined)
    await new Promise((resolve) => server.close(resolve))
    await expect(connect(url, { WebSocket })).rejects.toMatchObject({ name: 'ConnectionLost', sent: false })
  })

  it('comes back, and says again what is safe to say again, with the same key', async () => {
    const states: string[] = []
    let lost = 0
    const { client, heard } = await aClient(
      (_, connection) => {
        if (lost++ > 0) return { failed: false }
        connection.terminate()
        return undefined
      },
      { reconnectMs: 5_000, onConnection: (state) => states.push(state) },
    )
    expect(await client.say('client action pay', pay, { idempotencyKey: 'once' })).toEqual({ failed: false })
    expect(heard.map(({ header }) => header.idempotency_key)).toEqual(['once', 'once'])
    expect(states).toEqual(['lost', 'back'])
  })

  it('says who is there when it comes back, for nobody keeps a stranger for long', async () => {
    const { client, heard, server } = await aClient(() => license, {
      clientId: 'ewsm-uid:1',
      sessionToken: 'ewsm-st:1',
      reconnectMs: 5_000,
    })
    for (const connection of server.clients) connection.terminate()
    await expect
      .poll(() => heard.map(({ command_chain }) => command_chain.view), { timeout: 20_000 })
      .toEqual(['session'])
    expect(heard[0]?.header.session_token).toBe('ewsm-st:1')
    client.close()
  })

  it('never says a change again that has no key', async () => {
    const { client, heard } = await aClient((_, connection) => void connection.terminate(), { reconnectMs: 5_000 })
    await expect(client.say('client action pay', pay)).rejects.toMatchObject({ sent: true })
    expect(heard).toHaveLength(1)
  })

  it('hands events to who subscribed, and subscribes again from the last cursor after a loss', async () => {
    const event = { event: 'transfer.received', account: 'ada@example.org', data: {} }
    const { client, heard } = await aClient(
      ({ id, command_chain }, connection) => {
        connection.send(JSON.stringify({ id, response: { failed: false, cursor: 7 } }))
        const cursor = command_chain.from === 8 ? 9 : 8
        connection.send(JSON.stringify({ ...event, cursor }))
        if (cursor === 8) setImmediate(() => connection.terminate())
        return undefined
      },
      { reconnectMs: 5_000 },
    )
    const cursors: (number | null)[] = []
    await new Promise<void>((resolve) => {
      void client.subscribe(7, ({ cursor }) => {
        cursors.push(cursor)
        if (cursor === 9) resolve()
      })
    })
    expect(cursors).toEqual([8, 9])
    expect(heard.map(({ command_chain }) => command_chain.from)).toEqual([7, 8])
  })

  it('hands no event over twice, though a subscription whose answer was lost is said again', async () => {
    const event = { event: 'transfer.received', account: 'ada@example.org', data: {} }
    let subscriptions = 0
    const { client } = await aClient(
      ({ id }, connection) => {
        subscriptions += 1
        if (subscriptions === 1) {
          connection.terminate()
          return undefined
        }
        connection.send(JSON.stringify({ id, response: { failed: false, cursor: 7 } }))
        for (const cursor of subscriptions === 2 ? [8, 9] : [8, 9, 10])
          connection.send(JSON.stringify({ ...event, cursor }))
        return undefined
      },
      { reconnectMs: 5_000 },
    )
    const cursors: (number | null)[] = []
    await new Promise<void>((resolve) => {
      void client.subscribe(7, ({ cursor }) => {
        cursors.push(cursor)
        if (cursor === 10) resolve()
      })
    })
    expect(subscriptions).toBe(3)
    expect(cursors).toEqual([8, 9, 10])
  })

  it('hears on after coming back to a daemon that cannot serve it at first', async () => {
    const refused = ['store_unavailable', 'too_busy']
    const froms: unknown[] = []
    const { client } = await aClient(
      ({ id, command_chain }, connection) => {
        froms.push(command_chain.from)
        const code = froms.length === 1 ? undefined : refused.shift()
        const response = code ? { failed: true, code, error: 'Not now.' } : { failed: false, cursor: 7 }
        connection.send(JSON.stringify({ id, response }))
        if (froms.length === 1) connection.terminate()
        else if (!code) {
          const event = { event: 'transfer.received', account: 'ada@example.org', data: {} }
          connection.send(JSON.stringify({ ...event, cursor: 8 }))
        }
        return undefined
      },
      { reconnectMs: 5_000 },
    )
    const heard = await new Promise((resolve) => {
      void client.subscribe(7, ({ cursor }) => resolve(cursor))
    })
    expect(heard).toBe(8)
    expect(froms).toEqual([7, 7, 7, 7])
  })

  it('gives up coming back after a while', async () => {
    const { client, server } = await aClient(() => undefined, { reconnectMs: 1 })
    const asked = client.say('client action view license', {})
    for (const connection of server.clients) connection.terminate()
    server.close()
    await expect(asked).rejects.toBeInstanceOf(ConnectionLost)
    await client.closed
  })
})

describe('a pipeline of the client', () => {
  it('goes on over a reconnection, in order, up to what must not be said again', async () => {
    const heard: (readonly [unknown, unknown])[] = []
    let isCut = false
    const { client } = await aClient(
      ({ command_chain, header }, connection) => {
        heard.push([command_chain.credits, header.pipeline])
        if (isCut) return { failed: false }
        if (command_chain.credits === 4) {
          isCut = true
          connection.terminate()
        }
        return undefined
      },
      { reconnectMs: 5_000 },
    )
    const say = (credits: number, idempotencyKey?: string) =>
      client.say('client action pay', { ...pay, credits }, { pipeline: 1, ...(idempotencyKey && { idempotencyKey }) })
    const said = [say(1, 'a'), say(2, 'b'), say(3), say(4, 'd')]
    const ended = await Promise.allSettled(said)
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(heard.filter(([credits]) => credits !== undefined)).toEqual(
      [1, 2, 3, 4, 1, 2].map((credits) => [credits, 1]),
    )
    expect(await say(5, 'e')).toMatchObject({ code: 'pipeline_broken' })
    expect(heard.filter(([credits]) => credits === 5)).toEqual([])
  })

  it('is over once something of it was refused, and the next begins', async () => {
    const { client, heard } = await aClient(({ header }) =>
      header.pipeline === 1 ? { ...refuse('too_busy') } : license,
    )
    const say = (pipeline: number) => client.say('client action view license', {}, { pipeline })
    expect(await say(1)).toMatchObject({ code: 'too_busy' })
    expect(await say(1)).toMatchObject({ code: 'pipeline_broken' })
    expect(await say(2)).toMatchObject(license)
    expect(heard.map(({ header }) => header.pipeline)).toEqual([1, 2])
  })
})
