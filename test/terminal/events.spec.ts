import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { unpainted } from '../../packages/cli/src/output/colour.ts'
import { eventNotice } from '../../packages/cli/src/repl/notice.ts'
import { aRunningDaemon } from '../process.ts'
import { aHouse, type House, PASSWORD } from './house.ts'

/** Stands between a house's terminals and its daemon, and says more than the daemon does. */
async function aRelay({ daemon }: House) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  server.on('connection', (near) => {
    const far = new WebSocket(daemon.url)
    const opened = new Promise((resolve) => far.once('open', resolve))
    near.on('message', (data) => void opened.then(() => far.send(String(data))))
    far.on('message', (data) => near.send(String(data)))
    near.on('close', () => far.close())
    far.on('error', () => near.close())
  })
  const file = join(dirname(daemon.admin), 'daemon.json')
  const { port } = server.address() as { port: number }
  const told = { ...JSON.parse(readFileSync(file, 'utf8')), url: `ws://127.0.0.1:${port}` }
  writeFileSync(file, JSON.stringify(told))
  // Behind all that the daemon itself told: an older one would be taken for told already.
  let cursor = 1_000
  return {
    push(event: { event: string; data: object }) {
      cursor += 1
      const frame = JSON.stringify({ cursor, account: 'ada@example.org', ...event })
      for (const client of server.clients) client.send(frame)
    },
  }
}

const PROMPT = 'ada@local 0 cr ›'

describe('an event', () => {
  it('appears above a half-typed line, which stays as it was, and the prompt tells what changed', async () => {
    const house = await aHouse()
    await house.bob.say('client action supply credits', { credits: 50, currency: 'EUR', cost: 1 })
    const screen = await house.repl({ columns: 60 })
    const line = 'pay --to bob@example.org --credits 3 --note "for the lunch we had"'
    screen.type(line)
    screen.press('left', 'left')
    const column = (PROMPT.length + 1 + line.length - 2) % 60
    await screen.waitFor(() => screen.cursor().column === column)
    await house.bob.say('client action pay', { pay: 'ada@example.org', credits: 5 })
    await screen.waitFor(/^\d\d:\d\d • bob@example\.org paid 5 credits\.\nada@local 5 cr › pay --to/m)
    expect(screen.text().split('ada@local')).toHaveLength(2)
    // The line is drawn anew from its beginning; the cursor goes back to its place last.
    await screen.waitFor(() => screen.cursor().column === column)
    screen.type('XY')
    await screen.waitFor((text) => text.replaceAll('\n', '').includes('we haXYd"'))
  })

  it('caused by the line before is not told again; one caused elsewhere is', async () => {
    const house = await aHouse({ credits: 60, minutes: 60 })
    const screen = await house.repl()
    await screen.enter('start')
    await screen.enter('pause')
    await house.ada.say('client action resume clock_timer', {})
    await screen.waitFor(/• Clock \d+ goes on\./)
    await screen.waitFor(() => screen.cursor().line.includes('⏱'))
    expect(screen.text().match(/• Clock/g)).toHaveLength(1)
  })

  it('that carries what a terminal would obey leaves the terminal and the half-typed line alone', async () => {
    const house = await aHouse()
    const relay = await aRelay(house)
    const screen = await house.repl({ columns: 70 })
    screen.type('pay --to @bob --cr')
    await screen.waitFor('› pay --to @bob --cr')
    const before = screen.raw().length
    const hostile = 'eve\x1b[2J\x1b[1;1H\x1b]0;owned\x07\x9b31m\r\n\u202e\x08'
    relay.push({ event: 'payment.received', data: { from: hostile, credits: 5, invoice_record: 1 } })
    relay.push({ event: 'a.new.kind', data: { note: hostile } })
    await screen.waitFor(/note eve.*\n(.*\n)?ada@local 0 cr › pay --to @bob --cr$/)
    expect(screen.text()).toMatch(/^ewallet .*\n\d\d:\d\d • eve\\x1b\[2J\\x1b\[1;1H\\x1b\]0;owned\\x07\\x9b31m/)
    const written = screen.raw().slice(before)
    for (const mark of ['\x1b[2J', '\x1b[1;1H', '\x1b]', '\x07', '\x9b', '\u202e', '\x08']) {
      expect(written, JSON.stringify(mark)).not.toContain(mark)
    }
    screen.type('edits 5')
    await screen.waitFor('› pay --to @bob --credits 5')
  })

  it('shows what a terminal would obey or hide', () => {
    const data = { from: 'eve\x1b[2J\u202e@example.org', credits: 5 }
    const frame = { event: 'payment.received', cursor: 1, account: 'ada@example.org', data }
    const style = { paint: unpainted, ascii: true, timeZone: 'UTC' }
    expect(eventNotice(frame, new Date('2026-01-31T14:02:00Z'), style)).toBe(
      '14:02 * eve\\x1b[2J\\u{202e}@example.org paid 5 credits.',
    )
    const unknown = { ...frame, event: 'new.kind', data: { text: '\x07' } }
    expect(eventNotice(unknown, new Date('2026-01-31T14:02:00Z'), style)).toBe('14:02 * text \\x07')
  })
})

describe('a daemon that goes', () => {
  it('is waited for; a command about credits is refused meanwhile and not sent later; events come after', async () => {
    const house = await aHouse({ credits: 50 })
    const screen = await house.repl({ env: { EWALLET_START: 'false' } })
    screen.type('half')
    await house.daemon.stop('SIGKILL')
    await screen.waitFor(/• The daemon cannot be reached; still trying\.\nada@local \(away\) › half/)
    screen.press('ctrl-u')
    await screen.enter('supply 7')
    expect(screen.text()).toContain('Nothing was sent, and nothing will be sent later.')
    screen.type('half')
    const again = await aRunningDaemon({ home: house.home, env: { EWALLET_PORT: new URL(house.daemon.url).port } })
    await screen.waitFor(/• The daemon is back\.\nada@local 50 cr › half/)
    expect(again.pid).not.toBe(house.daemon.pid)
    screen.press('ctrl-u')
    await screen.enter('supply 1')
    expect(screen.cursor().line).toBe('ada@local 51 cr ›')
    expect(screen.text()).not.toContain('Supplied 7')
  })
})

describe('a session that is over', () => {
  it('asks for the password in place, then repeats the command', async () => {
    const house = await aHouse({ credits: 50 })
    const screen = await house.repl()
    await house.endSession()
    screen.type('supply 5\r')
    await screen.waitFor('The session of ada@example.org is over.')
    await screen.waitFor('? Password of ada@example.org')
    screen.type('wrong-horse-1\r')
    await screen.waitFor((text) => text.split('Password of ada@example.org').length === 3)
    screen.type(`${PASSWORD}\r`)
    await screen.waitFor('Supplied 5 credits. 55 in the wallet.')
    await screen.waitFor(() => screen.cursor().line === 'ada@local 55 cr ›')
    expect(screen.raw()).not.toContain(PASSWORD)
    await house.bob.say('client action supply credits', { credits: 2, currency: 'EUR', cost: 1 })
    await house.bob.say('client action pay', { pay: 'ada@example.org', credits: 2 })
    await screen.waitFor('bob@example.org paid 2 credits.')
  })

  it('leaves the command undone where Ctrl-C answers', async () => {
    const house = await aHouse({ credits: 50 })
    const screen = await house.repl()
    await house.endSession()
    screen.type('supply 5\r')
    await screen.waitFor('? Password of ada@example.org')
    screen.press('ctrl-c')
    await screen.waitFor(() => screen.cursor().line === 'local ›')
    expect(screen.text()).not.toContain('Supplied')
  })
})
