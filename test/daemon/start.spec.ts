import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { aLine, ask, aTakenPort, post } from '../listening.ts'
import { aHome, anEndedDaemon, aRunningDaemon, daemonFile } from '../process.ts'

const ASK = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }
const portOf = (url: string) => Number(new URL(url).port)
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('ewalletd', () => {
  it('prints where it listens once it serves', async () => {
    const daemon = await aRunningDaemon()
    expect(daemon.stdout()).toMatch(/^listening ws:\/\/127\.0\.0\.1:\d+\n$/)
    expect(await (await aLine(daemon.url)).says(ASK)).toMatchObject({ failed: false })
    expect((await post({ port: portOf(daemon.url) }, ASK)).status).toBe(200)
  })

  it('writes daemon.json, for nobody else to read: pid, url, started_at, admin', async () => {
    const daemon = await aRunningDaemon()
    expect(daemonFile(daemon.home)).toEqual({
      pid: daemon.pid,
      url: daemon.url,
      started_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.+Z$/),
      admin: expect.stringContaining(join(daemon.home, 'runtime')),
    })
    const runtime = join(daemon.home, 'runtime')
    expect(modeOf(join(runtime, 'daemon.json'))).toBe('600')
    expect(modeOf(daemon.admin)).toBe('600')
    expect([modeOf(runtime), modeOf(join(daemon.home, 'data'))]).toEqual(['700', '700'])
  })

  it('writes nothing that anybody else could read', async () => {
    const daemon = await aRunningDaemon()
    await daemon.stop()
    const open = readdirSync(daemon.home, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => (statSync(path).mode & 0o077) !== 0)
    expect(open).toEqual([])
  })

  it('makes a runtime folder that others could enter its own', async () => {
    const home = aHome()
    mkdirSync(join(home, 'runtime'))
    chmodSync(join(home, 'runtime'), 0o755)
    await aRunningDaemon({ home })
    expect(modeOf(join(home, 'runtime'))).toBe('700')
  })

  it.each([
    ['data', 'file'],
    ['data/journal', 'file'],
    ['data/stores', 'file'],
    ['data/lock', 'folder'],
    ['data/manifest.json', 'folder'],
    ['runtime', 'file'],
    ['runtime/daemon.json', 'folder'],
  ])('says in a line that %s is a %s, and leaves it as it is', async (name, kind) => {
    const home = aHome()
    const path = join(home, name)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    if (kind === 'file') writeFileSync(path, 'mine')
    else mkdirSync(path)
    const ended = await anEndedDaemon({ EWALLET_HOME: home, EWALLET_PORT: '0' })
    const said = ended.stderr.split('\n').filter((line) => line.startsWith('ewalletd:') || line.startsWith('    at'))
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(path)
    expect(ended.exitCode).toBe(1)
    expect(statSync(path).isDirectory()).toBe(kind === 'folder')
  })

  it('keeps nothing where EWALLET_STORE is memory', async () => {
    const daemon = await aRunningDaemon({ env: { EWALLET_STORE: 'memory' } })
    expect(await (await aLine(daemon.url)).says(ASK)).toMatchObject({ failed: false })
    expect(existsSync(join(daemon.home, 'data'))).toBe(false)
  })

  it('finds its folders by XDG where EWALLET_HOME is not set', async () => {
    const home = aHome()
    const xdg = { XDG_RUNTIME_DIR: join(home, 'r'), XDG_DATA_HOME: join(home, 'd'), XDG_CONFIG_HOME: join(home, 'c') }
    const ended = await anEndedDaemon({ ...xdg, HOME: home, EWALLET_PORT: String(await aTakenPort()) })
    expect(ended.stderr).toMatch(/^ewalletd: Port \d+ of 127\.0\.0\.1 cannot be opened \(EADDRINUSE\)\./m)
    expect([existsSync(join(home, 'r', 'ewallet')), existsSync(join(home, 'd', 'ewallet'))]).toEqual([true, true])
  })

  it('words timestamps in the time zone of EWALLET_TZ', async () => {
    const issue = { name: 'It broke', details: 'There.' }
    const says = { controller: 'client', ctype: 'action', action: 'report', report: 'issue', issue }
    const report = async (zone: string) => {
      const { url } = await aRunningDaemon({ env: { EWALLET_TZ: zone } })
      return String((await (await aLine(url)).says(says)).timestamp)
    }
    const hour = (timestamp: string) => Number(timestamp.slice(11, 13))
    const [kiritimati, honolulu] = [await report('Pacific/Kiritimati'), await report('Pacific/Honolulu')]
    // They are 24 hours apart: the same hour of another day.
    expect(kiritimati.slice(0, 10)).not.toBe(honolulu.slice(0, 10))
    expect([0, 1]).toContain((hour(kiritimati) - hour(honolulu) + 24) % 24)
  })

  it('takes another port than the one that is taken where EWALLET_PORT_FALLBACK says so', async () => {
    const port = await aTakenPort()
    const env = { EWALLET_PORT: String(port), EWALLET_PORT_FALLBACK: '1' }
    const { url } = await aRunningDaemon({ env })
    expect(portOf(url)).not.toBe(port)
    expect(await (await aLine(url)).says(ASK)).toMatchObject({ failed: false })
  })

  it('says so and exits 1 where its port is taken', async () => {
    const port = await aTakenPort()
    const home = aHome()
    const ended = await anEndedDaemon({ EWALLET_HOME: home, EWALLET_PORT: String(port), EWALLET_LOG_LEVEL: 'silent' })
    expect(ended).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `ewalletd: Port ${port} of 127.0.0.1 cannot be opened (EADDRINUSE). Set EWALLET_PORT, or EWALLET_PORT_FALLBACK=true.\n`,
    })
    expect(existsSync(join(home, 'runtime', 'daemon.json'))).toBe(false)
  })

  it.each([
    [{ EWALLET_PORT: 'http' }, 'EWALLET_PORT should be a whole number from 0 to 65535; it is "http".'],
    [{ EWALLET_TZ: 'Mars/Olympus' }, 'EWALLET_TZ should be a time zone, as Europe/Bucharest; it is "Mars/Olympus".'],
    [
      { EWALLET_HOST: '0.0.0.0' },
      'EWALLET_HOST is "0.0.0.0", which other machines can reach: set EWALLET_TLS_CERT and EWALLET_TLS_KEY, or EWALLET_INSECURE=true.',
    ],
    [
      { EWALLET_TLS_CERT: '/nowhere.pem', EWALLET_TLS_KEY: '/nowhere.pem' },
      "EWALLET_TLS_CERT cannot be read: ENOENT: no such file or directory, open '/nowhere.pem'.",
    ],
  ])('names a bad setting in one line and exits 2: %j', async (env, sentence) => {
    const ended = await anEndedDaemon({ EWALLET_HOME: aHome(), EWALLET_LOG_LEVEL: 'silent', ...env })
    expect(ended).toEqual({ exitCode: 2, stdout: '', stderr: `ewalletd: ${sentence}\n` })
  })

  it('reaches other machines where the operator insists, and then grants supply one by one', async () => {
    const env = { EWALLET_HOST: '0.0.0.0', EWALLET_INSECURE: '1' }
    const daemon = await aRunningDaemon({ env })
    expect(daemon.stdout()).toMatch(/^listening ws:\/\/0\.0\.0\.0:\d+\n$/)
    expect(daemonFile(daemon.home).url).toBe(`ws://127.0.0.1:${portOf(daemon.url)}`)
    const line = await aLine(`ws+unix://${daemon.admin}:/`)
    const acl = { controller: 'system', ctype: 'action', action: 'view', view: 'acl' }
    expect(await line.says({ ...acl, account: 'systemcore@ewallet.invalid' })).toMatchObject({
      acl: { supply: 'deny', pay: 'allow' },
    })
  })
})

