import { exitCodes } from '@ewallet/protocol'
import { misuse } from '../failure.ts'
import { globalFlags } from '../globals.ts'
import { rows } from '../help-page.ts'
import { program, wordOf } from '../program.ts'
import { nearest } from '../spelling.ts'
import { wordTree } from '../words.ts'
import type { SpecialCommand } from './command.ts'

const meanings: Record<keyof typeof exitCodes, string> = {
  fault: 'something broke',
  usage: 'the command line cannot be meant',
  no: 'the answer is no, as of clock status when no timer runs',
  login: 'log in first',
  missing: 'there is no such thing',
  unreachable: 'no daemon was reached; safe to try again',
  rule: 'a rule forbids it: funds, time, limits',
  conflict: 'it conflicts with what is so',
  permission: 'not permitted',
  version: 'the versions of daemon and terminal do not fit',
  input: 'an input file does not fit',
}

const exits = (Object.keys(meanings) as (keyof typeof exitCodes)[]).map(
  (exit) => [String(exitCodes[exit]), meanings[exit]] as const,
)

const topics: Readonly<Record<string, { says: string; text: () => string }>> = {
  flags: {
    says: 'the flags every command has',
    text: () => `They may stand before or after the command.\n\n${rows(globalFlags).join('\n')}`,
  },
  'exit-codes': {
    says: 'what the exit codes mean',
    text: () => rows([['0', 'done'], ...exits, ['130', 'interrupted'], ['143', 'ended']]).join('\n'),
  },
  passwords: {
    says: 'where passwords come from',
    text: () =>
      `A password is never an argument. It is asked for without echo; without a terminal it comes from

  $ ewallet login ada@example.org --password-stdin < password.txt
  $ EWALLET_PASSWORD_FILE=password.txt ewallet login ada@example.org`,
  },
  retries: {
    says: 'why giving a command twice pays once',
    text: () =>
      `Every command that moves credits or time has a key that is kept on disk until the daemon has answered.
Where the connection is lost, the same key is sent again, and the daemon does it once.
The same command given again within 10 minutes of one without an answer takes up its key;
with --again it is done anew. Commands that were answered are never taken for the same.`,
  },
  environment: {
    says: 'variables and folders',
    text: () =>
      `EWALLET_HOME puts everything under one folder; without it the XDG folders are used.
Every setting of "ewallet config list" is also a variable, as EWALLET_OUTPUT for output.
A flag goes before a variable, a variable before the config file.
NO_COLOR, FORCE_COLOR, CLICOLOR and CLICOLOR_FORCE are followed.`,
  },
}

/** Explains a command or a topic. */
export const help: SpecialCommand = {
  args: '[topic...]',
  values({ position, args }) {
    const next = [...wordOf(args).next].filter(([, { entry }]) => !entry?.hidden).map(([name]) => name)
    return position === 0 ? [...next, ...Object.keys(topics), 'topics'] : next
  },
  examples: ['ewallet help clock start', 'ewallet help exit-codes'],
  async run({ args, stage, terminal }) {
    const [first] = args
    if (first === undefined) return program(['--help'], terminal, () => Promise.resolve(0))
    if (first === 'topics') {
      const listed = Object.entries(topics).map(([name, { says }]) => [name, says] as const)
      terminal.stdout.write(`${rows(listed).join('\n')}\n`)
      return 0
    }
    const topic = args.length === 1 ? topics[first] : undefined
    if (topic) {
      terminal.stdout.write(`${topic.text()}\n`)
      return 0
    }
    const names = [...wordTree().next.keys(), ...Object.keys(topics), 'topics']
    if (!wordTree().next.has(first)) {
      const meant = nearest(first, names)
      throw misuse(`There is no command or topic "${first}".`, meant ? `Did you mean ${meant}?` : 'See: ewallet help')
    }
    return program([...args, '--help'], stage.terminal, () => Promise.resolve(0))
  },
}
