import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type Path, type Request, type SocketConstructor } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { granted } from '../../packages/cli/src/failure.ts'
import { foldersOf } from '../../packages/cli/src/folders.ts'
import { openKeyring } from '../../packages/cli/src/keyring.ts'
import { aRelay } from '../faults/relay.ts'
import { aRunningDaemon } from '../process.ts'
import { aHome, type Home, PASSWORD } from './home.ts'

const bin = process.env.EWALLET_BIN ?? new URL('../../bin/ewallet.js', import.meta.url).pathname

/** More lines than may be on their way at once. */
const MANY = 600
/** Answers to some of so many. */
const SOME_BYTES = 30_000

/** A home where ada is logged in with a running daemon, also by way of a relay, and has credits; bob has an account too. */
async function aHouse({ credits = 10_000, env = {} }: { credits?: number; env?: Record<string, string> } = {}) {
  const home = aHome()
  const { url } = await aRunningDaemon({ home: home.folder, env })
  const relay = await aRelay(url)
  const client = await connect(url, { WebSocket: WebSocket as unknown as SocketConstructor })
  onTestFinished(() => client.close())
  const said = async <P extends Path>(path: P, request: Request<P>) => granted(await client.say(path, request))
  const { client_id: clientId } = await said('client action request client_id', {})
  const { session_token: sessionToken } = await said('client action request session_token', { client_id: clientId })
  client.identify(clientId, sessionToken)
  for (const name of ['bob', 'ada']) {
    const [user_email, user_pass] = [`${name}@example.org`, PASSWORD]
    await said('client action new account', { user_name: name, user_email, user_pass })
  }
  await said('client action login', { user_email: 'ada@example.org', user_pass: PASSWORD })
  await said('client action supply credits', { credits })
  const keyring = openKeyring(foldersOf({ EWALLET_HOME: home.folder }))
  for (const context of ['local', relay.url]) {
    await keyring.replace(context, undefined, async () => ({ clientId, sessionToken, account: 'ada@example.org' }))
  }
  return {
    home,
    relay,
    async credits() {
      return (await said('client action view credit ewallet', {})).ewallet_data.credits
    },
  }
}

const pay = (credits: number | string) => `transfer --to bob@example.org --credits ${credits}`
/** So many transfers of 1, 2, 3 … credits: whoever changes their order, or leaves one out, has another balance in between. */
const growing = (count: number) => Array.from({ length: count }, (_, at) => pay(at + 1))
const sumTo = (count: number) => (count * (count + 1)) / 2

/** What is left after each of the first so many. */
function leftAfter(credits: number, count: number): string {
  return Array.from({ length: count }, (_, at) => `${credits - sumTo(at + 1)} left.\n`).join('')
}
const leftIn = (out: string) => out.replace(/^.*\. (\d+ left\.)$/gm, '$1')

function exec(home: Home, lines: readonly string[], flags: readonly string[] = []) {
  return home.ewallet(['exec', '-', ...flags], { stdin: `${lines.join('\n')}\n` })
}

/** Runs the lines of a file; ends with it, or when it is killed. */
function started(home: Home, lines: readonly string[], flags: readonly string[]) {
  const file = join(home.folder, 'lines.txt')
  writeFileSync(file, `${lines.join('\n')}\n`)
  const child = spawn(process.execPath, [bin, 'exec', file, ...flags], {
    env: { PATH: process.env.PATH, TZ: 'UTC', EWALLET_HOME: home.folder },
  })
  const heard = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    heard.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    heard.err += text
  })
  const begun = new Promise((resolve) => child.stdout.once('data', resolve))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, ...heard })),
  )
  return { child, heard, begun, ended }
}

const toldOf = (out: string) => out.match(/left\.$/gm)?.length ?? 0

/** How many lines of a script that goes on are written down as told. */
function settledIn(home: Home): number {
  const folder = join(home.folder, 'state', 'pending')
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return logs.flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/"settled"/g) ?? []).length
}

const pendingIn = (home: Home) => readdirSync(join(home.folder, 'state', 'pending'))

