import { spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { exitCodes } from '@ewallet/protocol'
import { sizeOf } from './daemon-log.ts'
import { neverStarted } from './failure.ts'
import { type Folders, makeFolder } from './folders.ts'
import { installation } from './installation.ts'
import { tryLock } from './lock-file.ts'
import { readPrivate } from './private-file.ts'
import { isAlive } from './process-identity.ts'

/** A daemon of this user on this machine, as it says itself in its runtime folder. */
export interface Daemon {
  pid: number
  url: string
  startedAt: string
  /** The socket file of its admin channel. */
  admin: string
}

/** What starting a daemon needs to know. */
export interface DaemonStart {
  env: Readonly<Record<string, string | undefined>>
  timeoutMs: number
}

const LOOK_MS = 15
const STOPPING_MS = 150
/** How the line begins in which a daemon says why it ends. */
const REASON = 'ewalletd: '

/** Where the log of a daemon that was started from here goes. */
export function logFile(folders: Folders): string {
  return join(folders.state, 'ewalletd.log')
}

/** Finds the daemon that runs, only ever through its own file: a password must not reach a stranger on some port. */
export async function findDaemon(folders: Folders): Promise<Daemon | undefined> {
  const text = readPrivate(join(folders.runtime, 'daemon.json'))
  if (text === undefined) return undefined
  let daemon: Daemon
  try {
    const { pid, url, started_at: startedAt, admin } = JSON.parse(text)
    daemon = { pid, url, startedAt, admin }
  } catch {
    return undefined
  }
  return isAlive(String(daemon.pid)) && (await listens(daemon.admin)) ? daemon : undefined
}

/** Nobody else can listen in the runtime folder, so whoever answers there wrote the file, and the port beside it is its own. */
function listens(socketFile: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketFile)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Finds the daemon or starts one; of many that ask at once one starts it, and all get it. */
export async function startDaemon(folders: Folders, start: DaemonStart): Promise<{ daemon: Daemon; started: boolean }> {
  makeFolder(folders.runtime)
  makeFolder(folders.state)
  const until = Date.now() + start.timeoutMs
  const lock = join(folders.runtime, 'start.lock')
  for (;;) {
    const daemon = await findDaemon(folders)
    if (daemon) return { daemon, started: false }
    const release = tryLock(lock)
    if (release) {
      try {
        const daemon = await findDaemon(folders)
        if (daemon) return { daemon, started: false }
        return { daemon: await launch(folders, start, until), started: true }
      } finally {
        release()
      }
    }
    if (Date.now() > until) throw neverStarted('No daemon came up in time.')
    await pause(LOOK_MS)
  }
}

async function launch(folders: Folders, { env }: DaemonStart, until: number): Promise<Daemon> {
  const file = logFile(folders)
  const from = sizeOf(file)
  let child = spawnDaemon(file, folders, env)
  while (Date.now() < until) {
    const daemon = await findDaemon(folders)
    if (daemon) return daemon
    // Another daemon holds the folders: either it is about to say where it listens, or it is on its way out.
    if (child.ended === exitCodes.conflict) {
      await pause(STOPPING_MS)
      if (!(await findDaemon(folders))) child = spawnDaemon(file, folders, env)
    } else if (child.ended !== undefined) {
      throw neverStarted(`The daemon did not start.${lastWords(file, from)}`)
    }
    await pause(LOOK_MS)
  }
  throw neverStarted(`No daemon came up in time.${lastWords(file, from)}`)
}

function spawnDaemon(file: string, folders: Folders, env: DaemonStart['env']): { ended?: number | null } {
  const log = openSync(file, 'a', 0o600)
  const running: { ended?: number | null } = {}
  const child = spawn(process.execPath, [join(installation(), 'bin', 'ewalletd.js')], {
    // What it inherits must not keep a folder or a terminal busy.
    cwd: folders.state,
    detached: true,
    stdio: ['ignore', log, log],
    env: { EWALLET_PORT_FALLBACK: '1', ...env, ...resolved(env) },
  })
  closeSync(log)
  child.once('exit', (code) => {
    running.ended = code
  })
  child.once('error', () => {
    running.ended = null
  })
  child.unref()
  return running
}

/** Paths in the environment are meant from where the person stands. */
function resolved(env: DaemonStart['env']): Record<string, string> {
  const names = ['EWALLET_HOME', 'EWALLET_TLS_CERT', 'EWALLET_TLS_KEY']
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, resolve(env[name])]] : [])))
}

function lastWords(file: string, from: number): string {
  const log = openSync(file, 'r')
  try {
    const text = Buffer.alloc(Math.max(0, fstatSync(log).size - from))
    readSync(log, text, 0, text.length, from)
    const lines = text.toString('utf8').trim().split('\n')
    const said = lines.findLast((line) => line.startsWith(REASON))?.slice(REASON.length) ?? lines.at(-1)
    return said ? ` It said: ${said}` : ''
  } finally {
    closeSync(log)
  }
}

/** The last lines of the daemon's log. */
export function logLines(folders: Folders, count: number): string[] {
  try {
    return readFileSync(logFile(folders), 'utf8').trimEnd().split('\n').slice(-count)
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw fault
  }
}
