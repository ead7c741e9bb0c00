import { spawnSync } from 'node:child_process'
import { describe } from 'vitest'

const program = 'hledger'
const { error } = spawnSync(program, ['--version'])

/** Describes what only hledger itself can tell; where it is not installed, says that these promises go untested. */
export const describeWithHledger = error ? describe.skip : describe

if (error)
  process.stderr.write('hledger is not installed (apt-get install hledger): its promises are not tested here.\n')

/** Runs hledger on a text, as a journal or a timeclock file. */
export function hledger(text: string, format: 'journal' | 'timeclock', ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(program, ['-f', `${format}:-`, ...words], {
    input: text,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}
