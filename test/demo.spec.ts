import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'

const program = join(import.meta.dirname, '..', 'bin', 'ewallet.js')

/** The tour under way, with a folder of its own for what it keeps meanwhile. */
function aTour(env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-tour-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const child = spawn(process.execPath, [program, 'demo'], {
    env: { PATH: process.env.PATH ?? '', TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, out, err }))
  })
  return { child, folder, ended, heard: () => out }
}

/** The daemon a tour started, once it says that it serves. */
async function theDaemonOf(folder: string): Promise<{ pid: number; home: string }> {
  for (;;) {
    const [home] = readdirSync(folder).filter((name) => name.startsWith('ewallet-demo-'))
    const file = home && join(folder, home, 'run', 'ewallet', 'daemon.json')
    if (home && file && existsSync(file)) {
      return { pid: (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid, home: join(folder, home) }
    }
    await pause(10)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('ewallet demo', () => {
  it('does the main job, says so, and leaves no process and no file behind', async () => {
    const tour = aTour()
    const { pid } = await theDaemonOf(tour.folder)
    const { code, out, err } = await tour.ended
    expect({ code, err }).toMatchObject({ code: 0 })
    expect(out).toContain('Every balance is what it should be.')
    for (const typed of ['signup', 'login', 'supply 100', 'convert', 'clock start', 'clock stop', 'transfer', 'pay']) {
      expect(out).toContain(` ewallet ${typed}`)
    }
    for (const sheet of ['transfer', 'invoice', 'conversion', 'time']) expect(out).toContain(`$ ewallet sheet ${sheet}`)
    expect(isAlive(pid)).toBe(false)
    expect(readdirSync(tour.folder)).toEqual([])
  })

  it('prints no colour and no escape where there is no terminal', async () => {
    const { out, err } = await aTour().ended
    expect(out + err).not.toContain('\u001b')
  })

  it('ends with a fault when a step fails, and leaves nothing behind all the same', async () => {
    const tour = aTour()
    const { pid, home } = await theDaemonOf(tour.folder)
    process.kill(pid, 'SIGKILL')
    renameSync(join(home, 'data'), join(home, 'elsewhere'))
    writeFileSync(join(home, 'data'), 'no folder')
    const { code, out } = await tour.ended
    expect(code).not.toBe(0)
    expect(out).not.toContain('Every balance is what it should be.')
    expect(readdirSync(tour.folder)).toEqual([])
  })

  it('cleans up when it is interrupted', async () => {
    const tour = aTour()
    const { pid } = await theDaemonOf(tour.folder)
    tour.child.kill('SIGINT')
    expect((await tour.ended).code).toBe(130)
    expect(isAlive(pid)).toBe(false)
    expect(readdirSync(tour.folder)).toEqual([])
  })
})
