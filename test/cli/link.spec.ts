import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type RequestFrame, refuse } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openKeyring } from '../../packages/cli/src/keyring.ts'
import { type LinkOptions, openLink } from '../../packages/cli/src/link.ts'
import { openPendingKeys } from '../../packages/cli/src/pending.ts'
import type { Pipeline } from '../../packages/cli/src/pipeline.ts'
import { aScriptedDaemon, type Script, someFolders } from './stand.ts'

const PAY = { pay: 'bob@example.org', credits: 10 }
const PAID = {
  failed: false,
  paid: 'bob@example.org',
  ewallet_credits: 90,
  spent_credits: 10,
  transfer_record: 1,
  invoice_record: 1,
}

/** A link to a daemon that gives out sessions by itself and leaves the rest to the script. */
async function aLink(script: Script, options: Partial<LinkOptions> = {}, folders = someFolders()) {
  let sessions = 0
  const daemon = await aScriptedDaemon((frame, connection) => {
    if (frame.command_chain.request === 'client_id') return { failed: false, client_id: `ewsm-uid:${++sessions}` }
    if (frame.command_chain.request === 'session_token') {
      return { failed: false, session_token: `ewsm-st:${String(frame.command_chain.client_id).slice(9)}` }
    }
    return script(frame, connection)
  })
  const keyring = openKeyring(folders)
  const pending = openPendingKeys(folders)
  const talk: string[] = []
  const link = openLink({
    context: 'local',
    locate: async () => daemon.url,
    isLocal: false,
    locateAdmin: async () => '',
    keyring,
    pending,
    timeoutMs: 5_000,
    as: undefined,
    again: false,
    say: (sentence) => talk.push(sentence),
    repeats: async () => true,
    ...options,
  })
  onTestFinished(() => link.close())
  const said = () => daemon.heard.filter(({ command_chain }) => command_chain.action !== 'request')
  const left = () => {
    try {
      return readdirSync(join(folders.state, 'pending'))
    } catch {
      return []
    }
  }
  return { link, said, talk, keyring, pending, folders, left }
}

async function aLinkOfAda(script: Script, options: Partial<LinkOptions> = {}) {
  const made = await aLink(script, options)
  await made.keyring.replace('local', undefined, async () => ({ clientId: 'ewsm-uid:0', sessionToken: 'ewsm-st:0' }))
  await made.keyring.remember('local', 'ada@example.org')
  return made
}

const keyOf = ({ header }: RequestFrame) => header.idempotency_key

