import { spawn as spawnProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import { Terminal } from '@xterm/headless'
import { describe, expect, it, onTestFinished } from 'vitest'
import { storyAfter } from '../../packages/cli/src/timer-story.ts'
import { aHome, aHomeOfAda, type Home, PASSWORD } from './home.ts'

const bin = process.env.EWALLET_BIN ?? new URL('../../bin/ewallet.js', import.meta.url).pathname
const CTRL_C = '\u0003'

function envOf(home: Home): Record<string, string> {
  return { PATH: process.env.PATH ?? '', TZ: 'UTC', EWALLET_HOME: home.folder, EWALLET_SCRYPT_N: '1024' }
}

/** A command that goes on and writes into a pipe. */
function flowing(home: Home, line: string) {
  const child = spawnProcess(process.execPath, [bin, ...line.split(' ')], { env: envOf(home) })
  const heard = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    heard.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    heard.err += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    heard,
    ended,
    lines: () => heard.out.split('\n').filter((text) => text !== ''),
    stop: (signal: NodeJS.Signals) => child.kill(signal),
  }
}

/** A command on a screen of so many columns. */
function onScreen(home: Home, line: string, columns = 80) {
  const rows = 24
  const screen = new Terminal({ cols: columns, rows, allowProposedApi: true })
  const env = { ...envOf(home), TERM: 'xterm-256color' }
  const pty = spawn(process.execPath, [bin, ...line.split(' ')], { cols: columns, rows, env })
  let raw = ''
  screen.write('$ before\r\n')
  pty.onData((text) => {
    raw += text
    screen.write(text)
  })
  const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)))
  onTestFinished(() => pty.kill('SIGKILL'))
  return {
    ended,
    raw: () => raw,
    type: (text: string) => pty.write(text),
    text: () =>
      Array.from({ length: rows }, (_, row) => screen.buffer.active.getLine(row)?.translateToString(true) ?? '').join(
        '\n',
      ),
    isAlternate: () => screen.buffer.active.type === 'alternate',
  }
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await pause(20)
}

async function aHomeWithMinutes(minutes: number): Promise<Home> {
  const home = await aHomeOfAda(500)
  await home.ewallet(['convert', '--credits', String(minutes)])
  return home
}

describe('ewallet clock watch', () => {
  it('writes a line for each change into a pipe, at the moment it is pushed', async () => {
    const home = await aHomeWithMinutes(60)
    const watching = flowing(home, 'clock watch --json')
    for (const [index, line] of ['start', 'pause', 'resume', 'stop'].entries()) {
      await until(() => watching.lines().length === index + 1)
      await home.ewallet(line)
    }
    await until(() => watching.lines().length === 5)
    const told = watching.lines().map((line) => JSON.parse(line))
    expect(told.map(({ clock_state }) => clock_state)).toEqual(['inactive', 'active', 'pending', 'active', 'inactive'])
    expect(told[0]).toMatchObject({ failed: false, elapsed_minutes: null, minutes_left: 60, ends_at: null })
    expect(Date.parse(told[1].ends_at) - Date.parse(told[1].at)).toBeGreaterThan(59 * 60_000)
    expect(told[2].elapsed_minutes).toBeLessThan(1)
    watching.stop('SIGINT')
    expect(await watching.ended).toBe(130)
  })

  it('draws elapsed, left and the end on the screen, and gives the screen back at q', async () => {
    const home = await aHomeWithMinutes(60)
    await home.ewallet('start')
    const watching = onScreen(home, 'clock watch')
    await until(() => watching.text().includes('ends'))
    expect(watching.isAlternate()).toBe(true)
    expect(watching.text()).toMatch(/▶ running {2}Credit Clock, clock #\d/)
    expect(watching.text()).toMatch(/elapsed {2}0:00:\d\d/)
    expect(watching.text()).toMatch(/left +59 min \d+ s/)
    await home.ewallet('pause')
    await until(() => watching.text().includes('⏸ paused'))
    watching.type('q')
    expect(await watching.ended).toBe(0)
    expect(watching.isAlternate()).toBe(false)
    expect(watching.text()).toContain('$ before')
  })

  it.each([
    [20, '32'],
    [12, '33'],
    [4, '31'],
  ])('with %d minutes left it is written in colour %s', async (minutes, colour) => {
    const home = await aHomeWithMinutes(minutes)
    await home.ewallet('start')
    const watching = onScreen(home, 'clock watch', 60)
    await until(() => watching.text().includes('ends'))
    expect(watching.raw()).toContain(`\u001b[${colour}m━`)
    watching.type(CTRL_C)
    expect(await watching.ended).toBe(130)
    expect(watching.isAlternate()).toBe(false)
  })

  it('knows since when, though it came later', async () => {
    const home = await aHomeWithMinutes(60)
    await home.ewallet('start')
    await home.ewallet('pause')
    await home.ewallet('resume')
    await pause(1_100)
    const watching = flowing(home, 'clock watch --json')
    await until(() => watching.lines().length > 0)
    expect(JSON.parse(watching.lines()[0] ?? '').elapsed_minutes).toBeGreaterThan(0.01)
  })

  it('comes back by itself when the daemon does, and starts none itself', async () => {
    const home = await aHomeWithMinutes(60)
    const watching = flowing(home, 'clock watch')
    await until(() => watching.lines().length === 1)
    await home.killDaemon()
    await until(() => watching.heard.err.includes('The connection to the daemon was lost; trying again.'))
    await pause(500)
    expect((await home.ewallet('daemon status')).code).toBe(3)
    await home.ewallet('start')
    await until(() => watching.lines().length === 2)
    expect(watching.lines()[1]).toMatch(/running {2}elapsed 0:00:0\d {2}left 0:59:5\d|left 1:00:00/)
    expect(watching.heard.err).toContain('The daemon is there again.')
    watching.stop('SIGTERM')
    expect(await watching.ended).toBe(143)
  })

  it('asks for a login where nobody is logged in', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('logout')
    expect(await home.ewallet('clock watch')).toMatchObject({ code: 4, out: '' })
  })
})

