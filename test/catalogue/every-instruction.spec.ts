import { chainOf, declarationOf, isKeyed, type Path, paths, usageOf } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { aDaemon, type Client, checkAnswer, PASSWORD, type TestDaemon } from '../harness.ts'
import { aLine, aListeningDaemon, post } from '../listening.ts'
import { aRequest } from '../sample-request.ts'
import { aWorld, type Requests } from '../world.ts'
import { rows } from './table.ts'

const ALICE = 'alice@example.org'
const BOB = 'bob@example.org'
const CAROL = 'carol@example.org'
const DAVE = 'dave@example.org'

/** Somebody who may say a path, and says it so that it succeeds. */
interface Speaking {
  who: Client
  request: Record<string, unknown>
}

/** A world in which every instruction can be said with success, each at any time: what takes a dry run is said as one. */
async function everySpeaking(daemon: TestDaemon) {
  const { alice, requests } = await aWorld(daemon)
  const carol = await daemon.has(CAROL)
  await carol.says('client action unlink account', {})
  const operator = daemon.stranger({ isLocal: true })
  const stranger = daemon.stranger()
  await stranger.says('client action report issue', { issue: { name: 'It hums', details: 'Softly.' } })
  const { client_id = '', session_token = '' } = alice.header
  const { ewallet_session } = await operator.says('system action search session', { session_token })

  const others: Requests = {
    'client action verify ctoken validity': { client_id },
    'client action verify ctoken linked': { client_id, session_token },
    'client action verify ctoken session': { client_id },
    'client action verify ctoken status': { client_id, session_token },
    'client action verify stoken validity': { session_token },
    'client action verify stoken linked': { session_token, client_id },
    'client action verify stoken session': { session_token },
    'client action verify stoken status': { session_token, client_id },
    'client action switch account': { account: ALICE },
    'client action edit account': { user_alias: 'Countess' },
    'client action login': { user_email: BOB, user_pass: PASSWORD },
    'client action view transfer record': { record_id: requests['client action refund transfer']?.record_id ?? 0 },
    'client action view invoice record': { record_id: 1 },
    'client action view conversion record': { record_id: 1 },
    'client action view time record': { record_id: 1 },
    'client action view contact record': { record_id: 1 },
    'client action report issue': { issue: { name: 'It hums', details: 'Louder.', email: ALICE, log: 'hum' } },
    'system action interogate session': { session_id: ewallet_session },
    'system action interogate session_pool': { worker_id: 1 },
    'system action search session': { session_token },
    'system action add session': { session_id: ewallet_session },
    'system action view acl': { account: ALICE },
    'system action edit acl': { account: ALICE, permission: 'pay', allow: true },
    'system action start cleaner': { clean: 'all' },
    'system action stop cleaner': { clean: 'all' },
    'system action open sockets': { in_port: 0 },
  }

  const aSession = async () => (await operator.says('system action new session', {})).ewallet_session
  const aClientId = async () => (await stranger.says('client action request client_id')).client_id
  let [signedUp, mapped] = [0, 0]

  /** Who says a path and what, made anew for what can be done only once. */
  async function speaking(path: Path): Promise<Speaking> {
    const said = (who: Client, request: object = {}): Speaking => ({ who, request: { ...request } })
    const known = requests[path] ?? others[path]
    switch (path) {
      case 'client action request client_id':
        return said(stranger)
      case 'client action request session_token':
        return said(stranger, { client_id: await aClientId() })
      case 'client action new account':
        signedUp += 1
        return said(await daemon.client(), {
          user_name: `new ${signedUp}`,
          user_email: `new${signedUp}@example.org`,
          user_pass: PASSWORD,
        })
      case 'client action login':
        return said(await daemon.client(), known)
      case 'client action recover account':
        if (!(await leaves(carol))) await carol.says('client action unlink account', {})
        return said(carol, { user_email: CAROL, user_pass: PASSWORD })
      case 'system action scrape session':
      case 'system action cleanup sessions':
        return said(operator, { session_id: await aSession() })
      case 'system action cleanup ctokens':
        return said(operator, { client_id: (await daemon.client()).header.client_id })
      case 'system action cleanup stokens':
        return said(operator, { session_token: (await daemon.client()).header.session_token })
      case 'system action remove session_map': {
        const { header } = await daemon.client()
        return said(operator, { identifier: 'client_id', client_id: header.client_id })
      }
      case 'system action add session_map': {
        mapped += 1
        const entry = {
          client_id: await aClientId(),
          session_token: `ewsm-st:${String(mapped).padStart(20, 'A')}:1767603600`,
        }
        return said(operator, { ...entry, session_id: await aSession() })
      }
      default:
        return said(path.startsWith('system') ? operator : known || needsAccount(path) ? alice : stranger, known)
    }
  }

  async function leaves(person: Client): Promise<boolean> {
    return (await person.says('client action unlink account', {}, { dry_run: true })).code === 'account_leaving'
  }

  return { speaking }
}

