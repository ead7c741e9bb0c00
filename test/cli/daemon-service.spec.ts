import { execFile, spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { followLog } from '../../packages/cli/src/daemon-log.ts'
import { aHome } from './home.ts'
import { aFolder } from './stand.ts'

const run = promisify(execFile)
const program = new URL('../../bin/ewallet.js', import.meta.url).pathname

/** Whether systemd is at hand to say what it thinks of a unit. */
const hasSystemd = existsSync('/usr/bin/systemd-analyze')

/** Lines that were heard, and a way to wait until there are so many. */
function aListener() {
  const heard: string[] = []
  const until = async (count: number) => {
    while (heard.length < count) await pause(10)
    return heard
  }
  return { heard, until, hear: (line: string) => heard.push(line) }
}

describe('ewallet daemon logs -f', () => {
  it('shows what stands, then every line as it is written, until it is interrupted', async () => {
    const home = aHome()
    expect(await home.ewallet('daemon start')).toMatchObject({ code: 0 })
    const env = { PATH: process.env.PATH, EWALLET_HOME: home.folder }
    const child = spawn(process.execPath, [program, 'daemon', 'logs', '-f'], { env })
    onTestFinished(() => void child.kill('SIGKILL'))
    const { heard, until, hear } = aListener()
    child.stdout.setEncoding('utf8').on('data', (text: string) => text.trimEnd().split('\n').forEach(hear))
    await until(2)
    expect(heard.join('\n')).toContain('"event":"listening"')
    await home.ewallet('daemon stop')
    await until(4)
    expect(heard.slice(2).map((line) => JSON.parse(line).event)).toEqual(['stopping', 'stopped'])
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGINT')
    expect(await ended).toBe(130)
  }, 120_000)

  it('hands on whole lines only, also of a log that was begun anew', async () => {
    const file = join(aFolder(), 'a.log')
    writeFileSync(file, 'old\n')
    const { until, hear } = aListener()
    void followLog(file, 4, hear).catch(() => {})
    appendFileSync(file, 'half of a ')
    appendFileSync(file, 'line ĳ\nsecond\n')
    expect(await until(2)).toEqual(['half of a line ĳ', 'second'])
    writeFileSync(file, 'new\n')
    expect((await until(3))[2]).toBe('new')
  })
})

describe('ewallet daemon install', () => {
  it('prints the unit and writes nothing with --print', async () => {
    const home = aHome()
    const { code, out } = await home.ewallet('daemon install --print', { env: { HOME: home.folder } })
    expect(code).toBe(0)
    expect(out).toContain(`ExecStart="${process.execPath}" "`)
    expect(out).toContain(`Environment="EWALLET_HOME=${home.folder}"\n`)
    expect(existsSync(join(home.folder, '.config'))).toBe(false)
  })

  it('writes the unit and says what to do', async () => {
    const home = aHome()
    const { code, out, err } = await home.ewallet('daemon install', { env: { HOME: home.folder } })
    const path = join(home.folder, '.config', 'systemd', 'user', 'ewallet.service')
    expect({ code, out }).toEqual({ code: 0, out: `${path}\n` })
    expect(err).toContain('systemctl --user enable --now ewallet.service')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toBe((await home.ewallet('daemon install --print')).out)
  })

  it.skipIf(!hasSystemd)('writes a unit that systemd understands, whatever its folders are called', async () => {
    const home = aHome()
    const folder = join(home.folder, 'a %n $HOME "b"')
    mkdirSync(folder)
    const { out } = await home.ewallet('daemon install --print', { env: { EWALLET_HOME: folder } })
    const units = mkdtempSync(join(home.folder, 'units-'))
    onTestFinished(() => rmSync(units, { recursive: true, force: true }))
    const path = join(units, 'ewallet.service')
    writeFileSync(path, out)
    const env = { PATH: process.env.PATH, XDG_RUNTIME_DIR: units, HOME: units }
    const said = await run('systemd-analyze', ['--user', '--man=no', 'verify', path], { env }).then(
      ({ stderr }) => stderr,
      (fault: { stderr: string }) => `failed: ${fault.stderr}`,
    )
    // What it says of other units of the machine is not about this one.
    expect(said.split('\n').filter((line) => line.includes('ewallet.service'))).toEqual([])
  })
})
