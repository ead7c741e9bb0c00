import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aHouse } from './house.ts'

const PROMPT = 'ada@local 0 cr ›'

describe('Tab', () => {
  it('completes commands, flags and choices, and twice lists what there is', async () => {
    const screen = await (await aHouse()).repl()
    screen.type('conta')
    screen.press('tab')
    await screen.waitFor(`${PROMPT} contact `)
    screen.type('ad')
    screen.press('tab')
    screen.type('bob --em')
    screen.press('tab')
    await screen.waitFor(`${PROMPT} contact add bob --email `)
    screen.press('ctrl-u')
    screen.type('balance -o nd')
    screen.press('tab')
    await screen.waitFor(`${PROMPT} balance -o ndjson `)
    screen.press('ctrl-u')
    screen.type('clock ')
    screen.press('tab', 'tab')
    await screen.waitFor(/^delete +list +new +pause +resume +start +status +stop/m)
    expect(screen.text()).not.toContain('--json')
    await screen.waitFor(() => screen.cursor().line === `${PROMPT} clock`)
  })

  it('completes what only the daemon knows: contacts and ids', async () => {
    const house = await aHouse()
    await house.ada.say('client action new contact record', { user_name: 'bob smith', user_email: 'bob@example.org' })
    await house.ada.say('client action new credit ewallet', { reference: 'Travel' })
    const { ewallets } = await house.ada.say('client action view credit ewallets', {})
    const screen = await house.repl()
    screen.type('pay --to @')
    screen.press('tab')
    screen.press('ctrl-u')
    screen.type('pay --to b')
    screen.press('tab')
    await screen.waitFor(`${PROMPT} pay --to bob@example.org `)
    screen.press('ctrl-u')
    screen.type('pay --to "@b')
    screen.press('tab')
    await screen.waitFor(`${PROMPT} pay --to "@bob smith" `)
    screen.press('ctrl-u')
    screen.type('wallet use ')
    screen.press('tab', 'tab')
    await screen.waitFor(new RegExp(`^${ewallets.map(({ id }) => id).join(' +')}$`, 'm'))
  })

  it('takes keys typed while it still looks in their order', async () => {
    const house = await aHouse()
    await house.ada.say('client action new contact record', { user_name: 'bob', user_email: 'bob@example.org' })
    const screen = await house.repl()
    screen.type('pay --to @b\t--credits 5')
    await screen.waitFor(`${PROMPT} pay --to @bob --credits 5`)
  })

  it('asks for nothing in what is pasted', async () => {
    const screen = await (await aHouse()).repl()
    screen.type('\x1b[200~supply\t5\x1b[201~')
    await screen.waitFor(`${PROMPT} supply 5`)
  })
})

