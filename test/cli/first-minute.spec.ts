import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aHome, aHomeOfAda, PASSWORD } from './home.ts'

const stdin = `${PASSWORD}\n`
const SIGNUP = 'signup --name ada --email ada@example.org --password-stdin'

describe('on an empty machine', () => {
  it('signup works: the daemon starts by itself, on loopback, and ada is logged in', async () => {
    const home = aHome()
    expect(await home.ewallet(SIGNUP, { stdin })).toEqual({
      code: 0,
      out: 'Welcome, ada. The account is ada@example.org.\n',
      err: 'Logged in as ada@example.org.\n',
    })
    const daemon = JSON.parse(readFileSync(join(home.folder, 'runtime', 'daemon.json'), 'utf8'))
    expect(daemon.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
    expect(await home.ewallet('whoami --json --fields account')).toMatchObject({
      code: 0,
      out: expect.stringContaining('"account": "ada@example.org"'),
    })
  })

  it('nothing anybody else could read is left behind', async () => {
    const home = aHome()
    await home.ewallet(SIGNUP, { stdin })
    for (const name of readdirSync(home.folder, { recursive: true }) as string[]) {
      expect([name, statSync(join(home.folder, name)).mode & 0o077]).toEqual([name, 0])
    }
    const kept = readFileSync(join(home.folder, 'state', 'ewalletd.log'), 'utf8')
    expect(kept).not.toContain(PASSWORD)
  })

  it('signup leaves it at that with --no-login', async () => {
    const home = aHome()
    await home.ewallet(`${SIGNUP} --no-login`, { stdin })
    expect(await home.ewallet('balance')).toMatchObject({ code: 4, out: '' })
  })

  it('one daemon starts, however many ask at once', async () => {
    const home = aHome()
    const asked = await Promise.all(Array.from({ length: 8 }, () => home.ewallet('license --json')))
    expect(asked.map(({ code }) => code)).toEqual(asked.map(() => 0))
    const log = readFileSync(join(home.folder, 'state', 'ewalletd.log'), 'utf8')
    expect(log.match(/^listening /gm)).toHaveLength(1)
  })

  it.each(['--no-start balance', 'balance --no-start'])('%s starts nothing and exits with 6', async (line) => {
    const home = aHome()
    expect(await home.ewallet(line)).toEqual({
      code: 6,
      out: '',
      err: 'No daemon is running.\nStart it with: ewallet daemon start\n',
    })
    expect(existsSync(join(home.folder, 'runtime'))).toBe(false)
  })

  it('--url speaks to that address and starts nothing', async () => {
    const home = aHome()
    expect(await home.ewallet('--url ws://127.0.0.1:1 license')).toMatchObject({ code: 6, out: '' })
    expect(existsSync(join(home.folder, 'runtime'))).toBe(false)
  })

  it('--version and help create nothing', async () => {
    const home = aHome()
    expect(await home.ewallet('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    expect(await home.ewallet('pay --help')).toMatchObject({ code: 0, err: '' })
    expect(readdirSync(home.folder)).toEqual([])
  })
})

describe('the local daemon', () => {
  it.each([
    ['through a file that others could write', 0o622, 9],
    ['where nobody answers on its admin channel', 0o600, 6],
  ])('is not believed in %s', async (_, mode, code) => {
    const home = aHome()
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    onTestFinished(() => void stranger.kill('SIGKILL'))
    mkdirSync(join(home.folder, 'runtime'), { mode: 0o700 })
    const file = join(home.folder, 'runtime', 'daemon.json')
    const claim = { pid: stranger.pid, url: 'ws://127.0.0.1:7420', started_at: '', admin: '/nowhere' }
    writeFileSync(file, JSON.stringify(claim))
    chmodSync(file, mode)
    expect(await home.ewallet('license --no-start')).toMatchObject({ code, out: '' })
  })

  it('is started, shown and stopped', async () => {
    const home = aHome()
    expect(await home.ewallet('daemon status')).toEqual({ code: 3, out: '', err: 'No daemon is running.\n' })
    expect(await home.ewallet('daemon start')).toMatchObject({ code: 0, err: 'Started.\n' })
    expect(await home.ewallet('daemon start')).toMatchObject({ code: 0, err: 'It was running already.\n' })
    expect(JSON.parse((await home.ewallet('daemon status --json')).out)).toMatchObject([{ pid: home.daemonPid() }])
    expect(await home.ewallet('daemon stop')).toMatchObject({ code: 0 })
    expect(await home.ewallet('daemon stop')).toMatchObject({ code: 3 })
    expect(await home.ewallet('daemon start')).toMatchObject({ code: 0, err: 'Started.\n' })
  })

  it('says why it did not start', async () => {
    const home = aHome()
    const { code, err } = await home.ewallet('license', { env: { EWALLET_WORKERS: 'many' } })
    expect(code).toBe(6)
    expect(err).toMatch(/^The daemon did not start\. It said: EWALLET_WORKERS should be/)
  })
})

describe('money', () => {
  it('is paid once, though the daemon dies before it answers', async () => {
    const home = await aHomeOfAda()
    process.kill(home.daemonPid(), 'SIGSTOP')
    const paying = home.ewallet('pay --to bob@example.org --credits 10')
    const pending = join(home.folder, 'state', 'pending')
    while (!existsSync(pending) || readdirSync(pending).length === 0) await pause(5)
    await home.killDaemon()
    expect(await paying).toMatchObject({ code: 0, out: 'Paid 10 credits to bob@example.org. 90 left.\n' })
    expect(readdirSync(pending)).toEqual([])
  })

  it('is not paid by whom another window made active', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('login bob --password-stdin', { stdin, ownWindow: true })
    expect(await home.ewallet('pay --to bob@example.org --credits 1')).toEqual({
      code: 8,
      out: '',
      err: 'Another account is active on this session. (other_account_active)\nNothing was done. Switch with: ewallet account use EMAIL.\n',
    })
    await home.ewallet('account use ada@example.org')
    expect(await home.ewallet('pay --to bob@example.org --credits 1')).toMatchObject({ code: 0 })
  })

  it('is not paid but by whom --as names', async () => {
    const home = await aHomeOfAda()
    expect(await home.ewallet('pay --to bob@example.org --credits 1 --as bob@example.org')).toMatchObject({ code: 8 })
    expect(await home.ewallet('pay --to bob@example.org --credits 1 --as ada@example.org')).toMatchObject({ code: 0 })
  })

  it('stays where it is in a dry run', async () => {
    const home = await aHomeOfAda()
    expect(await home.ewallet('pay --to bob@example.org --credits 10 --dry-run')).toMatchObject({
      code: 0,
      out: 'Paid 10 credits to bob@example.org. 90 left.\n',
    })
    expect((await home.ewallet('balance --json')).out).toContain('"credits": 100')
  })
})

describe('without a terminal', () => {
  it.each([
    ['signup', 'Missing --name.\nSee: ewallet signup --help\n'],
    ['login', 'Missing WHO, a name or an email.\nAs in: ewallet login ada@example.org\n'],
    ['pay', 'Missing --to and --credits.\nSee: ewallet pay --help\n'],
    ['account delete', '"ewallet account delete" needs a confirmation.\nSay --yes.\n'],
    ['login ada', 'A password is needed.\nGive it with --password-stdin, or name a file in EWALLET_PASSWORD_FILE.\n'],
  ])('ewallet %s asks nothing and exits with 2', async (line, err) => {
    expect(await aHome().ewallet(line)).toEqual({ code: 2, out: '', err })
  })

  it('a failure with --json is one object on stderr', async () => {
    const { code, out, err } = await aHome().ewallet('pay --crdits 5 --json')
    expect([code, out]).toEqual([2, ''])
    expect(JSON.parse(err)).toEqual({
      failed: true,
      code: 'misused',
      error: "Unknown option '--crdits'.",
      warning: 'Did you mean --credits?',
    })
  })

  it('clock status says by its exit code whether a timer runs; a bare clock does not', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('convert --credits 60')
    expect((await home.ewallet('clock status')).code).toBe(3)
    expect((await home.ewallet('clock')).code).toBe(0)
    await home.ewallet('start')
    expect((await home.ewallet('clock status')).code).toBe(0)
  })

  it('logout says on stdout who is active now', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('login bob --password-stdin', { stdin })
    expect(await home.ewallet('logout')).toMatchObject({
      code: 0,
      out: 'Logged out bob@example.org. ada@example.org is active now.\n',
    })
  })

  it('a password changes, the new one first and the current one second on stdin', async () => {
    const home = await aHomeOfAda()
    const both = 'new-horse-22\ncorrect-horse-1\n'
    expect(await home.ewallet('account edit --password-stdin', { stdin: both })).toMatchObject({ code: 0 })
    expect(await home.ewallet('login ada --password-stdin', { stdin })).toMatchObject({ code: 4 })
    expect(await home.ewallet('login ada --password-stdin', { stdin: 'new-horse-22' })).toMatchObject({ code: 0 })
  })

  it('a session that was lost is replaced, and the login asked for', async () => {
    const home = await aHomeOfAda()
    const file = join(home.folder, 'state', 'sessions.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/ewsm-st:\w{4}/, 'ewsm-st:xxxx'))
    expect(await home.ewallet('balance')).toMatchObject({ code: 4 })
    expect(await home.ewallet('login ada --password-stdin', { stdin })).toMatchObject({ code: 0 })
    expect(await home.ewallet('balance')).toMatchObject({ code: 0 })
  })
})
