import { Readable } from 'node:stream'
import { openPendingLog } from '../pending-log.ts'
import { batchesOf, batchesOfFile } from '../repl/batches.ts'
import { type LinesOptions, runLines } from '../repl/lines.ts'
import { openStage } from '../stage.ts'
import type { Terminal } from '../terminal.ts'
import type { Given, SpecialCommand } from './command.ts'

const keepGoing = ['--keep-going', 'go on after a line that fails'] as const

/** Runs command lines, one after the other. */
export const exec: SpecialCommand = {
  args: '[file]',
  options: [keepGoing],
  dryRun: true,
  examples: ['ewallet exec lines.txt', "printf 'supply 10\\nbalance\\n' | ewallet exec -"],
  notes: `One command a line, without "ewallet" before it; # begins a comment. It stops at the first line that fails, with its exit
code, and names the line on stderr; nothing after it is done. Lines are sent without waiting for answers,
and the daemon does each only if all before it were done. With --keep-going the lines after a failure
are done nevertheless, in their order, and the exit code is that of the first that failed.
set NAME VALUE sets a flag for the lines that follow, source FILE runs another file.`,
  async run(given) {
    const { args, options } = given
    const file = args[0] ?? '-'
    return runIn(given, file === '-' ? undefined : file, options.keepGoing === true)
  },
}

/** Runs the lines that come on stdin: `ewallet` alone where nobody types them. */
export function runStdin(given: Given): Promise<number> {
  return runIn(given, undefined, false)
}

async function runIn(
  { stage: outer, globals }: Given,
  source: string | undefined,
  keepGoing: boolean,
): Promise<number> {
  const { terminal, folders, pending, heard } = outer
  const log = openPendingLog(folders, pending)
  const stage = openStage(source === undefined ? withoutStdin(terminal) : terminal, {
    heard,
    keys: log,
    isScript: true,
  })
  const lines: LinesOptions = { stage, standing: globals, keepGoing, ...(source !== undefined && { source }) }
  try {
    const batches = source === undefined ? batchesOf(terminal.stdin) : batchesOfFile(source, terminal.cwd)
    return await runLines(batches, lines)
  } finally {
    stage.close()
    await log.close()
    // A line may have failed while more were waited for.
    if (source === undefined) terminal.stdin.destroy()
  }
}

/** What the lines come from holds no answers to questions, and no passwords. */
function withoutStdin(terminal: Terminal): Terminal {
  const { stdout, stderr, env, cwd } = terminal
  return {
    stdout,
    stderr,
    env,
    cwd,
    get stdin() {
      return Readable.from([]) as unknown as NodeJS.ReadStream
    },
  }
}