describe('the history', () => {
  it('comes back after a restart, for its owner only', async () => {
    const house = await aHouse()
    const first = await house.repl()
    await first.enter('supply 7')
    await first.enter('balance')
    first.press('ctrl-d')
    await first.exited
    expect(statSync(join(house.home, 'state', 'history')).mode & 0o777).toBe(0o600)
    const second = await house.repl()
    second.press('up', 'up')
    await second.waitFor('ada@local 7 cr › supply 7')
  })

  it('keeps no secret, nothing set off by a space, and nothing that could not be meant', async () => {
    const house = await aHouse()
    const screen = await house.repl()
    for (const line of [
      'supply 7',
      'correct-horse-1',
      'login ada correct-horse-1',
      'account edit --user-pass correct-horse-1',
      'system session find --session-token ewsm-st:correct-horse-1',
      ' balance',
    ])
      await screen.enter(line)
    expect(readFileSync(join(house.home, 'state', 'history'), 'utf8')).toBe('supply 7\n')
    // What was mistyped can still be mended.
    screen.press('up', 'up')
    await screen.waitFor(() =>
      screen.cursor().line.endsWith('› system session find --session-token ewsm-st:correct-horse-1'),
    )
  })

  it('is neither read nor written where others could have written it', async () => {
    const house = await aHouse()
    const file = join(house.home, 'state', 'history')
    writeFileSync(file, 'supply 1000000\n', { mode: 0o644 })
    const screen = await house.repl()
    expect(screen.text()).toContain('can be used by others')
    await screen.enter('balance')
    expect(readFileSync(file, 'utf8')).toBe('supply 1000000\n')
  })

  it('goes with ↑ through the lines that begin like the one being typed', async () => {
    const screen = await (await aHouse()).repl()
    for (const line of ['supply 1', 'balance', 'supply 2', 'whoami']) await screen.enter(line)
    screen.type('su')
    screen.press('up')
    await screen.waitFor('3 cr › supply 2')
    screen.press('up')
    await screen.waitFor('3 cr › supply 1')
    screen.press('down', 'down')
    const asTyped = 'ada@local 3 cr › su'.length
    await screen.waitFor((text) => text.endsWith('3 cr › supply 2') && screen.cursor().column === asTyped)
    expect(screen.drawn().filter(({ dim }) => dim)).toMatchObject([{ text: 'pply 2' }])
  })

  it('is searched with Ctrl-R, again for an older line, and left with Escape', async () => {
    const screen = await (await aHouse()).repl()
    for (const line of ['supply 1', 'supply 2', 'whoami']) await screen.enter(line)
    screen.press('ctrl-r')
    screen.type('upp')
    await screen.waitFor('search "upp": supply 2')
    screen.press('ctrl-r')
    await screen.waitFor('search "upp": supply 1')
    screen.press('ctrl-r')
    await screen.waitFor('nothing for "upp":')
    screen.press('escape')
    await screen.waitFor(() => screen.cursor().line === 'ada@local 3 cr ›')
    screen.press('ctrl-r')
    screen.type('ply 1\r')
    await screen.waitFor('ada@local 4 cr ›')
  })
})

describe('the suggestion', () => {
  it('stands in grey behind the cursor, and → takes it', async () => {
    const screen = await (await aHouse()).repl()
    await screen.enter('supply 7')
    screen.type('sup')
    const typed = 'ada@local 7 cr › sup'.length
    await screen.waitFor((text) => text.endsWith('7 cr › supply 7') && screen.cursor().column === typed)
    expect(
      screen
        .drawn()
        .filter(({ dim }) => dim)
        .map(({ text }) => text),
    ).toEqual(['ply 7'])
    screen.press('right')
    const whole = 'ada@local 7 cr › supply 7'.length
    await screen.waitFor(() => screen.cursor().column === whole && !screen.drawn().some(({ dim }) => dim))
    screen.press('enter')
    await screen.waitFor('ada@local 14 cr ›')
  })

  it('is never taken by Enter, nor by any other key', async () => {
    const screen = await (await aHouse()).repl()
    await screen.enter('supply 7')
    screen.type('sup')
    screen.press('end', 'home', 'end')
    await screen.enter('')
    expect(screen.text()).toContain('There is no command "ewallet sup".')
    expect(screen.cursor().line).toBe('ada@local 7 cr ›')
    expect(screen.text()).toMatch(/^ada@local 7 cr › sup$/m)
  })

  it('is not there where no colour tells it from what was typed', async () => {
    const screen = await (await aHouse()).repl({ env: { NO_COLOR: '1' } })
    await screen.enter('supply 7')
    screen.type('sup')
    screen.press('right')
    screen.type('x')
    await screen.waitFor('7 cr › supx')
    expect(screen.drawn().filter(({ dim, bold, coloured }) => dim || bold || coloured)).toEqual([])
  })
})

describe('the line', () => {
  it('stands whole at another width, with wide letters in it', async () => {
    const screen = await (await aHouse()).repl({ columns: 60, env: { TERM_PROGRAM: 'vscode' } })
    const line = 'pay --to bob@example.org --credits 1 --note "日本語の長いメモ and more"'
    screen.type(line)
    await screen.waitFor('and more"')
    for (const columns of [40, 100, 60]) {
      screen.resize(columns, 24)
      await screen.waitFor((text) => text.split('\n').filter((row) => row.includes('ada@local')).length === 1)
      screen.type('!')
      await screen.waitFor('"!')
      screen.press('backspace')
      await screen.waitFor((text) => text.replaceAll('\n', '').replaceAll(' ', '').endsWith(line.replaceAll(' ', '')))
    }
    screen.press('home')
    await screen.waitFor(
      () => screen.cursor().line.startsWith('ada@local') && screen.cursor().column === PROMPT.length + 1,
    )
  })
})