describe('a money command', () => {
  it('carries a key that is on the disk while it is asked, and gone when it is answered', async () => {
    let onDisk: string[] = []
    const made = await aLinkOfAda(() => {
      onDisk = made.left()
      return PAID
    })
    expect(await made.link.say('client action pay', PAY)).toEqual(PAID)
    expect(onDisk).toEqual([expect.stringContaining(keyOf(made.said()[0] as RequestFrame) ?? '?')])
    expect(made.left()).toEqual([])
  })

  it('names the account this shell logged in as, and --as instead where it was typed', async () => {
    const made = await aLinkOfAda(() => PAID)
    await made.link.say('client action pay', PAY)
    const other = await aLinkOfAda(() => PAID, { as: 'bob@example.org' })
    await other.link.say('client action pay', PAY)
    expect([...made.said(), ...other.said()].map(({ header }) => header.account)).toEqual([
      'ada@example.org',
      'bob@example.org',
    ])
  })

  it('is said again with the same key when the connection is lost', async () => {
    let times = 0
    const made = await aLinkOfAda((_, connection) => (++times < 3 ? void connection.terminate() : PAID))
    expect(await made.link.say('client action pay', PAY)).toEqual(PAID)
    expect(made.said()).toHaveLength(3)
    expect(new Set(made.said().map(keyOf)).size).toBe(1)
    expect(made.talk).toContain('The connection to the daemon was lost; trying again.')
    expect(made.left()).toEqual([])
  })

  it('that was left without an answer is taken up by the next one like it, which says so', async () => {
    let dead = true
    const made = await aLinkOfAda(() => (dead ? undefined : PAID), { timeoutMs: 50 })
    await expect(made.link.say('client action pay', PAY)).rejects.toMatchObject({
      exit: 'unreachable',
      warning: 'It is safe to give the same command again.',
    })
    dead = false
    await made.link.say('client action pay', PAY)
    const [first, second] = made.said().map(keyOf)
    expect(second).toBe(first)
    expect(made.talk.join()).toMatch(/Taking up the same command given 1 second ago, which was never answered/)
    await made.link.say('client action pay', PAY)
    expect(keyOf(made.said()[2] as RequestFrame)).not.toBe(first)
  })

  it.each([
    ['--again', { again: true }],
    ['a person who says it is another', { repeats: async () => false }],
  ])('gets a new key with %s', async (_, options) => {
    const made = await aLinkOfAda(() => PAID, options)
    const command = { context: 'local', account: 'ada@example.org', path: 'client action pay', request: PAY } as const
    const before = made.pending.create(command)
    before.leave()
    await made.link.say('client action pay', PAY)
    expect(made.said().map(keyOf)).not.toContain(before.key)
  })

  it.each([
    ['insufficient_credits', 0],
    ['store_unavailable', 1],
    ['daemon_fault', 1],
  ] as const)('answered with %s leaves %i keys behind', async (code, count) => {
    const made = await aLinkOfAda(() => ({ ...refuse(code) }))
    expect(await made.link.say('client action pay', PAY)).toMatchObject({ code })
    expect(made.left()).toHaveLength(count)
  })

  it('takes no key into a dry run', async () => {
    const made = await aLinkOfAda(() => PAID)
    await made.link.say('client action pay', PAY, { dryRun: true })
    expect(made.said()[0]?.header).toMatchObject({ dry_run: true })
    expect(made.said().map(keyOf)).toEqual([undefined])
  })
})

describe('what has no key', () => {
  it('is not said again when it may have been done', async () => {
    const made = await aLink((_, connection) => void connection.terminate())
    const asked = made.link.say('client action login', { user_name: 'ada', user_pass: 'x' })
    await expect(asked).rejects.toMatchObject({ exit: 'unreachable', warning: 'Whether it was done is not known.' })
    expect(made.said()).toHaveLength(1)
  })

  it('is said again when it changes nothing', async () => {
    let times = 0
    const license = { failed: false, version: '1', text: '' }
    const made = await aLink((_, connection) => (++times < 2 ? void connection.terminate() : license))
    expect(await made.link.say('client action view license', {})).toEqual(license)
  })
})

describe('the session', () => {
  const session = {
    session_user_account: 'ada@example.org',
    session_credit_ewallet: 1,
    session_contact_list: 1,
    session_account_archive: {},
  }
  const loggedIn = { failed: false, account: 'ada@example.org', session_data: session }

  it('is obtained for a login, and kept with the account', async () => {
    const made = await aLink(() => loggedIn)
    await made.link.say('client action login', { user_name: 'ada', user_pass: 'x' })
    expect(made.said()[0]?.header).toMatchObject({ client_id: 'ewsm-uid:1', session_token: 'ewsm-st:1' })
    expect(made.keyring.read('local')).toEqual({
      clientId: 'ewsm-uid:1',
      sessionToken: 'ewsm-st:1',
      account: 'ada@example.org',
    })
    expect(made.keyring.accountHere('local')).toBe('ada@example.org')
  })

  it('is not obtained for what needs a login', async () => {
    const made = await aLink(() => PAID)
    expect(await made.link.say('client action pay', PAY)).toMatchObject({ code: 'not_logged_in' })
    expect(made.said()).toEqual([])
  })

  it.each(['session_token_invalid', 'client_id_invalid'] as const)('is replaced after %s', async (code) => {
    const made = await aLinkOfAda(({ header }) =>
      header.session_token === 'ewsm-st:0' ? { ...refuse(code) } : { ...refuse('not_logged_in') },
    )
    expect(await made.link.say('client action pay', PAY)).toMatchObject({ code: 'not_logged_in' })
    expect(made.keyring.read('local')).toEqual({ clientId: 'ewsm-uid:1', sessionToken: 'ewsm-st:1' })
    expect(made.keyring.accountHere('local')).toBeUndefined()
  })

  it('forgets who logged out, and remembers who is active then', async () => {
    const bob = { ...session, session_user_account: 'bob@example.org' }
    const made = await aLinkOfAda(() => ({ failed: false, account: 'ada@example.org', session_data: bob }))
    await made.link.say('client action logout', {})
    expect(made.keyring.accountHere('local')).toBe('bob@example.org')
  })
})