describe('ewallet events --follow', () => {
  it('tells every event once and in order, also over a daemon that was killed', async () => {
    const home = await aHomeWithMinutes(60)
    await home.ewallet('start')
    const following = flowing(home, 'events --from 0 --follow --json')
    await until(() => following.heard.out.includes('clock.started'))
    await home.killDaemon()
    await until(() => following.heard.err.includes('lost'))
    await home.ewallet('pause')
    await home.ewallet('resume')
    await until(() => following.heard.out.includes('clock.resumed'))
    const told = following.lines().map((line) => JSON.parse(line))
    expect(told.map(({ event }) => event)).toEqual(['account.login', 'clock.started', 'clock.paused', 'clock.resumed'])
    expect(told.map(({ cursor }) => cursor)).toEqual([1, 2, 3, 4])
  })

  it('ends by itself after --limit', async () => {
    const home = await aHomeWithMinutes(60)
    await home.ewallet('start')
    const { code, out } = await home.ewallet('events --from 0 --follow --limit 2')
    expect([code, out.trim().split('\n').length]).toEqual([0, 2])
    expect(out).toMatch(/ {2}Clock \d started\. {2}#2\n$/)
  })

  it('is a list without --follow', async () => {
    const home = await aHomeWithMinutes(60)
    expect(await home.ewallet('events --from 99 --json')).toMatchObject({ code: 0 })
    expect(JSON.parse((await home.ewallet('events --json')).out)).toMatchObject({ failed: false, cursor: 1 })
  })
})

describe('ewallet watch', () => {
  it('writes what happens and the credits into a pipe', async () => {
    const home = await aHomeOfAda(100)
    const watching = flowing(home, 'watch')
    await until(() => watching.lines().length === 1)
    expect(watching.lines()[0]).toMatch(/ {2}100 credits\.$/)
    const bob = aHome()
    const { url } = JSON.parse(readFileSync(join(home.folder, 'runtime', 'daemon.json'), 'utf8'))
    const env = { EWALLET_URL: url }
    await bob.ewallet('login bob --password-stdin', { stdin: `${PASSWORD}\n`, env })
    await bob.ewallet('supply 50', { env })
    await bob.ewallet('pay --to ada@example.org --credits 5', { env })
    await until(() => watching.lines().length === 2)
    expect(watching.lines()[1]).toMatch(/ {2}bob@example\.org paid 5 credits\. {2}105 credits\.$/)
    watching.stop('SIGINT')
    expect(await watching.ended).toBe(130)
  })

  it.each([60, 80, 120])('shows credits, clocks and events on %d columns', async (columns) => {
    const home = await aHomeWithMinutes(60)
    await home.ewallet('start')
    const watching = onScreen(home, 'watch', columns)
    // In its first second the clock has a whole hour left.
    await until(() => watching.text().includes('started') && watching.text().includes('59 min'))
    expect(watching.text()).toContain('440 credits')
    expect(watching.text()).toMatch(/Credit Clock {2}running {2}59 min \d+ s left {2}ends \d\d:\d\d:\d\d/)
    watching.type('q')
    expect(await watching.ended).toBe(0)
  })
})

describe("a timer's story", () => {
  const event = (name: string, at: string, clock = 1) => ({ event: name, at, cursor: 1, data: { clock } })

  it('counts what runs, without pauses, of its own clock only', () => {
    const story = storyAfter(
      undefined,
      [
        event('clock.started', '2026-01-05T09:00:00Z'),
        event('clock.started', '2026-01-05T09:01:00Z', 2),
        event('clock.paused', '2026-01-05T09:10:00Z'),
        event('clock.resumed', '2026-01-05T10:00:00Z'),
      ],
      1,
    )
    expect(story).toEqual({ spentMs: 600_000, runningSince: Date.UTC(2026, 0, 5, 10) })
  })

  it('ends with the timer, and has none where the start is not known', () => {
    const started = event('clock.started', '2026-01-05T09:00:00Z')
    expect(storyAfter(undefined, [started, event('clock.exhausted', '2026-01-05T09:01:00Z')], 1)).toBeUndefined()
    expect(storyAfter(undefined, [event('clock.resumed', '2026-01-05T09:01:00Z')], 1)).toBeUndefined()
  })
})
