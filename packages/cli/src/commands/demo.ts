import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { exitCodes } from '@ewallet/protocol'
import { findDaemon } from '../daemon-start.ts'
import { type Folders, foldersOf } from '../folders.ts'
import { installation } from '../installation.ts'
import { paint } from '../output/colour.ts'
import type { SpecialCommand } from './command.ts'

const PASSWORD = 'turing-tested-1'
/** How long a reader at a terminal gets for a step. */
const STEP_MS = 120

/** Somebody with files of their own and the daemon they share. */
interface Person {
  name: string
  env: Record<string, string>
}

interface Tour {
  folder: string
  /** Prints a command as it is typed and runs it; what it says goes where this command's own answer goes. */
  types(person: Person, line: string, input?: string): Promise<void>
  /** Runs a command silently and reads its answer. */
  asks(person: Person, ...words: string[]): Promise<Record<string, unknown>>
  says(text: string): void
}

/** A step that did not go as it should. */
class TourFault extends Error {}

/** Splits a line at spaces, quotes respected, as a shell would. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
}

function run(env: Record<string, string>, words: readonly string[], input: string, isHeard: boolean) {
  const stdio = isHeard ? (['pipe', 'pipe', 'inherit'] as const) : (['pipe', 'inherit', 'inherit'] as const)
  const child = spawn(process.execPath, [join(installation(), 'bin', 'ewallet.js'), ...words], {
    env,
    stdio: [...stdio],
  })
  let heard = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    heard += text
  })
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  return new Promise<{ code: number | null; heard: string }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, heard }))
  })
}

function person(name: string, folder: string, from: Readonly<Record<string, string | undefined>>): Person {
  const env: Record<string, string> = {}
  // Nothing of the caller's own wallet may reach the tour.
  for (const [key, value] of Object.entries(from))
    if (value !== undefined && !/^(EWALLET|XDG)_/.test(key)) env[key] = value
  const home = join(folder, name)
  mkdirSync(home, { mode: 0o700 })
  env.HOME = home
  env.XDG_RUNTIME_DIR = join(folder, 'run')
  env.XDG_DATA_HOME = join(folder, 'data')
  return { name, env }
}

function should(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new TourFault(`${what} should be ${wanted}, and is ${found}.`)
}

const wallet = (answer: Record<string, unknown>) => (answer.ewallet_data as { credits: number }).credits
const clock = (answer: Record<string, unknown>) => (answer.clock_data as { credit_clock: number }).credit_clock

async function tour(
  { types, asks, says, folder }: Tour,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const ada = person('ada', folder, env)
  const bob = person('bob', folder, env)

  says('Two people, one daemon. It starts by itself with the first command.')
  await types(ada, 'ewallet signup --name ada --email ada@example.org --password-stdin', PASSWORD)
  await types(bob, 'ewallet signup --name bob --email bob@example.org --password-stdin', PASSWORD)
  await types(ada, 'ewallet logout')
  await types(ada, 'ewallet login ada --password-stdin', PASSWORD)

  says('Credits are supplied, and some of them become minutes.')
  await types(ada, 'ewallet supply 100 --cost 4.70 --currency RON')
  await types(ada, 'ewallet convert --credits 20')
  should("ada's wallet", wallet(await asks(ada, 'balance')), 80)
  should("ada's clock", clock(await asks(ada, 'clock')), 20)

  says('The clock runs down only while it runs; pauses are free.')
  await types(ada, 'ewallet clock start --note "contract review"')
  await pause(2_000)
  await types(ada, 'ewallet clock status')
  await types(ada, 'ewallet clock pause')
  await pause(600)
  await types(ada, 'ewallet clock resume')
  await pause(600)
  await types(ada, 'ewallet clock stop')
  await types(ada, 'ewallet convert --minutes 5')

  says('Credits go to somebody else: transferred, or paid with an invoice.')
  await types(ada, 'ewallet transfer --to bob@example.org --credits 5')
  await types(ada, 'ewallet contact add bob --email bob@example.org')
  await types(ada, 'ewallet pay --to @bob --credits 10 --note lunch')
  await types(bob, 'ewallet balance')

  says('And it all reads back: the wallet, the clock, the four sheets.')
  await types(ada, 'ewallet wallet')
  await types(ada, 'ewallet clock')
  for (const sheet of ['transfer', 'invoice', 'conversion', 'time']) await types(ada, `ewallet sheet ${sheet}`)

  should("ada's wallet", wallet(await asks(ada, 'balance')), 70)
  should("bob's wallet", wallet(await asks(bob, 'balance')), 15)
  const { records } = (await asks(ada, 'sheet', 'time')) as { records: { time_spent: number }[] }
  should("ada's time records", records.length, 1)
  const spent = records[0]?.time_spent ?? 0
  const left = clock(await asks(ada, 'clock'))
  // Both are rounded to a hundredth of a minute.
  const isExact = Math.abs(15 - spent - left) < 0.011
  should('what the clock lost and what the sheet charges', isExact && spent > 0, true)

  says('The daemon ends when it is told to; what it kept would be there again.')
  await types(ada, 'ewallet daemon stop')
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await pause(25)
  }
  return false
}

/** The daemon that an interrupted command may have been starting: it is waited for, or it would outlive the tour. */
async function startedIn(folders: Folders): Promise<number | undefined> {
  for (let tries = 0; tries < 120 && existsSync(folders.runtime); tries += 1) {
    const daemon = await findDaemon(folders)
    if (daemon) return daemon.pid
    await pause(25)
  }
  return undefined
}

