import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { findDaemon } from '../daemon-start.ts'
import { Failure, misuse } from '../failure.ts'
import { installation } from '../installation.ts'
import { amount } from '../output/amount.ts'
import type { Given, SpecialCommand } from './command.ts'

const WIDTH = 24

/** Moves the store into a database, or back into files, and compares both sides. */
export const migrateStore: SpecialCommand = {
  options: [
    ['--to <store>', 'where to: an address as postgres://user@host:5432/database, or lowdb'],
    ['--from <store>', 'where from; the store that is set, or lowdb where that is where to'],
  ],
  examples: [
    'ewallet system migrate-store --to postgres://ewallet@db.example:5432/ewallet',
    'ewallet system migrate-store --from postgres://ewallet@db.example:5432/ewallet --to lowdb',
  ],
  notes: `No daemon may use either side meanwhile. Where it is broken off, run it again: it goes on. A password is read from PGPASSWORD or
~/.pgpass, or may stand in the address. Afterwards set EWALLET_STORE; what it was moved from stays as it is.`,
  run,
}

async function run(given: Given): Promise<number> {
  const { stage, options, terminal, style } = given
  const { to, from } = options
  if (typeof to !== 'string') throw misuse('Missing --to.', 'See: ewallet system migrate-store --help')
  if (await findDaemon(stage.folders)) throw conflict('A daemon is at work here.', 'Stop it first: ewallet daemon stop')
  // Addresses may hold a password, and arguments can be read by everybody.
  const said = { EWALLET_MIGRATE_TO: to, EWALLET_MIGRATE_FROM: typeof from === 'string' ? from : '' }
  const child = spawn(process.execPath, [join(installation(), 'bin', 'ewalletd.js'), 'migrate-store'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...terminal.env, ...said },
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const errors = text(child.stderr)
  let moved: { rows: number; entries: number; balances: number } | undefined
  let width = 0
  const isDrawn = terminal.stderr.isTerminal && !given.globals.quiet
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line)
    if (typeof told.rows === 'number') moved = told
    else if (isDrawn) {
      const drawn = bar(told, style.ascii)
      width = Math.max(width, drawn.length)
      terminal.stderr.write(`\r${drawn}`)
    }
  }
  if (width > 0) terminal.stderr.write(`\r${' '.repeat(width)}\r`)
  const code = await ended
  if (code !== 0 || !moved) throw conflict((await errors).replace(/^ewalletd: /, '').trim() || 'The move ended early.')
  if (style.format === 'json') terminal.stdout.write(`${JSON.stringify(moved)}\n`)
  const counted = `${amount(moved.rows, 'row')}, ${amount(moved.balances, 'balance')}`
  given.say(`Moved and compared: ${counted}. Set EWALLET_STORE to where it is now.`)
  return 0
}

function bar({ done, of }: { done: number; of: number }, ascii: boolean): string {
  const [full, empty] = ascii ? ['#', '.'] : ['█', '░']
  const share = of > 0 ? Math.min(1, done / of) : 1
  const filled = Math.round(share * WIDTH)
  return `Moving ${full.repeat(filled)}${empty.repeat(WIDTH - filled)} ${Math.floor(share * 100)} %`
}

function conflict(error: string, warning: string | null = null): Failure {
  return new Failure('conflict', 'store_not_moved', error, warning)
}
