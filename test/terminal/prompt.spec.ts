import { describe, expect, it } from 'vitest'
import { type Paint, tints, unpainted } from '../../packages/cli/src/output/colour.ts'
import { measureFor } from '../../packages/cli/src/output/width.ts'
import type { Picture } from '../../packages/cli/src/repl/picture.ts'
import { promptOf } from '../../packages/cli/src/repl/prompt.ts'
import { aHome, aRunningDaemon } from '../process.ts'
import { aHouse, PASSWORD } from './house.ts'
import { aTerminal } from './screen.ts'

const MINUTE = 60_000
const tinted = Object.fromEntries(
  tints.map((tint) => [tint, (text: string) => `<${tint} ${text}>`]),
) as unknown as Paint

const ada: Picture = { context: 'local', isAway: false, account: 'ada@example.org', name: 'ada', credits: 42 }
const running = (leftMinutes: number, elapsedMinutes = 72) => ({
  clock: 1,
  state: 'active' as const,
  leftMs: leftMinutes * MINUTE,
  elapsedMs: elapsedMinutes * MINUTE,
  asOfMs: 0,
})

async function prompt(picture: Picture, { now = 0, columns = 80, ascii = false, paint = unpainted } = {}) {
  return promptOf(picture, now, columns, { paint, ascii, measure: await measureFor('👍') })
}

describe('the prompt', () => {
  it.each<[string, Picture, string]>([
    ['a timer that runs', { ...ada, timer: running(228) }, 'ada@local ⏱ 01:12 (left 3h48) 42 cr › '],
    [
      'a paused one',
      { ...ada, timer: { ...running(228), state: 'pending' } },
      'ada@local ⏸ 01:12 (left 3h48) 42 cr › ',
    ],
    ['none', { ...ada, timer: { ...running(228), state: 'inactive' } }, 'ada@local (left 3h48) 42 cr › '],
    ['no time at all', { ...ada, timer: { ...running(0), state: 'inactive' } }, 'ada@local 42 cr › '],
    ['nobody', { context: 'work', isAway: false }, 'work › '],
    ['a daemon that is away', { ...ada, isAway: true, timer: running(228) }, 'ada@local (away) › '],
    ['a hostile name', { ...ada, name: 'e\x1b[2J' }, 'e\\x1b[2J@local 42 cr › '],
    ['a long name', { ...ada, name: '日本語'.repeat(9) }, '日本語日本語日本語…@local 42 cr › '],
  ])('tells of %s', async (_, picture, expected) => {
    expect(await prompt(picture)).toBe(expected)
  })

  it('leaves room to type: first the credits go, then how long it ran, then what is left', async () => {
    const picture = { ...ada, timer: running(228) }
    expect(await prompt(picture, { columns: 60 })).toBe('ada@local ⏱ 01:12 (left 3h48) › ')
    expect(await prompt(picture, { columns: 50 })).toBe('ada@local (left 3h48) › ')
    expect(await prompt(picture, { columns: 30 })).toBe('ada@local › ')
  })

  it('counts by itself, down to seconds and no further than the end', async () => {
    const picture = { ...ada, timer: running(2, 58) }
    expect(await prompt(picture, { now: MINUTE })).toBe('ada@local ⏱ 00:59 (left 1m) 42 cr › ')
    expect(await prompt(picture, { now: 1.5 * MINUTE })).toBe('ada@local ⏱ 00:59 (left 30s) 42 cr › ')
    expect(await prompt(picture, { now: 9 * MINUTE })).toBe('ada@local ⏱ 01:00 (left 0s) 42 cr › ')
  })

  it.each([
    [16, 'green'],
    [15, 'green'],
    [14.99, 'yellow'],
    [5, 'yellow'],
    [4.99, 'red'],
  ])('with %d minutes left tells them in %s', async (minutes, tint) => {
    expect(await prompt({ ...ada, timer: running(minutes) }, { paint: tinted })).toContain(`<${tint} (left`)
  })

  it('draws with ASCII only where that is asked for', async () => {
    expect(await prompt({ ...ada, timer: running(228) }, { ascii: true })).toBe(
      'ada@local on 01:12 (left 3h48) 42 cr > ',
    )
  })

  it('is right at once, also about a timer that began before', async () => {
    const house = await aHouse({ credits: 270, minutes: 228, running: true })
    const screen = await house.repl()
    expect(screen.cursor().line).toMatch(/^ada@local ⏱ 00:00 \(left 3h47\) 42 cr ›$/)
  })

  it('goes on by itself while a line is being typed', async () => {
    const house = await aHouse({ credits: 42, minutes: 1, running: true })
    const screen = await house.repl()
    screen.type('half')
    await screen.waitFor(/\(left 5\ds\) 41 cr › half/)
    await screen.waitFor(/\(left 5[0-7]s\) 41 cr › half/)
    expect(screen.text().split('ada@local')).toHaveLength(2)
  })
})

