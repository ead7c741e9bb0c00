import { misuse } from '../failure.ts'
import { program } from '../program.ts'
import type { Given, SpecialCommand } from './command.ts'

/** Opens the REPL. */
export const repl: SpecialCommand = {
  examples: ['ewallet repl', 'ewallet repl --context work'],
  notes: 'The same commands without "ewallet" before them; Tab completes them, help tells the rest, Ctrl-D leaves.',
  async run(given) {
    if (!isAtTerminal(given)) throw misuse('The REPL is for a terminal.', 'Lines from a file: ewallet exec lines.txt')
    return open(given)
  },
}

/** `ewallet` alone: the REPL at a terminal; where nobody types, the lines on stdin. */
export const alone: SpecialCommand = {
  dryRun: true,
  async run(given) {
    if (!given.terminal.stdin.isTTY) {
      const { runStdin } = await import('./exec.ts')
      return runStdin(given)
    }
    if (isAtTerminal(given)) return open(given)
    return program(['--help'], given.stage.terminal, () => Promise.resolve(0))
  },
}

function isAtTerminal({ terminal: { stdin, stderr } }: Given): boolean {
  return stdin.isTTY === true && stderr.isTerminal
}

async function open(given: Given): Promise<number> {
  const { runRepl } = await import('../repl/repl.ts')
  return runRepl(given)
}
