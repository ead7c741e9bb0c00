import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { learned, minutesLeftAt, statusLine } from '../../packages/cli/src/reports/known-status.ts'
import { openStatusMemory, readStatus } from '../../packages/cli/src/reports/status-cache.ts'
import { aHome, aHomeOfAda, PASSWORD } from './home.ts'
import { someFolders } from './stand.ts'

const NINE = Date.UTC(2026, 0, 5, 9)
const MINUTE = 60_000

describe('ewallet status', () => {
  it('prints nothing, starts nothing and exits with 0 where nothing is known', async () => {
    const home = aHome()
    expect(await home.ewallet('status')).toEqual({ code: 0, out: '', err: '' })
    expect(() => home.daemonPid()).toThrow()
  })

  it('tells what the last answers told, though the daemon is gone', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('convert --credits 60')
    await home.ewallet('start')
    await home.killDaemon()
    expect(await home.ewallet('status')).toEqual({ code: 0, out: '⏱ 00:00 left 59m 40 cr\n', err: '' })
    expect((await home.ewallet('status --ascii')).out).toBe('> 00:00 left 59m 40 cr\n')
    expect(JSON.parse((await home.ewallet('status --json')).out)).toMatchObject({
      account: 'ada@example.org',
      credits: 40,
      clock_state: 'active',
    })
  })

  it('goes on counting while a timer runs', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('convert --credits 60')
    await home.ewallet('start')
    // As if all of it had been 72 minutes and 12 minutes ago.
    const file = join(home.folder, 'state', 'status.json')
    const known = JSON.parse(readFileSync(file, 'utf8'))
    known.local.timer.startedAt -= 72 * MINUTE
    known.local.left = { minutes: 240, at: known.local.left.at - 12 * MINUTE }
    writeFileSync(file, JSON.stringify(known))
    expect((await home.ewallet('status')).out).toBe('⏱ 01:12 left 3h47 40 cr\n')
  })

  it('forgets who logged out', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('logout')
    expect((await home.ewallet('status')).out).toBe('')
  })

  it('knows another context by what its own daemon answered', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('context add work ws://127.0.0.1:1')
    expect((await home.ewallet('status --context work')).out).toBe('')
    expect((await home.ewallet('status')).out).toBe('100 cr\n')
  })

  it('also tells what the lines of a script did', async () => {
    const home = await aHomeOfAda()
    const stdin = Array.from({ length: 50 }, () => 'supply 1').join('\n')
    expect(await home.ewallet('exec -', { stdin })).toMatchObject({ code: 0 })
    expect((await home.ewallet('status')).out).toBe('150 cr\n')
  })

  it('stands in a file that only its owner reads', async () => {
    const home = await aHomeOfAda()
    expect(statSync(join(home.folder, 'state', 'status.json')).mode & 0o077).toBe(0)
  })
})

describe('what answers tell', () => {
  const say = (known: object, path: Parameters<typeof learned>[1], answer: object, at: number, request = {}) =>
    learned(known, path, request, { failed: false, ...answer }, at)
  const iso = (at: number) => new Date(at).toISOString()

  it('stops the count in a pause and goes on after it', () => {
    let known = say({}, 'client action convert credits2clock', { ewallet_credits: 5, credit_clock: 60 }, NINE)
    known = say(known, 'client action start clock_timer', { clock: 1, start_timestamp: iso(NINE) }, NINE)
    expect(statusLine(known, NINE + 10 * MINUTE, false)).toBe('⏱ 00:10 left 50m 5 cr')
    const paused = { clock: 1, pending_time: 0, start_timestamp: iso(NINE), pause_timestamp: iso(NINE + 10 * MINUTE) }
    known = say(known, 'client action pause clock_timer', paused, NINE + 10 * MINUTE)
    expect(statusLine(known, NINE + 30 * MINUTE, false)).toBe('⏸ 00:10 left 50m 5 cr')
    const resumed = { clock: 1, pending_time: 20, resume_timestamp: iso(NINE + 30 * MINUTE) }
    known = say(known, 'client action resume clock_timer', resumed, NINE + 30 * MINUTE)
    expect(statusLine(known, NINE + 35 * MINUTE, false)).toBe('⏱ 00:15 left 45m 5 cr')
    expect(minutesLeftAt(known, NINE + 500 * MINUTE)).toBe(0)
    expect(statusLine(known, NINE + 500 * MINUTE, false)).toBe('left 0m 5 cr')
  })

  it('builds on what another process heard meanwhile', () => {
    const folders = someFolders()
    const [one, other] = [openStatusMemory(folders), openStatusMemory(folders)]
    const wallet = (credits: number) => ({ failed: false, ewallet_credits: credits })
    one.hear('local', 'client action supply credits', {}, wallet(5))
    one.keep()
    const clock = { failed: false, ewallet_credits: 2, credit_clock: 3 }
    other.hear('local', 'client action convert credits2clock', {}, clock)
    other.keep()
    one.hear('local', 'client action supply credits', {}, wallet(7))
    one.keep()
    expect(readStatus(folders, 'local')).toMatchObject({ credits: 7, left: { minutes: 3 } })
  })

  it('is nothing where the file cannot be read', () => {
    const folders = someFolders()
    expect(readStatus(folders, 'local')).toEqual({})
  })
})

describe('what others wrote', () => {
  it('is made visible where the terminal talks about it', async () => {
    const home = aHome()
    const stdin = `${PASSWORD}\n`
    const { err } = await home.ewallet(['context', 'use', '\u001b[2Jwork'], { stdin })
    expect(err).not.toContain('\u001b')
  })
})