describe('the first run', () => {
  it('welcomes, offers to sign up, and tells what comes next', async () => {
    const { home } = await aRunningDaemon({ home: aHome() })
    const screen = aTerminal({ env: { EWALLET_HOME: home } })
    await screen.waitFor('Look around first')
    screen.press('enter')
    await screen.waitFor('? Name')
    screen.type('ada\r')
    await screen.waitFor('? Email')
    screen.type('ada@example.org\r')
    await screen.waitFor('? New password')
    screen.type(`${PASSWORD}\r`)
    await screen.waitFor('? The same again')
    screen.type(`${PASSWORD}\r`)
    await screen.waitFor('ada@local 0 cr ›')
    expect(screen.text()).toContain('Welcome to ewallet')
    expect(screen.text()).toContain('convert --credits 60  turn some into minutes')
    expect(screen.raw()).not.toContain(PASSWORD)
  })

  it('lets somebody look around, and leave the question with Ctrl-C', async () => {
    const { home } = await aRunningDaemon({ home: aHome() })
    const screen = aTerminal({ args: ['repl'], env: { EWALLET_HOME: home } })
    await screen.waitFor('Look around first')
    screen.press('ctrl-c')
    await screen.waitFor(/^local ›/m)
    await screen.enter('balance')
    expect(screen.text()).toContain('(not_logged_in)')
    screen.press('ctrl-d')
    expect(await screen.exited).toBe(0)
  })
})

describe('a terminal that cannot draw anew', () => {
  it('has the same prompt and commands, without a single escape', async () => {
    const house = await aHouse()
    const screen = await house.repl({ env: { TERM: 'dumb' } })
    await screen.enter('supply 5')
    screen.type('half')
    await screen.waitFor('5 cr › half')
    screen.press('ctrl-c')
    await screen.waitFor(/half\^C\nada@local 5 cr ›/)
    screen.press('ctrl-d')
    expect(await screen.exited).toBe(0)
    expect(screen.raw()).not.toContain('\x1b')
  })
})

describe('a session at a terminal', () => {
  const said = [
    'supply 100 --note "a gift"',
    'convert --credits 40',
    'contact add "bob smith" --email bob@example.org',
    'transfer --to bob@example.org --credits 5',
    'contact',
    'wallet list',
    'sheet transfer',
    'clock',
    'pay --to nobody@example.org --credits 1',
    'clokc',
  ]

  async function captured(columns: number, env: Record<string, string>) {
    const house = await aHouse()
    const screen = await house.repl({ columns, rows: 100, env })
    for (const line of said) await screen.enter(line)
    return { text: kept(screen.text()), painted: kept(screen.painted()), raw: screen.raw() }
  }

  /** Every moment is another, and as wide. */
  function kept(text: string): string {
    const lasting = text
      .replace(/ewallet \d\S+/, 'ewallet VERSION')
      .replace(/\d{4}-\d\d-\d\d/g, 'YYYY-MM-DD')
      .replace(/\d\d:\d\d:\d\d/g, 'HH:MM:SS')
    return `${lasting.replace(/ +$/gm, '')}\n`
  }

  it.each([60, 80, 120])('is laid out for %d columns, and coloured where colour may be written', async (columns) => {
    const [coloured, plain] = await Promise.all([captured(columns, {}), captured(columns, { NO_COLOR: '1' })])
    await expect(coloured.text).toMatchFileSnapshot(`captures/repl-${columns}.txt`)
    await expect(coloured.painted).toMatchFileSnapshot(`captures/repl-${columns}-colour.txt`)
    expect(plain.text).toBe(coloured.text)
    expect(plain.painted).toBe(plain.text)
    expect(plain.raw).not.toMatch(inColour)
  })
})

const inColour = new RegExp(`${'\x1b'}\\[[0-9;]+m`)
