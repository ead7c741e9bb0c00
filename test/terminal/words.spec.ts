import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aRunningDaemon } from '../process.ts'
import { aHouse } from './house.ts'
import { aShell, bin } from './screen.ts'

describe('set', () => {
  it('sets flags for the lines that follow, lists them, and takes them back', async () => {
    const screen = await (await aHouse()).repl()
    await screen.enter('set output json')
    await screen.enter('balance')
    expect(screen.text()).toMatch(/^ {4}"credits": 0,$/m)
    await screen.enter('pay --to nobody@example.org --credits 1')
    expect(screen.text()).toMatch(/^\{"failed":true,"code":/m)
    await screen.enter('set ascii on')
    expect(screen.cursor().line).toBe('ada@local 0 cr >')
    await screen.enter('set')
    expect(screen.text()).toContain('set output json\nset ascii on\n')
    await screen.enter('set output')
    await screen.enter('set ascii off')
    await screen.enter('set outptu json')
    expect(screen.text()).toContain('"outptu" cannot be set.\nDid you mean: set output\n')
    await screen.enter('set')
    expect(screen.text()).toMatch(/Nothing is set\. There is: output, .*\n.*\nada@local 0 cr › ?$/)
  })

  it('turns to another daemon, and back', async () => {
    const house = await aHouse({ credits: 3 })
    const other = await aRunningDaemon()
    const screen = await house.repl()
    await screen.enter(`balance --url ${other.url}`)
    await screen.enter(`context add work ${other.url}`)
    screen.type('set context w')
    screen.press('tab', 'enter')
    await screen.waitFor(() => screen.cursor().line === 'work ›')
    await screen.enter('balance')
    // The password of ada here is asked for neither time.
    expect(screen.text().match(/\(not_logged_in\)/g)).toHaveLength(2)
    await screen.enter('set context')
    await screen.waitFor(() => screen.cursor().line === 'ada@local 3 cr ›')
  })

  it('has every line tried only, where a dry run is set', async () => {
    const screen = await (await aHouse()).repl()
    await screen.enter('set dry-run on')
    await screen.enter('supply 5')
    expect(screen.text()).toContain('A dry run: this is what would come of it')
    await screen.enter('login bob')
    expect(screen.text()).toContain('This command has no dry run.')
    await screen.enter('set dry-run off')
    await screen.enter('supply 5')
    expect(screen.cursor().line).toBe('ada@local 5 cr ›')
  })
})

describe('source', () => {
  it('runs the lines of a file with what is set, and stops at the first that fails', async () => {
    const house = await aHouse()
    writeFileSync(join(house.home, 'lines.txt'), '# a day\nsupply 5\nnonsense\nsupply 7\n')
    const screen = await house.repl({ cwd: house.home })
    screen.type('source li')
    screen.press('tab')
    await screen.waitFor('› source lines.txt')
    screen.press('enter')
    await screen.waitFor('There is no command "ewallet nonsense".')
    expect(screen.text()).toContain('lines.txt, line 3: nonsense\n')
    await screen.waitFor(() => screen.cursor().line === 'ada@local 5 cr ›')
  })
})

describe('!!', () => {
  it('is the line before, shown before it runs', async () => {
    const screen = await (await aHouse()).repl()
    await screen.enter('supply 5')
    await screen.enter('!!')
    expect(screen.text()).toContain('› !!\nsupply 5\nSupplied 5 credits. 10 in the wallet.\n')
    await screen.enter('!! --dry-run')
    expect(screen.text()).toContain('supply 5 --dry-run\nA dry run')
    expect(screen.cursor().line).toBe('ada@local 10 cr ›')
  })

  it('says so where there is none', async () => {
    const screen = await (await aHouse()).repl()
    await screen.enter('!!')
    expect(screen.text()).toContain('There is no line before this one.')
  })
})

describe('the words of the shell', () => {
  it('are the same here, "ewallet" before them or not, with help and the same meaning of a mistake', async () => {
    const screen = await (await aHouse()).repl({ rows: 80 })
    await screen.enter('ewallet supply 5')
    expect(screen.text()).toContain('Supplied 5 credits.')
    await screen.enter('help')
    expect(screen.text()).toContain('transfer  Transfer credits to another account.')
    expect(screen.text()).toContain('Ctrl-R           search the lines before')
    await screen.enter('help clock start')
    expect(screen.text()).toContain('ewallet clock start [flags]')
    await screen.enter('balanc')
    expect(screen.text()).toContain('Did you mean: ewallet balance')
    await screen.enter('pay --to "bob')
    expect(screen.text()).toContain('A quote " is not closed.')
  })

  it('open nothing inside, and exit leaves as quit does', async () => {
    const house = await aHouse()
    const screen = await house.repl()
    for (const line of ['repl', 'ewallet', '--json']) await screen.enter(line)
    expect(screen.text().match(/You are there already\./g)).toHaveLength(3)
    for (const line of ['exec', 'exec -']) await screen.enter(line)
    expect(screen.text().match(/Lines are typed here one by one\./g)).toHaveLength(2)
    screen.type('exit\r')
    expect(await screen.exited).toBe(0)
    const next = await house.repl()
    next.type('quit\r')
    expect(await next.exited).toBe(0)
  })
})

describe('ewallet alone', () => {
  it('runs the lines on stdin where nobody types, and stops at the first that fails', async () => {
    const { home } = await aHouse()
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin], {
      input: 'supply 5\nbalance --json --fields ewallet_data.credits\nnonsense\nsupply 7\n',
      env: { PATH: process.env.PATH, EWALLET_HOME: home },
      encoding: 'utf8',
    })
    expect(stdout).toContain('Supplied 5 credits.')
    expect(stdout).toContain('"credits": 5')
    expect(stdout).not.toContain('7')
    expect(stderr).toContain('line 3: nonsense')
    expect(status).toBe(2)
  })

  it('says why the REPL cannot be opened there', async () => {
    const { home } = await aHouse()
    const { status, stderr } = spawnSync(process.execPath, [bin, 'repl'], {
      env: { PATH: process.env.PATH, EWALLET_HOME: home },
      encoding: 'utf8',
    })
    expect(stderr).toBe('The REPL is for a terminal.\nLines from a file: ewallet exec lines.txt\n')
    expect(status).toBe(2)
  })
})