async function end(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGTERM')
    if (!(await isGone(pid))) process.kill(pid, 'SIGKILL')
  } catch {
    // It ended already, as it was told to.
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** The guided tour on a throw-away store: real commands, a real daemon, and nothing left behind. */
export const demo: SpecialCommand = {
  examples: ['ewallet demo'],
  notes: 'Everything happens in a temporary folder, which is removed; your own wallet is not touched.',
  async run({ terminal, say }) {
    const { stdout, env } = terminal
    const colour = await paint(stdout)
    const folder = mkdtempSync(join(tmpdir(), 'ewallet-demo-'))
    const stop = new AbortController()
    const onSignal = () => stop.abort()
    for (const signal of signals) process.removeAllListeners(signal).on(signal, onSignal)
    const runtime = foldersOf({ XDG_RUNTIME_DIR: join(folder, 'run'), HOME: folder })
    let pid: number | undefined

    const tourist: Tour = {
      folder,
      says: (text) => stdout.write(`${colour.dim(`# ${text}`)}\n\n`),
      async types(who, line, input) {
        if (stop.signal.aborted) throw new TourFault('The tour was interrupted.')
        const typed = input === undefined ? line : `printf '%s\\n' "$PW" | ${line}`
        stdout.write(`${colour.cyan(`${who.name} $`)} ${colour.bold(typed)}\n`)
        const { code } = await run(who.env, wordsOf(line).slice(1), input === undefined ? '' : `${input}\n`, false)
        pid ??= (await findDaemon(runtime))?.pid
        if (code !== 0) throw new TourFault(`"${line}" ended with ${code}.`)
        stdout.write('\n')
        if (stdout.isTerminal) await pause(STEP_MS)
      },
      async asks(who, ...words) {
        const { code, heard } = await run(who.env, [...words, '--json'], '', true)
        if (code !== 0) throw new TourFault(`"ewallet ${words.join(' ')} --json" ended with ${code}.`)
        return JSON.parse(heard) as Record<string, unknown>
      },
    }

    try {
      await tour(tourist, env)
      stdout.write(`${colour.green('Every balance is what it should be.')}\n`)
      return 0
    } catch (fault) {
      if (stop.signal.aborted) return 130
      if (!(fault instanceof TourFault)) throw fault
      say(fault.message)
      return exitCodes.fault
    } finally {
      pid ??= await startedIn(runtime)
      if (pid !== undefined) await end(pid)
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
