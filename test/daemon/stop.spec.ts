import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PASSWORD } from '../harness.ts'
import { aLine, type Line } from '../listening.ts'
import { aRunningDaemon, type RunningDaemon } from '../process.ts'

const chain = (action: string, rest: object) => ({ controller: 'client', ctype: 'action', action, ...rest })
const STOP = { controller: 'system', ctype: 'action', action: 'stop', stop: 'daemon' }
const WALLET = chain('view', { view: 'credit', credit: 'ewallet' })

interface Held {
  client_id: string
  session_token: string
}

/** Somebody signed up and logged in over a line, and how they are known. */
async function aPerson(line: Line, name: string): Promise<Held> {
  const { client_id } = (await line.says(chain('request', { request: 'client_id' }))) as unknown as Held
  const asked = chain('request', { request: 'session_token', client_id })
  const { session_token } = (await line.says(asked)) as unknown as Held
  const held = { client_id, session_token }
  const person = { user_name: name, user_email: `${name}@example.org`, user_pass: PASSWORD }
  await line.says({ ...held, ...chain('new', { new: 'account', ...person }) })
  await line.says({ ...held, ...chain('login', { user_email: person.user_email, user_pass: PASSWORD }) })
  return held
}

/** What the wallet of a person holds. */
async function creditsOf(daemon: RunningDaemon, held: Held): Promise<unknown> {
  const { ewallet_data } = await (await aLine(daemon.url)).says({ ...held, ...WALLET })
  return (ewallet_data as { credits: number } | undefined)?.credits
}

/** Supplies one credit after the other, many at once, until the connection ends; counts what was acknowledged. */
async function supplyUntilCut(daemon: RunningDaemon, line: Line, held: Held, cut: () => void) {
  const heard = { acknowledged: 0, refused: new Set<unknown>() }
  let sent = 0
  let isCut = false
  const send = () => {
    sent += 1
    line.sends(JSON.stringify({ id: sent, ...held, ...chain('supply', { supply: 'credits', credits: 1 }) }))
  }
  line.socket.removeAllListeners('message')
  line.socket.on('message', (message) => {
    const { response } = JSON.parse(String(message))
    if (response.failed) heard.refused.add(response.code)
    else heard.acknowledged += 1
    // Once: a refusal may come while the count stands there, and a second signal ends the daemon at once.
    if (heard.acknowledged === 300 && !isCut) {
      isCut = true
      cut()
    }
    if (line.socket.readyState === line.socket.OPEN) send()
  })
  for (let n = 0; n < 100; n += 1) send()
  await line.closed
  await daemon.exited
  return heard
}

describe('SIGTERM', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '(or %s) ends the daemon with 0, and nothing of it stays',
    async (signal) => {
      const daemon = await aRunningDaemon()
      expect(await daemon.stop(signal)).toBe(0)
      expect(readdirSync(join(daemon.home, 'runtime'))).toEqual([])
      expect(readdirSync(join(daemon.home, 'data')).filter((name) => name.includes('lock'))).toEqual([])
    },
  )

  it('draws a checkpoint', async () => {
    const daemon = await aRunningDaemon()
    await aPerson(await aLine(daemon.url), 'ada')
    await daemon.stop()
    expect(readdirSync(join(daemon.home, 'data', 'stores')).join()).toContain('accounts')
    expect(existsSync(join(daemon.home, 'data', 'manifest.json'))).toBe(true)
  })

  it('closes connections with 1001, also those that say nothing', async () => {
    const daemon = await aRunningDaemon()
    const line = await aLine(daemon.url)
    const admin = await aLine(`ws+unix://${daemon.admin}:/`)
    await daemon.stop()
    expect([await line.closed, await admin.closed]).toEqual([1001, 1001])
  })

  it('under load loses no instruction that was acknowledged, and does none that was not', async () => {
    const daemon = await aRunningDaemon()
    const line = await aLine(daemon.url)
    const held = await aPerson(line, 'ada')
    const { acknowledged, refused } = await supplyUntilCut(daemon, line, held, () => void daemon.stop())
    expect(await daemon.exited).toBe(0)
    expect(acknowledged).toBeGreaterThanOrEqual(300)
    expect([...refused].filter((code) => code !== 'shutting_down')).toEqual([])
    const next = await aRunningDaemon({ home: daemon.home })
    expect(await creditsOf(next, held)).toBe(acknowledged)
  })
})

