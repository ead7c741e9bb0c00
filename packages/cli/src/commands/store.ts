import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type Exit, exitCodes, type Path, type Request } from '@ewallet/protocol'
import { findDaemon } from '../daemon-start.ts'
import { Failure, granted, misuse } from '../failure.ts'
import { installation } from '../installation.ts'
import { type Bar, openBar } from '../output/bar.ts'
import { jsonText } from '../output/json.ts'
import type { Given, SpecialCommand } from './command.ts'

/** As long as a timer can wait: however long it takes, it tells how far it is. */
const PATIENCE_MS = 2_147_483_647

/** Proves the store of the daemon, or a folder that no daemon uses. */
export const storeVerify: SpecialCommand = {
  args: '[folder]',
  examples: ['ewallet system verify', 'ewallet system verify backup/monday'],
  notes: `Reads the journal from its first line, adds up all postings, and compares every balance and every row with the files in
stores/ and with what the daemon has in memory. Finds any byte that was changed, and names the file and the line.`,
  async run(given) {
    const [folder] = given.args
    const path = 'system action verify store'
    if (folder === undefined) return longWork(given, path, {}, 'Verifying')
    const proof = (await offline(given, ['verify', resolve(given.terminal.cwd, folder)], 'Verifying')) as object
    await given.answer(path, { failed: false, ...proof })
    return 0
  },
}

/** Copies the store while the daemon goes on. */
export const storeBackup: SpecialCommand = {
  args: '<folder>',
  examples: ['ewallet system backup backup/monday'],
  notes: `The folder should be new or empty. The copy appears in it whole, verified and readable by nobody else, or not at all.`,
  run(given) {
    const path = resolve(given.terminal.cwd, given.args[0] as string)
    return longWork(given, 'system action backup store', { path }, 'Backing up')
  },
}

/** Puts a backup in the place of the store. */
export const storeRestore: SpecialCommand = {
  args: '<folder>',
  options: [
    ['--seq <n>', 'the last journal line to take over'],
    ['--at <time>', 'the moment to go back to, as 2026-01-31T18:00:00Z'],
  ],
  examples: ['ewallet system restore backup/monday', 'ewallet system restore backup/monday --at 2026-01-31T18:00:00Z'],
  notes: `The daemon has to be stopped. The backup is verified before anything is replaced, and what it replaces is kept in the data
folder. It ends all sessions; no id and no event cursor that was given out is given out again.`,
  async run(given) {
    const { args, options, terminal, globals, prompts, stage } = given
    const folder = resolve(terminal.cwd, args[0] as string)
    const daemon = await findDaemon(stage.folders)
    if (daemon) throw new Failure('conflict', 'daemon_running', 'The daemon runs.', 'Stop it with: ewallet daemon stop')
    if (!globals.yes) {
      if (!prompts.possible) throw misuse('Replacing the store needs a confirmation.', 'Say --yes.')
      const meant = await prompts.confirm(`The store of this machine is replaced by ${folder}. Go on?`)
      if (!meant) throw new Failure('no', 'declined', 'Nothing was done.')
    }
    const restored = (await offline(given, ['restore', folder, ...pointOf(options)], 'Restoring')) as {
      seq: number
      before: string
    }
    if (given.style.format === 'json' || given.style.format === 'ndjson') {
      terminal.stdout.write(`${jsonText({ failed: false, ...restored })}\n`)
    } else terminal.stdout.write(`Restored the store up to journal line ${restored.seq}.\n`)
    given.say(`What it replaced is kept in ${restored.before}. All sessions ended.`)
    return 0
  },
}

function pointOf({ seq, at }: Given['options']): string[] {
  const point: string[] = []
  if (seq !== undefined) {
    if (!/^[1-9]\d{0,14}$/.test(String(seq))) throw misuse('--seq should be a whole number from 1.')
    point.push('--seq', String(seq))
  }
  if (at !== undefined) {
    const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(String(at)) ? Date.parse(String(at)) : Number.NaN
    if (Number.isNaN(moment)) throw misuse('--at should be a moment, as 2026-01-31T18:00:00Z.')
    point.push('--at', String(moment))
  }
  return point
}

/** Says an instruction that takes its time, and draws how far it is. */
async function longWork<P extends Path>(given: Given, path: P, request: Request<P>, says: string): Promise<number> {
  const bar = barFor(given, says)
  try {
    const progress = (done: number, of: number) => bar.at(done, of)
    const answer = await given.link().say(path, request, { progress, timeoutMs: PATIENCE_MS })
    bar.end()
    await given.answer(path, granted(answer))
    return 0
  } finally {
    bar.end()
  }
}

/** Has the daemon's program work on a folder, and gives what it says at the end. */
async function offline(given: Given, args: readonly string[], says: string): Promise<unknown> {
  const bar = barFor(given, says)
  const file = join(installation(), 'bin', 'ewalletd.js')
  const child = spawn(process.execPath, [file, ...args], { env: given.terminal.env })
  const ended = new Promise<number>((settled, failed) => {
    child.once('error', failed)
    child.once('exit', (code) => settled(code ?? exitCodes.fault))
  })
  const complaint = text(child.stderr)
  let last: unknown
  for await (const line of createInterface(child.stdout)) {
    last = JSON.parse(line)
    const { done, of } = last as { done?: number; of?: number }
    if (done !== undefined && of !== undefined) bar.at(done, of)
  }
  bar.end()
  const code = await ended
  if (code === 0) return last
  const [exit = 'fault'] = (Object.keys(exitCodes) as Exit[]).filter((name) => exitCodes[name] === code)
  throw new Failure(exit, 'store', (await complaint).trim().replace(/^ewalletd: /, ''))
}

function barFor({ terminal, style, globals }: Given, says: string): Bar {
  return openBar(globals.quiet ? { ...terminal.stderr, isTerminal: false } : terminal.stderr, says, style.ascii)
}
