import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A server in a process of its own. */
export interface Server {
  url: string
  pid: number
  /** From the start of the process until it served, in ms. */
  startedInMs: number
  /** Ends it with a signal; gives back the exit code, null where the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** A folder that lasts until the benchmark ends. */
export function aFolder(name: string): string {
  const folder = mkdtempSync(join(process.env.EWALLET_BENCH_FOLDER ?? tmpdir(), `ewallet-bench-${name}-`))
  folders.push(folder)
  return folder
}

const folders: string[] = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Starts a node program that prints `listening URL` once it serves. */
export async function startServer(args: string[], env: Record<string, string> = {}): Promise<Server> {
  const from = performance.now()
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const listening = /^listening (\S+)/.exec(line)
      if (listening) resolve(listening[1] as string)
    })
    void ended.then((code) => reject(new Error(`${args[0]} ended with ${code} before it served.`)))
  })
  return {
    url,
    pid: child.pid as number,
    startedInMs: performance.now() - from,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

/** Where one of the two programs is; a benchmark runs from `dist/bench`. */
export function program(name: 'ewallet' | 'ewalletd'): string {
  return join(import.meta.dirname, '..', '..', 'bin', `${name}.js`)
}

/** Starts `ewalletd` with everything it keeps in one folder. */
export function startDaemon(
  home: string,
  settings: Record<string, string> = {},
  flags: string[] = [],
): Promise<Server> {
  const env = { EWALLET_HOME: home, EWALLET_PORT: '0', EWALLET_SUPPLY: 'open', EWALLET_LOG_LEVEL: 'error', ...settings }
  return startServer([...flags, program('ewalletd')], env)
}