function needsAccount(path: Path): boolean {
  return ['account', 'session'].includes(declarationOf(path).access)
}

/** Every moment an answer tells, where the table says that there is one. */
function momentsIn(shape: string, answer: unknown): string[] {
  const found: string[] = []
  const names = new Set([...shape.matchAll(/(\w+): ts\b/g)].map(([, name]) => name))
  const maps = new Set([...shape.matchAll(/(\w+): map of ts\b/g)].map(([, name]) => name))
  const walk = (value: unknown, name: string, isMoment: boolean) => {
    if (typeof value === 'string' && (isMoment || names.has(name))) found.push(value)
    else if (Array.isArray(value)) for (const each of value) walk(each, name, isMoment)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, each] of Object.entries(value)) walk(each, key, isMoment || maps.has(key))
    }
  }
  walk(answer, '', false)
  return found
}

/** What only a store on disk can do; its answers tell no moment. */
const onDisk: readonly Path[] = ['system action backup store', 'system action verify store']

const shapes = new Map(rows.map(({ path, response }) => [path, response]))

describe('every instruction', () => {
  it('can be said with success, and takes `timestamps: iso`', async () => {
    const { daemon } = await aListeningDaemon({ scryptN: 16 })
    const { speaking } = await everySpeaking(daemon)
    const wrong: unknown[] = []
    const silent: string[] = []
    for (const path of paths.filter((path) => !onDisk.includes(path))) {
      for (const [timestamps, pattern] of [
        [undefined, /^\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}$/],
        ['local', /^\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}$/],
        ['iso', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/],
      ] as const) {
        const { who, request } = await speaking(path)
        const header = { ...(timestamps && { timestamps }), ...(isKeyed(path) && { dry_run: true }) }
        const answer = await who.says(path, request as never, header)
        if (answer.failed) wrong.push([path, answer])
        const shape = shapes.get(path) ?? ''
        const moments = momentsIn(shape, answer)
        if (/\bts\b/.test(shape) && moments.length === 0) silent.push(path)
        for (const moment of moments) if (!pattern.test(moment)) wrong.push([path, timestamps, moment])
      }
    }
    expect(wrong).toEqual([])
    expect(silent.filter((path) => path !== 'client action view logout')).toEqual([])
  })

  it('is answered alike in every form of the frame, over the WebSocket and over HTTP', async () => {
    const { daemon, port } = await aListeningDaemon({ scryptN: 16 })
    const { speaking } = await everySpeaking(daemon)
    const line = await aLine(`ws://127.0.0.1:${port}`)
    const unlike: unknown[] = []
    for (const path of paths.filter((path) => path.startsWith('client'))) {
      const answers: Record<string, unknown>[] = []
      for (const form of ['chained', 'flat', 'mixed', 'http flat', 'http chained'] as const) {
        const { who, request } = await speaking(path)
        const header = { ...who.header, ...(isKeyed(path) && { dry_run: true }) }
        const chain = chainOf(path, request)
        const declared = usageOf(path).fields
        const beside = Object.fromEntries(Object.entries(header).filter(([name]) => !Object.hasOwn(declared, name)))
        const inside = Object.fromEntries(Object.entries(header).filter(([name]) => Object.hasOwn(declared, name)))
        const frames = {
          chained: { id: 1, header, command_chain: chain },
          flat: { id: 1, header: inside, ...beside, ...chain },
          mixed: { id: 1, header: inside, command_chain: { ...beside, ...chain } },
          'http flat': { header: inside, ...beside, ...chain },
          'http chained': { header, command_chain: chain },
        }
        const isHttp = form.startsWith('http')
        const answer = isHttp ? (await post({ port }, frames[form])).body : await line.says(frames[form])
        // Events can be pushed on a WebSocket only.
        if (path === 'client action subscribe events' && isHttp) {
          expect(answer).toMatchObject({ code: 'subscription_needs_websocket' })
          continue
        }
        checkAnswer(path, { ...answer })
        if (answer.failed) unlike.push([path, form, answer])
        answers.push(answer)
      }
      const [first] = answers
      const isSame = isKeyed(path) || !declarationOf(path).changes
      if (!isSame || path === 'client action request client_id') continue
      for (const answer of answers)
        if (JSON.stringify(answer) !== JSON.stringify(first)) unlike.push([path, first, answer])
    }
    expect(unlike).toEqual([])
  })

  it.each(paths)('is refused a field it has not, by name: %s', async (path) => {
    const daemon = await aDaemon()
    const someone = daemon.stranger({ isLocal: path.startsWith('system') })
    const answer = await someone.says(path, { ...aRequest(path), colour: 'red' } as never)
    expect(answer).toMatchObject({ code: 'malformed_request', details: { field: 'colour' } })
  })

  it.each(paths.filter((path) => Object.keys(usageOf(path).fields).length > 0))(
    'is refused a field of another type, or one that is missing, by name and with what it should be: %s',
    async (path) => {
      const daemon = await aDaemon()
      const someone = daemon.stranger({ isLocal: path.startsWith('system') })
      const { fields, required } = usageOf(path)
      for (const field of Object.keys(fields)) {
        const answer = await someone.says(path, { ...aRequest(path), [field]: { $: [] } } as never)
        const { field: named } = (answer.details ?? {}) as { field?: string }
        expect([answer.code, named?.split('.')[0]]).toEqual(['malformed_request', field])
        expect(answer.error).toMatch(/ should be \S|There is no field "[\w.]*\$" in this instruction/)
      }
      for (const field of required) {
        const { [field]: _, ...rest } = aRequest(path)
        const answer = await someone.says(path, rest as never)
        expect(answer).toMatchObject({ code: 'malformed_request' })
        expect([field, '']).toContain((answer.details as { field: string }).field)
      }
    },
  )
})

