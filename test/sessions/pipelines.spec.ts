import type { Header, Request } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../packages/server/src/store/memory/memory-store.ts'
import { StoreUnavailable } from '../../packages/server/src/store/store.ts'
import { aDaemon, aHandTurnedClock, type Client, PASSWORD, type TestDaemon } from '../harness.ts'
import { aLine, aListeningDaemon, post } from '../listening.ts'

const BOB = 'bob@example.org'
const MOVE = 'client action transfer credits'

/** ada has 100 credits, bob none. */
async function aHouse(config: Parameters<typeof aDaemon>[0] = {}) {
  const daemon = await aDaemon(config)
  await daemon.has(BOB)
  const ada = await daemon.has('ada@example.org', { credits: 100 })
  return { daemon, ada }
}

/** Says so many transfers at once; what each came to. */
function codesOf(ada: Client, credits: readonly number[], header: Header) {
  const moves = credits.map((each) =>
    ada.says(MOVE, { transfer_to: BOB, credits: each } as Request<typeof MOVE>, header),
  )
  return Promise.all(moves).then((answers) => answers.map(({ code }) => code ?? 'done'))
}

async function creditsOf(client: Client): Promise<number> {
  return (await client.says('client action view credit ewallet')).ewallet_data.credits
}

const fits = 'done'
const broken = 'pipeline_broken'

