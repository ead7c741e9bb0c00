import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RefusalCode, refuse } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aHome, aHomeOfAda, type Home } from './home.ts'
import { aScriptedDaemon } from './stand.ts'

const bin = new URL('../../bin/ewallet.js', import.meta.url).pathname

/** The address of a daemon that refuses everything that way. */
async function refusing(code: RefusalCode): Promise<string> {
  return (await aScriptedDaemon(() => refuse(code))).url
}

/** How a command ends that is interrupted while it waits. */
function interrupted(home: Home, signal: NodeJS.Signals): Promise<number | null> {
  const env = { PATH: process.env.PATH, TZ: 'UTC', EWALLET_HOME: home.folder }
  const child = spawn(process.execPath, [bin, 'clock', 'watch'], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdout.once('data', () => child.kill(signal))
  return new Promise((resolve) => child.once('close', (code) => resolve(code)))
}

describe('the exit code', () => {
  it('says what happened: each one of the table', async () => {
    const home = await aHomeOfAda()
    writeFileSync(join(home.folder, 'bad.csv'), 'start,stop\nyesterday,today\n')
    const lines: [number, string[]][] = [
      [0, ['balance']],
      [0, ['clock']],
      [1, ['license', '--url', await refusing('daemon_fault')]],
      [2, ['pay', '--crdits', '5']],
      [3, ['clock', 'status']],
      [5, ['wallet', 'use', '99']],
      [6, ['license', '--url', 'ws://127.0.0.1:1']],
      [7, ['pay', '--to', 'bob@example.org', '--credits', '1000000']],
      [8, ['resume']],
      [10, ['license', '--url', await refusing('unknown_instruction')]],
      [11, ['import', 'time', join(home.folder, 'bad.csv')]],
    ]
    const ended = await Promise.all(lines.map(async ([, argv]) => [(await home.ewallet(argv)).code, argv]))
    expect(ended).toEqual(lines)

    await home.ewallet('system acl edit ada@example.org --permission supply --allow false')
    expect((await home.ewallet('supply 1')).code).toBe(9)
    expect((await aHome().ewallet('balance')).code).toBe(4)
    expect(await interrupted(home, 'SIGINT')).toBe(130)
    expect(await interrupted(home, 'SIGTERM')).toBe(143)
  })

  it('comes with one JSON object on stderr where --json is typed, and nothing on stdout', async () => {
    const home = await aHomeOfAda()
    for (const line of ['pay --crdits 5', 'wallet use 99', 'resume', 'license --url ws://127.0.0.1:1']) {
      const { out, err } = await home.ewallet(`${line} --json`)
      expect(out).toBe('')
      expect(JSON.parse(err)).toMatchObject({ failed: true, code: expect.any(String), error: expect.any(String) })
    }
  })
})

describe('whoever reads the answer', () => {
  it('may stop reading: the command ends quietly', async () => {
    const home = await aHomeOfAda()
    const env = { PATH: process.env.PATH ?? '', TZ: 'UTC', EWALLET_HOME: home.folder }
    const child = spawn('bash', ['--norc', '-c', `'${process.execPath}' '${bin}' commands --json | head -c 1`], { env })
    let err = ''
    child.stderr.on('data', (text) => {
      err += text
    })
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
    expect(err).toBe('')
  })
})
