import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aHouse, type House, PASSWORD } from './house.ts'
import type { Screen } from './screen.ts'

/** Gives a line to a daemon that hears nothing, and waits until it is on its way. */
async function enterUnheard(screen: Screen, house: House, line: string): Promise<void> {
  process.kill(house.daemon.pid, 'SIGSTOP')
  const commands = screen.raw().split('\x1b[?2004l').length
  screen.type(`${line}\r`)
  await screen.waitFor(() => screen.raw().split('\x1b[?2004l').length > commands)
}

describe('Ctrl-C', () => {
  it('on an empty line says how to leave', async () => {
    const screen = await (await aHouse()).repl()
    screen.press('ctrl-c')
    await screen.waitFor(/\^C\nCtrl-D leaves\.\nada@local 0 cr ›/)
  })

  it('clears a half-typed line, which is neither run nor remembered', async () => {
    const screen = await (await aHouse()).repl()
    screen.type('supply 5')
    screen.press('left', 'ctrl-c')
    await screen.waitFor(/^ada@local 0 cr › supply 5\^C\nada@local 0 cr ›/m)
    screen.press('enter')
    await screen.waitFor((text) => text.split('ada@local').length === 4)
    screen.press('up')
    await screen.enter('balance')
    expect(screen.text()).toMatch(/^ada@local 0 cr › balance$/m)
  })

  it('cancels the request that runs, and the next one is heard', async () => {
    const house = await aHouse()
    const screen = await house.repl()
    await enterUnheard(screen, house, 'balance --json')
    screen.press('ctrl-c')
    await screen.waitFor(/\^C\nCancelled\.\n.*›/)
    process.kill(house.daemon.pid, 'SIGCONT')
    await screen.enter('supply 5')
    expect(screen.cursor().line).toBe('ada@local 5 cr ›')
  })

  it('cancels a command about credits, which is done once if it is given again', async () => {
    const house = await aHouse()
    const screen = await house.repl()
    await enterUnheard(screen, house, 'supply 5')
    const pending = join(house.home, 'state', 'pending')
    const isKept = () => existsSync(pending) && readdirSync(pending).some((name) => name.endsWith('.json'))
    await expect.poll(isKept).toBe(true)
    screen.press('ctrl-c')
    await screen.waitFor('Cancelled. Whether it was done is not known.\nGiven again, it is done once.\n')
    process.kill(house.daemon.pid, 'SIGCONT')
    await screen.waitFor(/done once\.\n.*›/)
    screen.type('supply 5\r')
    await screen.waitFor('(Y/n)')
    screen.press('enter')
    await screen.waitFor('ada@local 5 cr ›')
  })

  it('leaves a password prompt', async () => {
    const screen = await (await aHouse()).repl()
    screen.type('login bob\r')
    await screen.waitFor('? Password')
    screen.type(PASSWORD)
    screen.press('ctrl-c')
    await screen.waitFor((text) => text.split('ada@local 0 cr ›').length === 3)
    expect(screen.raw()).not.toContain(PASSWORD)
    await screen.enter('supply 1')
    expect(screen.cursor().line).toBe('ada@local 1 cr ›')
  })
})

describe('a password prompt in the REPL', () => {
  it('logs in without showing the password, and the prompt is that of the other account', async () => {
    const house = await aHouse()
    const screen = await house.repl()
    screen.type('login bob\r')
    await screen.waitFor('? Password')
    screen.type(`${PASSWORD}\r`)
    await screen.waitFor('bob@local 0 cr ›')
    expect(screen.raw()).not.toContain(PASSWORD)
    screen.press('up')
    await screen.waitFor('bob@local 0 cr › login bob')
  })
})
