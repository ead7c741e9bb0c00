import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { foldersOf } from '../packages/server/src/config.ts'

/** A folder of a test's own, removed when the test is over. */
export function aHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'ewallet-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

/** What `daemon.json` says. */
export interface DaemonFile {
  pid: number
  url: string
  started_at: string
  admin: string
}

/** A daemon in a process of its own. */
export interface RunningDaemon {
  /** Where it listens, as it printed. */
  url: string
  pid: number
  home: string
  /** The socket file of its admin channel. */
  admin: string
  /** Everything it wrote so far. */
  stdout(): string
  stderr(): string
  /** Sends a signal and gives back the exit code, null where the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  exited: Promise<number | null>
}

/** An `ewalletd` that ended. */
export interface EndedDaemon {
  exitCode: number | null
  stdout: string
  stderr: string
}

const daemonProgram = join(import.meta.dirname, '..', 'bin', 'ewalletd.js')

interface Started {
  child: ChildProcess
  stdout(): string
  stderr(): string
  exited: Promise<number | null>
}

function started(env: Record<string, string>, flags: readonly string[] = []): Started {
  // Nothing of the machine's own settings reaches a test.
  const inherited = { PATH: process.env.PATH ?? '', TZ: 'UTC', NODE_ENV: 'test' }
  const child = spawn(process.execPath, [daemonProgram, ...flags], { env: { ...inherited, ...env } })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  })
  return { child, stdout: () => stdout, stderr: () => stderr, exited }
}

/** Runs `ewalletd` until it ends by itself. */
export async function anEndedDaemon(env: Record<string, string>, flags?: readonly string[]): Promise<EndedDaemon> {
  const { exited, stdout, stderr } = started(env, flags)
  const exitCode = await exited
  return { exitCode, stdout: stdout(), stderr: stderr() }
}

/** Starts `ewalletd` from the bundle with a folder of its own on a free port, and waits until it serves; it ends with the test. */
export async function aRunningDaemon({
  home = aHome(),
  env = {},
  flags = [],
}: {
  home?: string
  env?: Record<string, string>
  flags?: readonly string[]
} = {}): Promise<RunningDaemon> {
  // Hashes are cheap, for nobody here attacks them.
  const settings = { EWALLET_HOME: home, EWALLET_PORT: '0', EWALLET_SCRYPT_N: '16', ...env }
  const { child, stdout, stderr, exited } = started(settings, flags)
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const said = /^listening (\S+)\n/m.exec(stdout())?.[1]
      if (said) resolve(said)
    })
    void exited.then((code) => reject(new Error(`ewalletd ended with ${code}: ${stderr()}`)))
  })
  const { pid, admin } = daemonFileIn(foldersOf(settings).runtime)
  return {
    url,
    pid,
    home,
    admin,
    stdout,
    stderr,
    exited,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return exited
    },
  }
}

/** Reads the file by which the daemon of a home is found. */
export function daemonFile(home: string): DaemonFile {
  return daemonFileIn(join(home, 'runtime'))
}

function daemonFileIn(runtime: string): DaemonFile {
  return JSON.parse(readFileSync(join(runtime, 'daemon.json'), 'utf8'))
}
