import { spawn } from '@lydell/node-pty'
import { describe, expect, it } from 'vitest'
import { aHome, aHomeOfAda, type Home, PASSWORD } from './home.ts'

const bin = process.env.EWALLET_BIN ?? new URL('../../bin/ewallet.js', import.meta.url).pathname
const CTRL_C = '\u0003'
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal obeys.
const escapes = /\u001b\[[0-9;?]*[A-Za-z]/g

/** Types at a terminal: waits for each text to appear, then types what follows. */
function typed(home: Home, line: string, talk: readonly (readonly [seen: string, typed: string])[], env = {}) {
  const waiting = [...talk]
  const pty = spawn(process.execPath, [bin, ...line.split(' ')], {
    cols: 100,
    rows: 30,
    env: { PATH: process.env.PATH, TERM: 'xterm', EWALLET_HOME: home.folder, EWALLET_SCRYPT_N: '1024', ...env },
  })
  let screen = ''
  let since = 0
  pty.onData((text) => {
    screen += text
    const [next] = waiting
    if (!next || !screen.slice(since).includes(next[0])) return
    waiting.shift()
    since = screen.length
    pty.write(next[1])
  })
  return new Promise<{ code: number; screen: string; raw: string }>((resolve) => {
    pty.onExit(({ exitCode }) => resolve({ code: exitCode, screen: screen.replace(escapes, ''), raw: screen }))
  })
}

describe('at a terminal', () => {
  it('signup asks for what was not typed, for the password twice until it is the same', async () => {
    const home = aHome()
    const { code, screen } = await typed(home, 'signup', [
      ['Name', 'ada\r'],
      ['Email', 'ada@example.org\r'],
      ['New password', `${PASSWORD}\r`],
      ['again', 'other-horse-2\r'],
      ['differ', `${PASSWORD}\r`],
      ['again', `${PASSWORD}\r`],
    ])
    expect(code).toBe(0)
    expect(screen).toContain('Welcome, ada. The account is ada@example.org.')
    expect(screen).toContain('Logged in as ada@example.org.')
  })

  it('a password is never seen, not even by Ctrl-T', async () => {
    const home = await aHomeOfAda()
    const { code, screen } = await typed(home, 'login ada', [['Password', `\u0014${PASSWORD}\u0014\r`]])
    expect(code).toBe(0)
    expect(screen).not.toMatch(/horse/)
  })

  it('what is missing of an instruction is asked for, and asked again when it does not fit', async () => {
    const home = await aHomeOfAda()
    const { code, screen } = await typed(home, 'pay', [
      ['To', 'bob@example.org\r'],
      ['Credits', 'x\r'],
      ['should be a whole number', '\b10\r'],
    ])
    expect(code).toBe(0)
    expect(screen).toContain('Paid 10 credits to bob@example.org. 90 left.')
  })

  it('a deletion is asked about, and "no" ends with 3', async () => {
    const home = await aHomeOfAda()
    expect(await typed(home, 'account delete', [['Go on?', 'n\r']])).toMatchObject({
      code: 3,
      screen: expect.stringContaining('Nothing was done.'),
    })
  })

  it('Ctrl-C at a question ends with 130', async () => {
    expect(await typed(aHome(), 'login ada', [['Password', CTRL_C]])).toMatchObject({ code: 130 })
  })

  it('nothing is asked with --no-input', async () => {
    expect(await typed(aHome(), 'login --no-input', [])).toMatchObject({
      code: 2,
      screen: expect.stringContaining('Missing WHO'),
    })
  })

  it('questions have no colour where NO_COLOR is set', async () => {
    const home = await aHomeOfAda()
    const { raw } = await typed(home, 'account delete', [['Go on?', 'n\r']], { NO_COLOR: '1' })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal obeys.
    expect(raw).not.toMatch(/\u001b\[3[0-7]m/)
  })
})
