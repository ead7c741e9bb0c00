import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lookAtDaemon } from '../../packages/cli/src/doctor/connection.ts'
import { lookAtNode, lookAtTerminal } from '../../packages/cli/src/doctor/machine.ts'
import { aHome, aHomeOfAda, type Home } from './home.ts'
import { aPipe } from './stand.ts'

interface Check {
  check: string
  state: string
  found: string
  advice: string | null
}

/** What the doctor finds, by what was looked at. */
async function examined(home: Home, more: string[] = [], env: Record<string, string> = {}) {
  const { code, out } = await home.ewallet(['doctor', '--json', ...more], { env: { LANG: 'C.UTF-8', ...env } })
  const { checks, healthy } = JSON.parse(out) as { checks: Check[]; healthy: boolean }
  return { code, healthy, of: (check: string) => checks.find((each) => each.check === check) }
}

describe('ewallet doctor', () => {
  it('finds nothing wrong on an empty machine, and makes nothing there', async () => {
    const home = aHome()
    const { code, healthy, of } = await examined(home)
    expect([code, healthy]).toEqual([0, true])
    expect(of('daemon')?.found).toBe('None is running; the next command that needs one starts it.')
    expect(readdirSync(home.folder)).toEqual([])
  })

  it('looks at a daemon that runs, its clock, and who is logged in', async () => {
    const { of, code } = await examined(await aHomeOfAda())
    expect(code).toBe(0)
    expect(of('daemon')?.found).toMatch(/^Process \d+ at ws:\/\/127\.0\.0\.1:\d+\.$/)
    expect(of('answer')).toMatchObject({ state: 'ok' })
    expect(of('clock')).toMatchObject({ state: 'ok' })
    expect(of('session')?.found).toMatch(/^ada@example\.org, good for \d+ h more\.$/)
  })

  it('knows a daemon that was killed from one that hangs', async () => {
    const home = await aHomeOfAda()
    await home.killDaemon()
    expect((await examined(home)).of('daemon')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('killed'),
    })
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    onTestFinished(() => void stranger.kill('SIGKILL'))
    const file = join(home.folder, 'runtime', 'daemon.json')
    writeFileSync(
      file,
      JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), pid: stranger.pid, admin: '/nowhere' }),
    )
    const { code, of } = await examined(home)
    expect([code, of('daemon')?.state]).toEqual([3, 'problem'])
    expect(of('daemon')?.advice).toContain(`kill ${stranger.pid}`)
  })

  it('names what others could read, and how to close it', async () => {
    const home = await aHomeOfAda()
    chmodSync(join(home.folder, 'state', 'sessions.json'), 0o644)
    const { code, of } = await examined(home)
    expect(code).toBe(3)
    expect(of('private files')?.advice).toBe(
      `If nobody touched it: chmod 600 ${join(home.folder, 'state', 'sessions.json')}`,
    )
    chmodSync(join(home.folder, 'state', 'sessions.json'), 0o600)
    chmodSync(join(home.folder, 'state'), 0o755)
    expect((await examined(home)).of('state folder')?.advice).toMatch(/^Close it: chmod 700 /)
  })

  it('names settings nobody understands, and what was probably meant', async () => {
    const home = aHome()
    mkdirSync(join(home.folder, 'config'))
    writeFileSync(join(home.folder, 'config', 'config.toml'), 'outptu = "json"\n')
    expect((await examined(home)).of('settings')).toMatchObject({ state: 'warning', advice: 'Did you mean output?' })
  })

  it.each([
    ['config.json', '{"output": ', /config\.json cannot be read: Unexpected end of JSON input\.$/],
    ['config.toml', 'output = \n', /config\.toml cannot be read: .+\.$/],
    ['config.json', '[]', /config\.json does not hold a JSON object\.$/],
  ])('explains what is wrong with a %s that says %s, and looks at everything else', async (name, text, found) => {
    const home = aHome()
    mkdirSync(join(home.folder, 'config'))
    writeFileSync(join(home.folder, 'config', name), text)
    const { code, of } = await examined(home)
    expect(code).toBe(3)
    expect(of('settings')).toMatchObject({ state: 'problem', found: expect.stringMatching(found) })
    expect(of('settings')?.advice).toMatch(/^Mend or remove it\./)
    expect(of('daemon')?.advice).toBe('Mend them first.')
    expect(of('disk')).toBeDefined()
    expect((await home.ewallet('doctor')).out).toContain('✗ settings')
    expect(await home.ewallet('balance')).toMatchObject({ code: 11, err: expect.stringContaining(name) })
  })

  it('names every value that cannot be used, where it stands, and how to mend it, which then works', async () => {
    const home = aHome()
    const file = join(home.folder, 'config', 'config.json')
    mkdirSync(join(home.folder, 'config'))
    writeFileSync(file, '{"output":"foo","tz":"Mars/Olympus"}')
    const { out } = await home.ewallet('doctor -q')
    expect(out).toContain(`${file} says "foo"; mend it with: ewallet config set output VALUE`)
    expect(out).toContain('There is no time zone "Mars/Olympus".')
    expect((await home.ewallet('config set output plain')).code).toBe(0)
    expect((await home.ewallet('config set tz UTC')).code).toBe(0)
    expect((await examined(home)).of('settings')?.state).toBe('ok')
    const { of } = await examined(home, [], { EWALLET_TIMEOUT: 'soon' })
    expect(of('settings')?.advice).toBe('EWALLET_TIMEOUT says "soon": change or unset it.')
  })

  it.each([
    ['sessions', join('state', 'sessions.json'), 'Remove it, and log in again.'],
    ['daemon', join('runtime', 'daemon.json'), 'End the daemon if one runs'],
  ])('says once what to do about a file of the %s that cannot be understood', async (check, file, advice) => {
    const home = await aHomeOfAda()
    const kept = readFileSync(join(home.folder, file))
    writeFileSync(join(home.folder, file), '{"half')
    const { code, of } = await examined(home)
    expect([code, of(check)?.state]).toEqual([3, 'problem'])
    expect(of(check)?.advice).toContain(advice)
    expect((await home.ewallet('doctor')).out.match(/cannot be understood/g)).toHaveLength(1)
    writeFileSync(join(home.folder, file), kept)
  })

  it('says which address cannot be reached, and refuses a context it does not know', async () => {
    const { code, of } = await examined(aHome(), ['--url', 'ws://127.0.0.1:1'])
    expect([code, of('answer')?.found]).toEqual([3, 'ws://127.0.0.1:1 cannot be reached: bad port.'])
    expect((await examined(aHome(), ['--context', 'nowhere'])).of('daemon')?.found).toBe(
      'There is no context "nowhere".',
    )
  })

  it('names a command that was never answered', async () => {
    const home = await aHomeOfAda()
    process.kill(home.daemonPid(), 'SIGSTOP')
    await home.ewallet('pay --to bob@example.org --credits 1 --timeout 0.3')
    await home.killDaemon()
    expect((await examined(home)).of('unanswered commands')?.found).toMatch(
      /^"ewallet pay", given \d+ seconds? ago, was/,
    )
  })

  it('is read by people: a mark and a sentence a line, advice below it', async () => {
    const home = aHome()
    const { out } = await home.ewallet('doctor', { env: { LANG: 'C' } })
    expect(out).toMatch(/^✓ node +Node \d+\.\d+\.\d+\.$/m)
    expect(out).toMatch(/^! terminal +.*\n +Borders and bars may look broken/m)
    expect((await home.ewallet('doctor --ascii')).out).toMatch(/^ok node /m)
  })
})