describe('a daemon of another version', () => {
  it('is told apart from a wrong command', async () => {
    const made = await aLink(() => ({ ...refuse('unknown_instruction') }))
    await expect(made.link.say('client action view license', {})).rejects.toMatchObject({ exit: 'version' })
  })
})

describe('a pipeline', () => {
  const say = (pipeline: Pipeline, credits: number) =>
    pipeline.say('client action pay', { ...PAY, credits }, false).then(({ answer, told }) => {
      told()
      return (answer as { code?: string }).code ?? 'done'
    })

  it('says what a worn-out session refused again with a new one, in order and with the same keys', async () => {
    const made = await aLinkOfAda(({ header }) =>
      header.session_token === 'ewsm-st:0' ? { ...refuse('session_token_invalid') } : PAID,
    )
    const pipeline = await made.link.pipeline(false)
    expect(await Promise.all([1, 2, 3].map((credits) => say(pipeline, credits)))).toEqual(['done', 'done', 'done'])
    const said = made.said()
    expect(said.map(({ command_chain }) => command_chain.credits)).toEqual([1, 2, 3, 1, 2, 3])
    expect(said.slice(3).map(keyOf)).toEqual(said.slice(0, 3).map(keyOf))
    expect(said.map(({ header }) => header.pipeline)).toEqual([1, 1, 1, 2, 2, 2])
    expect(made.left()).toEqual([])
  })

  it('leaves the keys of all that was sent where nobody answers, and of nothing else', async () => {
    const made = await aLinkOfAda(({ command_chain }) => (command_chain.credits === 1 ? PAID : undefined), {
      timeoutMs: 300,
    })
    const pipeline = await made.link.pipeline(false)
    const ended = await Promise.allSettled([1, 2, 3].map((credits) => say(pipeline, credits)))
    expect(ended).toMatchObject([
      { value: 'done' },
      { reason: { exit: 'unreachable', warning: 'It is safe to give the same command again.' } },
      { reason: { exit: 'unreachable' } },
    ])
    expect(made.left()).toHaveLength(2)
    expect(await say(pipeline, 4)).toBe('pipeline_broken')
  })

  it('takes no command that was left without an answer, nor one with a secret', async () => {
    const made = await aLinkOfAda(() => PAID)
    const command = { context: 'local', account: 'ada@example.org', path: 'client action pay', request: PAY } as const
    made.pending.create(command).leave()
    const pipeline = await made.link.pipeline(false)
    expect(pipeline.takes('client action pay', PAY)).toBe(false)
    expect(pipeline.takes('client action pay', { ...PAY, credits: 11 })).toBe(true)
    expect(pipeline.takes('client action edit account', {})).toBe(false)
    expect(pipeline.takes('client action switch account', { account: 'bob@example.org' })).toBe(false)
  })

  it('to a daemon of another version is told apart from a wrong command', async () => {
    const unknown = refuse('malformed_request', { field: 'header.pipeline' })
    const made = await aLinkOfAda(() => ({ ...unknown }))
    await expect(say(await made.link.pipeline(false), 1)).rejects.toMatchObject({ exit: 'version' })
    expect(made.left()).toEqual([])
  })
})