const clients = paths.filter((path) => path.startsWith('client'))
const needing = (...access: string[]) => clients.filter((path) => access.includes(declarationOf(path).access))

describe('access', () => {
  it.each(needing('client', 'session', 'account'))('needs a valid client id: %s', async (path) => {
    const daemon = await aDaemon()
    const stranger = daemon.stranger()
    stranger.header.client_id = 'ewsm-uid:short:1'
    const request = { ...aRequest(path), ...(path === 'client action request session_token' && stranger.header) }
    expect(await stranger.says(path, request as never)).toMatchObject({ code: 'client_id_invalid' })
  })

  it.each(needing('session', 'account'))('needs the session token of that client id: %s', async (path) => {
    const daemon = await aDaemon()
    const [ada, bob] = [await daemon.client(), await daemon.client()]
    const { session_token } = bob.header
    for (const token of [{}, { session_token }, { session_token: `ewsm-st:${'A'.repeat(20)}:1` }]) {
      const frame = {
        header: { client_id: ada.header.client_id, ...token },
        command_chain: chainOf(path, aRequest(path)),
      }
      expect(await ada.sends(frame)).toMatchObject({ code: 'session_token_invalid' })
    }
  })

  it.each(needing('account'))('needs somebody logged in: %s', async (path) => {
    const client = await (await aDaemon()).client()
    expect(await client.says(path, aRequest(path) as never)).toMatchObject({ code: 'not_logged_in' })
  })

  it.each(needing('session', 'account'))(
    'does nothing where another account is active than the header says: %s',
    async (path) => {
      const daemon = await aDaemon()
      const ada = await daemon.has('ada@example.org')
      const answer = await ada.says(path, aRequest(path) as never, { account: DAVE })
      expect(answer).toMatchObject({ code: 'other_account_active' })
    },
  )

  it.each(needing('anyone'))('needs nothing: %s', async (path) => {
    const answer = await (await aDaemon()).stranger().says(path, aRequest(path) as never)
    expect(answer.failed).toBe(false)
  })
})