describe('requests with one `pipeline`', () => {
  it('are done in order', async () => {
    const { ada } = await aHouse()
    expect(await codesOf(ada, [1, 2, 3], { pipeline: 1 })).toEqual([fits, fits, fits])
    expect(await creditsOf(ada)).toBe(94)
  })

  it.each([
    ['a rule', [10, 100, 1, 1], [fits, 'insufficient_credits', broken, broken], 90],
    ['its form', [10, 0, 1, 1], [fits, 'malformed_request', broken, broken], 90],
    ['whatever is behind it', [100, 1, 100, 0], [fits, 'insufficient_credits', broken, 'malformed_request'], 0],
  ])('are not done after the first that is refused: by %s', async (_, credits, codes, left) => {
    const { ada } = await aHouse()
    expect(await codesOf(ada, credits, { pipeline: 1 })).toEqual(codes)
    expect(await creditsOf(ada)).toBe(left)
    // Nor is what comes later.
    expect(await codesOf(ada, [1], { pipeline: 1 })).toEqual([broken])
    expect(await creditsOf(ada)).toBe(left)
  })

  it('are not done after one that a limit refused, though it is refused before its turn', async () => {
    const { ada } = await aHouse({ config: { inFlightPerSessionMax: 3 } })
    expect(await codesOf(ada, [1, 1, 1, 1, 1], { pipeline: 1 })).toEqual([fits, fits, fits, 'too_busy', 'too_busy'])
    expect(await codesOf(ada, [1], { pipeline: 1 })).toEqual([broken])
    expect(await creditsOf(ada)).toBe(97)

    const paced = await aHouse({ config: { perSecondPerSessionMax: 6 } })
    paced.daemon.time.turn(1_000)
    const hurried = 'too_many_requests'
    expect(await codesOf(paced.ada, Array(8).fill(1), { pipeline: 1 })).toEqual([
      ...Array(6).fill(fits),
      hurried,
      hurried,
    ])
    paced.daemon.time.turn(1_000)
    expect(await codesOf(paced.ada, [1], { pipeline: 1 })).toEqual([broken])
    expect(await creditsOf(paced.ada)).toBe(94)
  })

  it('are not done after one whose caller was refused, or that works outside of a transaction', async () => {
    const { ada } = await aHouse()
    const pay = { transfer_to: BOB, credits: 1 }
    const answers = await Promise.all([
      ada.says(MOVE, pay, { pipeline: 1, account: BOB }),
      ada.says(MOVE, pay, { pipeline: 1 }),
      ada.says('client action login', { user_email: BOB, user_pass: 'wrong-horse-1' }, { pipeline: 2 }),
      ada.says(MOVE, pay, { pipeline: 2 }),
    ])
    expect(answers.map(({ code }) => code)).toEqual(['other_account_active', broken, 'login_failed', broken])
    expect(await creditsOf(ada)).toBe(100)
  })

  it('are not done after one that broke', async () => {
    const time = aHandTurnedClock()
    const store = new MemoryStore(time)
    const { ada } = await aHouse({ time, store })
    store.transaction = () => {
      Reflect.deleteProperty(store, 'transaction')
      return Promise.reject(new StoreUnavailable('No space left on device.'))
    }
    expect(await codesOf(ada, [1, 1], { pipeline: 1 })).toEqual(['store_unavailable', broken])
    expect(await creditsOf(ada)).toBe(100)
  })

  it('let others through: without a number, of another connection, with the next number', async () => {
    const { ada, daemon } = await aHouse()
    const answers = await Promise.all([
      codesOf(ada, [101, 1], { pipeline: 1 }),
      codesOf(ada, [1], {}),
      codesOf(await another(daemon), [1], { pipeline: 1 }),
      codesOf(ada, [1], { pipeline: 2 }),
    ])
    expect(answers).toEqual([['insufficient_credits', broken], [fits], [fits], [fits]])
    // The one before is over, also where nothing of it was refused.
    expect(await codesOf(ada, [1], { pipeline: 1 })).toEqual([broken])
    expect(await codesOf(ada, [1], { pipeline: 2 })).toEqual([fits])
    expect(await creditsOf(ada)).toBe(96)
  })

  it('come to the first answers again by their keys, and to nothing that was not done', async () => {
    const { ada } = await aHouse()
    const say = (key: string, credits: number, pipeline: number) =>
      ada.says(MOVE, { transfer_to: BOB, credits }, { idempotency_key: key, pipeline })
    const first = await Promise.all([say('a', 1, 1), say('b', 100, 1), say('c', 1, 1)])
    expect(first.map(({ code }) => code)).toEqual([undefined, 'insufficient_credits', broken])
    const again = await Promise.all([say('a', 1, 2), say('b', 100, 2), say('c', 1, 2)])
    expect(again).toEqual(first)
    expect(await say('c', 1, 3)).toMatchObject({ transfered_credits: 1 })
    expect(await creditsOf(ada)).toBe(98)
  })

  it('keep nothing on a dry run, and stop likewise', async () => {
    const { ada } = await aHouse()
    const header = { pipeline: 1, dry_run: true }
    expect(await codesOf(ada, [60, 101, 1], header)).toEqual([fits, 'insufficient_credits', broken])
    expect(await creditsOf(ada)).toBe(100)
  })

  it('are of one session', async () => {
    const { ada, daemon } = await aHouse()
    const other = await daemon.client()
    const unfit = { code: 'malformed_request', details: { field: 'header.pipeline' } }
    const { client_id, session_token } = other.header as Required<Header>
    expect(await codesOf(ada, [1], { pipeline: 1 })).toEqual([fits])
    expect(await ada.says('client action view session', {}, { client_id, session_token, pipeline: 1 })).toMatchObject(
      unfit,
    )
    expect(await codesOf(ada, [1], { pipeline: 1 })).toEqual([broken])
    expect(await daemon.stranger().says('client action view license', {}, { pipeline: 1 })).toMatchObject(unfit)
  })

  it.each([0, -1, 1.5, '1', true, {}])('are not numbered %j', async (pipeline) => {
    const { ada } = await aHouse()
    expect(await ada.says('client action view account', {}, { pipeline } as never)).toMatchObject({
      code: 'malformed_request',
      error: '"header.pipeline" should be a whole number from 1 on.',
    })
  })

  it('go over a WebSocket, and not over HTTP, where each stands alone', async () => {
    const { port, daemon } = await aListeningDaemon()
    const { header } = await daemon.has('ada@example.org', { credits: 5 })
    const frame = (credits: number, pipeline: number) => ({
      header: { ...header, pipeline },
      command_chain: { controller: 'client', ctype: 'action', action: 'supply', supply: 'credits', credits },
    })
    expect((await post({ port }, JSON.stringify(frame(1, 1)))).body).toMatchObject({ code: 'malformed_request' })
    const line = await aLine(`ws://127.0.0.1:${port}`)
    for (const [id, credits] of [1, 0, 1, 1].entries()) line.sends(JSON.stringify({ id, ...frame(credits, 1) }))
    const answers = [await line.next(), await line.next(), await line.next(), await line.next()]
    const byId = answers.sort((one, other) => Number(one.id) - Number(other.id)).map(({ response }) => response)
    expect(byId).toMatchObject([{ failed: false }, { code: 'malformed_request' }, { code: broken }, { code: broken }])
  })
})

/** ada once more, on a connection and a session of her own. */
async function another(daemon: TestDaemon): Promise<Client> {
  const ada = await daemon.client()
  await ada.says('client action login', { user_email: 'ada@example.org', user_pass: PASSWORD })
  return ada
}
