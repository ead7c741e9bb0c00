import { describe, expect, it } from 'vitest'
import { aHome, aRunningDaemon } from '../process.ts'
import { aHouse, PASSWORD } from './house.ts'
import { aTerminal } from './screen.ts'

describe('the prompt', () => {
  it('tells who is where, how long the timer has run, what is left and the credits', async () => {
    const house = await aHouse({ credits: 270, minutes: 228, running: true })
    const screen = await house.repl()
    expect(screen.cursor().line).toMatch(/^ada@local ⏱ 00:00 \(left 3h4[78]\) 42 cr ›$/)
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
})