describe('a second daemon', () => {
  it('on the same folders says so and exits 8, and leaves the first alone', async () => {
    const first = await aRunningDaemon()
    const second = await anEndedDaemon({ EWALLET_HOME: first.home, EWALLET_PORT: '0', EWALLET_LOG_LEVEL: 'silent' })
    expect(second).toEqual({
      exitCode: 8,
      stdout: '',
      stderr: `ewalletd: another daemon (pid ${first.pid}) runs with ${join(first.home, 'runtime')}.\n`,
    })
    expect(daemonFile(first.home)).toMatchObject({ pid: first.pid })
    expect(await (await aLine(first.url)).says(ASK)).toMatchObject({ failed: false })
  })

  it('on the same data folder says so and exits 8, whatever its runtime folder', async () => {
    const home = aHome()
    const env = (runtime: string) => ({
      EWALLET_HOME: '',
      EWALLET_PORT: '0',
      HOME: home,
      XDG_DATA_HOME: home,
      XDG_RUNTIME_DIR: join(home, runtime),
    })
    await aRunningDaemon({ home, env: env('one') })
    const second = await anEndedDaemon(env('two'))
    expect(second.exitCode).toBe(8)
    expect(second.stderr).toMatch(/^ewalletd: another daemon \(pid \d+\) runs with .+\/ewallet\.\n/)
    expect(existsSync(join(home, 'two', 'ewallet', 'daemon.json'))).toBe(false)
  })

  it('and more that start at once exit 8, all but one, which serves', async () => {
    const home = aHome()
    const exitCodes: (number | null)[] = []
    const said: string[] = []
    let allButOne = () => {}
    const ended = new Promise<void>((resolve) => {
      allButOne = resolve
    })
    const all = Array.from({ length: 6 }, async () => {
      const { exitCode, stderr } = await anEndedDaemon({ EWALLET_HOME: home, EWALLET_PORT: '0' })
      said.push(stderr)
      if (exitCodes.push(exitCode) === 5) allButOne()
    })
    await ended
    expect(exitCodes, said.join('')).toEqual([8, 8, 8, 8, 8])
    // It may have been the quickest to start, or still be starting.
    const { url, pid } = await vi.waitFor(() => daemonFile(home), { timeout: 20_000 })
    expect(await (await aLine(url)).says(ASK)).toMatchObject({ failed: false })
    process.kill(pid, 'SIGTERM')
    await Promise.all(all)
    expect(exitCodes.at(5)).toBe(0)
  })

  it('is not kept from starting by a daemon.json, a socket or a lock that a killed one left', async () => {
    const killed = await aRunningDaemon()
    await killed.stop('SIGKILL')
    expect(existsSync(join(killed.home, 'runtime', 'daemon.json'))).toBe(true)
    const next = await aRunningDaemon({ home: killed.home })
    expect(daemonFile(killed.home)).toMatchObject({ pid: next.pid, url: next.url })
    expect(next.admin).not.toBe(killed.admin)
    expect(existsSync(killed.admin)).toBe(false)
  })

  it('starts where daemon.json is no JSON', async () => {
    const home = aHome()
    mkdirSync(join(home, 'runtime'), { mode: 0o700 })
    writeFileSync(join(home, 'runtime', 'daemon.json'), 'half of a')
    const { pid } = await aRunningDaemon({ home })
    expect(daemonFile(home)).toMatchObject({ pid })
  })
})

