import { exitCodes } from '@ewallet/protocol'
import { globalFlags } from './globals.ts'
import { rows } from './help-page.ts'

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

/** What help is given about besides commands. */
export const topics: Readonly<Record<string, { says: string; text: () => string }>> = {
  flags: {
    says: 'the flags every command has',
    text: () => `They may stand before or after the command.\n\n${rows(globalFlags).join('\n')}`,
  },
  'exit-codes': {
    says: 'what the exit codes mean',
    text: () => rows([['0', 'done'], ...exits, ['130', 'interrupted'], ['143', 'ended']]).join('\n'),
  },
  output: {
    says: 'tables, columns, JSON, CSV and colour',
    text: () =>
      `stdout is the answer, stderr the talk. A terminal gets tables that fit its width, a pipe plain columns.

  $ ewallet sheet transfer --json
  $ ewallet sheet transfer -o csv --fields id,transfer_to,credits
  $ ewallet sheet transfer --all -o ndjson

--json prints one JSON value, the whole answer: timestamps as RFC 3339, ids and amounts as numbers. A failure with
--json is one JSON object on stderr. -q leaves out all talk but errors. Colour follows NO_COLOR, FORCE_COLOR,
CLICOLOR, CLICOLOR_FORCE, TERM=dumb and --color, for each stream by itself; --ascii draws with ASCII only.`,
  },
  scripting: {
    says: 'ewallet in scripts and pipes',
    text: () =>
      `Nothing ever asks where nobody can answer: what is missing is named, with exit code 2. Exit codes tell what happened,
see "ewallet help exit-codes". Many lines at once go through one connection:

  $ printf 'supply 10\\nbalance\\n' | ewallet exec -
  $ ewallet clock status -q > status.txt || ewallet clock start

"ewallet status" is one line for prompts and tmux, from memory; it asks no daemon.`,
  },
  contexts: {
    says: 'speaking to more than one daemon',
    text: () =>
      `A context is a daemon with a name. "local" is the one of this machine, which starts by itself.

  $ ewallet context add work wss://wallet.example.org
  $ ewallet context list

--context NAME, --url URL, EWALLET_CONTEXT and EWALLET_URL go before what "ewallet context use" says. Each context has
its own session, and a token never travels to another daemon.`,
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

  $ ewallet pay --to bob@example.org --credits 10 --again

The same command given again within 10 minutes of one without an answer takes up its key;
with --again it is done anew. Commands that were answered are never taken for the same.`,
  },
  environment: {
    says: 'variables and folders',
    text: () =>
      `EWALLET_HOME puts everything under one folder; without it the XDG folders are used.
Every setting of "ewallet config list" is also a variable, as EWALLET_OUTPUT for output.
A flag goes before a variable, a variable before the config file.
The config file is config.json or config.toml; a change through "ewallet config set" keeps its comments.

  $ ewallet config list --origin
  $ ewallet config set output plain`,
  },
}
