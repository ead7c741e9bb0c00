import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { isAlive } from '../../packages/cli/src/process-identity.ts'
import { aFolder } from './stand.ts'

const bin = process.env.EWALLET_BIN ?? new URL('../../bin/ewallet.js', import.meta.url).pathname

/** A password that is good enough. */
export const PASSWORD = 'correct-horse-1'

/** How one command line ended. */
export interface Ended {
  code: number | null
  out: string
  err: string
}

interface Given {
  stdin?: string
  env?: Record<string, string | undefined>
  /** Whether it is typed in a window of its own. */
  ownWindow?: boolean
}

/** A home of its own with the commands given there, as real processes; a daemon started on the way is ended by its pid. */
export interface Home {
  folder: string
  ewallet(line: string | readonly string[], given?: Given): Promise<Ended>
  /** The pid of the daemon that runs. */
  daemonPid(): number
  /** Ends the daemon without warning. */
  killDaemon(): Promise<void>
}

/** Opens a home where nothing is yet. */
export function aHome(): Home {
  const folder = aFolder()
  const daemonPid = () => JSON.parse(readFileSync(join(folder, 'runtime', 'daemon.json'), 'utf8')).pid as number
  const home: Home = {
    folder,
    daemonPid,
    async killDaemon() {
      const pid = daemonPid()
      process.kill(pid, 'SIGKILL')
      while (isAlive(String(pid))) await pause(5)
    },
    ewallet(line, { stdin, env = {}, ownWindow = false } = {}) {
      const argv = typeof line === 'string' ? line.split(' ') : line
      const child = spawn(process.execPath, [bin, ...argv], {
        detached: ownWindow,
        env: { PATH: process.env.PATH, TZ: 'UTC', EWALLET_HOME: folder, EWALLET_SCRYPT_N: '1024', ...env },
      })
      child.stdin.on('error', () => {})
      child.stdin.end(stdin ?? '')
      const heard = { out: '', err: '' }
      child.stdout.setEncoding('utf8').on('data', (text) => {
        heard.out += text
      })
      child.stderr.setEncoding('utf8').on('data', (text) => {
        heard.err += text
      })
      return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...heard })))
    },
  }
  onTestFinished(async () => {
    try {
      await home.killDaemon()
    } catch {
      // None was started, or it has ended.
    }
  })
  return home
}

/** A home where ada is logged in and has some credits. */
export async function aHomeOfAda(credits = 100): Promise<Home> {
  const home = aHome()
  const stdin = `${PASSWORD}\n`
  await home.ewallet('signup --name bob --email bob@example.org --no-login --password-stdin', { stdin })
  await home.ewallet('signup --name ada --email ada@example.org --password-stdin', { stdin })
  await home.ewallet(['supply', String(credits)])
  return home
}