describe('the lines of exec', { timeout: 90_000 }, () => {
  it('are done and told in order, thousands or one, what is the daemon’s and what is not', async () => {
    const { home } = await aHouse({ credits: 200_000 })
    const { code, out, err } = await exec(home, growing(MANY))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(leftIn(out)).toBe(leftAfter(200_000, MANY))
    expect(pendingIn(home)).toEqual([])

    const mixed = [
      '# wages',
      pay(1),
      'balance -o csv --fields credits',
      '',
      'status',
      `transfer --to bob@example.org --credits 2 --note 'thank "you"' --json --fields ewallet_credits`,
      'context list -o csv --fields name',
      'set output csv',
      'wallet --fields credits',
    ]
    const left = 200_000 - sumTo(MANY)
    const told = await exec(home, mixed)
    expect(told.code).toBe(0)
    expect(told.out.split('\n').filter((line) => !line.includes('clock') && line !== '')).toEqual([
      `Transferred 1 credit to bob@example.org. ${left - 1} left.`,
      'credits',
      `${left - 1}`,
      expect.stringMatching(/^\d+ cr$/),
      '{',
      '  "failed": false,',
      `  "ewallet_credits": ${left - 3}`,
      '}',
      'name',
      'local',
      'credits',
      `${left - 3}`,
    ])
  })

  it('end at the first that fails, however it does: its number and code are told, and nothing after it is done', async () => {
    const house = await aHouse({ credits: 1_000 })
    let left = 1_000
    for (const [line, exitCode, says] of [
      [pay(1_000_000), 7, 'The wallet holds fewer credits than that. (insufficient_credits)'],
      ['transfer --to nobody@example.org --credits 1', 5, 'There is no such account. (account_not_found)'],
      ['transfer --to bob@example.org --credit 1', 2, "Unknown option '--credit'."],
      ['transfer --to bob@example.org', 2, 'Missing --credits.'],
      [pay(0), 2, '--credits'],
      ['wallet delete 1', 2, '"ewallet wallet delete 1" needs a confirmation.'],
      ['clock status', 3, 'ended with 3'],
      ['transfer --note "x', 2, 'A quote " is not closed.'],
      [`${pay(1)} --as bob@example.org`, 8, '(other_account_active)'],
    ] as const) {
      const { code, out, err } = await exec(house.home, [...Array(50).fill(pay(1)), line, ...Array(300).fill(pay(1))])
      left -= 50
      expect(err).toContain(`line 51: ${line}`)
      expect(err).toContain(says)
      expect(code).toBe(exitCode)
      expect(out.match(/left\.$/gm)).toHaveLength(50)
      expect(await house.credits()).toBe(left)
      expect(pendingIn(house.home)).toEqual([])
    }
  })

  it('go on behind a failure with --keep-going, in order, and end with the code of the first', async () => {
    const { home } = await aHouse({ credits: 100_000 })
    const lines = growing(400)
    lines.splice(200, 0, pay(1_000_000), 'nonsense', 'transfer --to nobody@example.org --credits 1')
    lines.push(pay(0))
    const { code, out, err } = await exec(home, lines, ['--keep-going'])
    expect(code).toBe(7)
    expect(leftIn(out)).toBe(leftAfter(100_000, 400))
    expect(err.match(/^line \d+/gm)).toEqual(['line 201', 'line 202', 'line 203', 'line 404'])
    expect(err).toContain('4 of 404 lines failed.\n')
  })

  it('are each other’s surroundings: who is active after a line pays in the next', async () => {
    const { home } = await aHouse({ credits: 50 })
    const file = join(home.folder, 'password.txt')
    writeFileSync(file, PASSWORD)
    const give = (to: string, credits: number) => `transfer --to ${to}@example.org --credits ${credits}`
    const lines = [
      give('bob', 5),
      'login bob@example.org',
      give('ada', 1),
      give('ada', 1),
      'account use ada@example.org',
      give('bob', 10),
      'balance -o csv --fields credits',
    ]
    const { code, out } = await home.ewallet(['exec', '-'], {
      stdin: lines.join('\n'),
      env: { EWALLET_PASSWORD_FILE: file },
    })
    expect(code).toBe(0)
    expect(out).toContain('Transferred 1 credit to ada@example.org. 3 left.')
    expect(out.trimEnd().split('\n').at(-1)).toBe('37')
  })

  it('keep nothing on a dry run, and end at the first that would fail', async () => {
    const house = await aHouse({ credits: 10 })
    const { code, err } = await exec(house.home, [pay(10), pay(10), pay(11), pay(1)], ['--dry-run'])
    expect(code).toBe(7)
    expect(err).toContain('line 3')
    expect(await house.credits()).toBe(10)
  })
})