describe('the doctor', () => {
  it.each([
    ['18.20.0', 'problem'],
    ['20.18.9', 'problem'],
    ['20.19.0', 'ok'],
    ['26.0.0', 'ok'],
  ])('thinks of Node %s: %s', (version, state) => {
    expect(lookAtNode(version).state).toBe(state)
  })

  it('notices clocks that differ, and a daemon of another version', async () => {
    const server = createServer((request, response) => {
      response.setHeader('date', new Date(Date.now() - 60_000).toUTCString())
      response.end(request.url === '/openapi.json' ? '{"info":{"version":"9.9.9"}}' : '{"status":"ok"}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const found = await lookAtDaemon(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    expect(found).toMatchObject([
      { check: 'answer', state: 'ok' },
      { check: 'clock', state: 'warning', found: expect.stringMatching(/differ by (59|60|61) s/) },
      { check: 'versions', state: 'warning', found: expect.stringContaining('9.9.9') },
    ])
  })

  it('does not mind a terminal of letters only where ASCII is asked for', () => {
    const { terminal } = aPipe({ env: { LANG: 'C', TERM: 'xterm' } })
    expect(lookAtTerminal(terminal, false).state).toBe('warning')
    expect(lookAtTerminal(terminal, true).state).toBe('ok')
  })
})