describe('Ctrl-Z', () => {
  it('gives the terminal back, and fg takes up the half-typed line', async () => {
    const { home } = await aHouse()
    const screen = aShell({ env: { EWALLET_HOME: home } })
    screen.type(`${process.execPath} ${bin}\r`)
    await screen.waitFor('ada@local 0 cr ›')
    screen.type('supply')
    await screen.waitFor('0 cr › supply')
    screen.press('ctrl-z')
    await screen.waitFor('Stopped')
    screen.type('echo "$((40 + 2))"\r')
    await screen.waitFor(/^42$/m)
    screen.type('fg\r')
    await screen.waitFor(() => /0 cr › supply$/.test(screen.cursor().line))
    screen.type(' 3\r')
    await screen.waitFor('ada@local 3 cr ›')
  })
})

describe('leaving', () => {
  it('with Ctrl-D says that a timer goes on, until when, and how to stop it', async () => {
    const house = await aHouse({ credits: 60, minutes: 60, running: true })
    const screen = await house.repl()
    screen.press('ctrl-d')
    expect(await screen.exited).toBe(0)
    expect(screen.text()).toMatch(
      /The timer goes on until \d\d:\d\d, (1 h|59 min \d+ s) left\.\nStop it with: ewallet stop$/,
    )
  })

  it('says nothing of a timer that stands', async () => {
    const screen = await (await aHouse({ credits: 60, minutes: 60 })).repl()
    screen.press('ctrl-d')
    expect(await screen.exited).toBe(0)
    expect(screen.lines().at(-1)?.trimEnd()).toBe('ada@local (left 1h00) 0 cr ›')
  })

  it('leaves the terminal as it was, also where it is ended from outside', async () => {
    const screen = await (await aHouse()).repl()
    expect(
      screen
        .raw()
        .match(/.\?2004[hl]/g)
        ?.at(-1),
    ).toBe('[?2004h')
    process.kill(screen.pid, 'SIGTERM')
    expect(await screen.exited).toBe(143)
    expect(
      screen
        .raw()
        .match(/.\?2004[hl]/g)
        ?.at(-1),
    ).toBe('[?2004l')
  })

  it('ends at once, also while the daemon is away', async () => {
    const house = await aHouse()
    const screen = await house.repl({ env: { EWALLET_START: 'false' } })
    await house.daemon.stop('SIGKILL')
    await screen.waitFor('(away)')
    screen.press('ctrl-d')
    expect(await screen.exited).toBe(0)
  })
})