describe('a connection that breaks under exec', { timeout: 90_000 }, () => {
  it('leaves nothing out and does nothing twice, though answers were lost', async () => {
    const { home, relay, credits } = await aHouse({ credits: 200_000 })
    relay.holdAnswersAfter(SOME_BYTES)
    const script = started(home, growing(MANY), ['--url', relay.url])
    await relay.held()
    relay.holdAnswers(false)
    relay.cut()
    const { code, out, err } = await script.ended
    expect(err).toContain('The connection to the daemon was lost; trying again.')
    expect(code).toBe(0)
    expect(leftIn(out)).toBe(leftAfter(200_000, MANY))
    expect(await credits()).toBe(200_000 - sumTo(MANY))
    expect(pendingIn(home)).toEqual([])
  })

  it('still ends it at the line that fails', async () => {
    const { home, relay, credits } = await aHouse({ credits: 1_000 })
    const lines = [...Array(500).fill(pay(1)), pay(1_000), ...Array(200).fill(pay(1))]
    relay.holdAnswersAfter(SOME_BYTES)
    const script = started(home, lines, ['--url', relay.url])
    await relay.held()
    relay.holdAnswers(false)
    relay.cut()
    const { code, out, err } = await script.ended
    expect(code).toBe(7)
    expect(err).toContain('line 501')
    expect(out.match(/left\.$/gm)).toHaveLength(500)
    expect(await credits()).toBe(500)
  })
})

describe('a limit of the daemon', { timeout: 90_000 }, () => {
  it.each([
    ['on what is open', { EWALLET_IN_FLIGHT_PER_SESSION: '7' }],
    ['on a second', { EWALLET_PER_SECOND_PER_SESSION: '250' }],
  ])('%s slows exec down and changes neither what is done nor its order', async (_, env) => {
    const { home, credits } = await aHouse({ credits: 200_000, env })
    const { code, out, err } = await exec(home, growing(MANY))
    expect({ code, err }).toEqual({ code: 0, err: 'The daemon has too much to do; going on more slowly.\n' })
    expect(leftIn(out)).toBe(leftAfter(200_000, MANY))
    expect(await credits()).toBe(200_000 - sumTo(MANY))
  })
})

describe('exec that is killed', { timeout: 90_000 }, () => {
  it('pays once what nobody was told, when the lines after the last that was told are run again', async () => {
    const { home, relay, credits } = await aHouse({ credits: 10_000 })
    const lines = Array<string>(MANY).fill(pay(3))
    relay.holdAnswersAfter(SOME_BYTES)
    const script = started(home, lines, ['--url', relay.url])
    await Promise.all([relay.held(), script.begun])
    // A line counts as told once that is written down, right behind its answer.
    while (toldOf(script.heard.out) === 0 || settledIn(home) !== toldOf(script.heard.out)) await pause(10)
    script.child.kill('SIGKILL')
    const { out } = await script.ended
    const told = toldOf(out)
    expect(told).toBeGreaterThan(0)
    expect(told).toBeLessThan(MANY)
    relay.holdAnswers(false)

    const again = started(home, lines.slice(told), ['--url', relay.url])
    const { code, err } = await again.ended
    expect(code).toBe(0)
    expect(err).toContain('Taking up the same command given')
    expect(await credits()).toBe(10_000 - MANY * 3)
    expect(pendingIn(home)).toEqual([])
  })
})