describe('the admin channel', () => {
  it('hears system instructions over WebSocket and over HTTP', async () => {
    const { admin } = await aRunningDaemon()
    const says = { controller: 'system', ctype: 'action', action: 'new', new: 'worker' }
    const line = await aLine(`ws+unix://${admin}:/`)
    expect(await line.says(says)).toMatchObject({ failed: false, worker: 1 })
    expect((await post({ socketPath: admin }, says)).body).toMatchObject({ failed: false, worker: 2 })
    expect((await ask({ socketPath: admin }, 'GET', '/healthz')).status).toBe(200)
  })

  it('is elsewhere for a folder too deep for a socket, and daemon.json says where', async () => {
    const home = join(aHome(), 'deep'.repeat(30))
    const daemon = await aRunningDaemon({ home })
    expect(daemon.admin).not.toContain(home)
    expect(modeOf(join(daemon.admin, '..'))).toBe('700')
    const says = { controller: 'system', ctype: 'action', action: 'view', view: 'accounts' }
    expect(await (await aLine(`ws+unix://${daemon.admin}:/`)).says(says)).toMatchObject({ failed: false })
    const second = await anEndedDaemon({ EWALLET_HOME: home, EWALLET_PORT: '0' })
    expect(second.exitCode).toBe(8)
    await daemon.stop()
    expect(existsSync(join(daemon.admin, '..'))).toBe(false)
  })
})