describe('system action stop daemon', () => {
  it('is answered before the daemon ends', async () => {
    const daemon = await aRunningDaemon()
    const admin = await aLine(`ws+unix://${daemon.admin}:/`)
    expect(await admin.says(STOP)).toEqual({ failed: false, stopping: true })
    expect(await daemon.exited).toBe(0)
  })
})

describe('a killed daemon', () => {
  it('started again serves what it acknowledged, and the sessions that were open', async () => {
    const daemon = await aRunningDaemon()
    const line = await aLine(daemon.url)
    const held = await aPerson(line, 'ada')
    await line.says({ ...held, ...chain('supply', { supply: 'credits', credits: 100 }) })
    await daemon.stop('SIGKILL')
    const next = await aRunningDaemon({ home: daemon.home })
    expect(await creditsOf(next, held)).toBe(100)
  })

  it('under load loses no instruction that was acknowledged', async () => {
    const daemon = await aRunningDaemon()
    const line = await aLine(daemon.url)
    const held = await aPerson(line, 'ada')
    const { acknowledged } = await supplyUntilCut(daemon, line, held, () => void daemon.stop('SIGKILL'))
    const next = await aRunningDaemon({ home: daemon.home })
    const credits = await creditsOf(next, held)
    expect(credits).toBeGreaterThanOrEqual(acknowledged)
    expect(credits).toBeLessThanOrEqual(acknowledged + 100)
  })
})

describe('a restarted daemon', () => {
  it('knows client ids, tokens and who is logged in', async () => {
    const daemon = await aRunningDaemon()
    const held = await aPerson(await aLine(daemon.url), 'ada')
    await daemon.stop()
    const next = await aRunningDaemon({ home: daemon.home })
    const line = await aLine(next.url)
    expect(await line.says({ ...held, ...chain('view', { view: 'session' }) })).toMatchObject({
      session_data: { session_user_account: 'ada@example.org' },
    })
  })
})

describe('the log', () => {
  it('is one JSON line per event on stderr, with level, time and event, and a request id for each request', async () => {
    const daemon = await aRunningDaemon({ env: { EWALLET_LOG_LEVEL: 'debug' } })
    await aPerson(await aLine(daemon.url), 'ada')
    await daemon.stop()
    const lines = daemon
      .stderr()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    for (const line of lines) {
      expect(line).toMatchObject({ level: expect.any(String), time: expect.any(String), event: expect.any(String) })
    }
    expect(lines.map(({ event }) => event)).toEqual(['listening', ...Array(4).fill('answered'), 'stopping', 'stopped'])
    expect(lines.filter(({ event }) => event === 'answered').map(({ request, path }) => `${request} ${path}`)).toEqual([
      'r1 client action request client_id',
      'r2 client action request session_token',
      'r3 client action new account',
      'r4 client action login',
    ])
  })

  it('holds no password and no token, nor does any file of the daemon', async () => {
    const daemon = await aRunningDaemon({ env: { EWALLET_LOG_LEVEL: 'trace' } })
    const line = await aLine(daemon.url)
    const { session_token } = await aPerson(line, 'ada')
    await line.says(chain('login', { user_email: 'ada@example.org', user_pass: PASSWORD, session_token }))
    await daemon.stop()
    const files = readdirSync(daemon.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    for (const text of [daemon.stderr(), daemon.stdout(), ...files]) {
      expect(text.includes(PASSWORD)).toBe(false)
      expect(text.includes(session_token)).toBe(false)
    }
  })
})
