import { misuse } from './failure.ts'
import { checkSetting, checkTimeZone, type Settings } from './settings.ts'
import type { Style, Terminal } from './terminal.ts'

/** The flags every command has, as they are typed, and what they do. */
export const globalFlags: readonly (readonly [flags: string, says: string])[] = [
  ['--json', 'one JSON value, the whole answer'],
  ['-o, --output <format>', 'table, plain, json, ndjson or csv'],
  ['--fields <names>', 'only these columns or keys, with commas between'],
  ['--dry-run', 'show what would come of it; nothing is kept'],
  ['-y, --yes', 'do not ask for confirmation'],
  ['--no-input', 'never ask for anything'],
  ['--context <name>', 'speak to the daemon of that name'],
  ['--url <url>', 'speak to the daemon at that address'],
  ['--timeout <seconds>', 'how long to wait for an answer; 30'],
  ['--no-start', 'do not start a daemon where none runs'],
  ['--color <when>', 'auto, always or never'],
  ['--ascii', 'draw with ASCII only'],
  ['--tz <zone>', 'show times in this time zone, as Europe/Bucharest'],
  ['-q, --quiet', 'say nothing but the answer and errors'],
  ['-v, --verbose', 'say more when something breaks'],
  ['--as <email>', 'do it only if this account is the active one'],
  ['--again', 'do it anew, even if the same command was left unanswered'],
]

/** The global flags of one command line. */
export interface Globals {
  json: boolean
  /** As typed; most commands know table, plain, json, ndjson and csv. */
  output?: string
  fields?: readonly string[]
  dryRun: boolean
  yes: boolean
  /** False where nobody may be asked. */
  input: boolean
  context?: string
  url?: string
  timeout?: string
  /** False where no daemon may be started. */
  start: boolean
  color?: string
  ascii: boolean
  tz?: string
  quiet: boolean
  verbose: boolean
  as?: string
  again: boolean
}

/** What stands where a command line has no global flag. */
export const noGlobals: Globals = {
  json: false,
  dryRun: false,
  yes: false,
  input: true,
  start: true,
  ascii: false,
  quiet: false,
  verbose: false,
  again: false,
}

/** A global flag as it stands among the flags of a command line. */
export interface GlobalFlag {
  /** Its name without dashes, in camel case. */
  name: string
  takesValue: boolean
  /** What it means where it takes no value: false for `--no-…`. */
  means: boolean
}

/** The global flags by what is typed for them, long and short. */
export const globalFlagOf: ReadonlyMap<string, GlobalFlag> = new Map(
  globalFlags.flatMap(([flags]) => {
    const takesValue = flags.includes('<')
    const typed = flags.replace(/ <.*/, '').split(', ')
    const long = (typed.at(-1) ?? '').slice(2)
    const means = !long.startsWith('no-')
    const bare = means ? long : long.slice(3)
    const name = bare.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    return typed.map((each) => [each, { name, takesValue, means }] as const)
  }),
)

/** How many words of a command line a global flag takes with its value; 0 where the word is none. */
export function globalLength(word: string): 0 | 1 | 2 {
  if (!word.startsWith('-')) return 0
  const flag = globalFlagOf.get(word.split('=', 1)[0] ?? '')
  if (!flag) return 0
  return flag.takesValue && !word.includes('=') ? 2 : 1
}

/** Reads the global flags out of what commander understood. */
export function globalsOf(options: Record<string, unknown>): Globals {
  const { fields, ...others } = options
  const globals = { ...noGlobals, ...others } as Globals
  if (typeof fields === 'string') return { ...globals, fields: fields.split(',').map((field) => field.trim()) }
  return globals
}

/** How answers to one command line are to look; `outputs` are those a command of its own has. */
export function styleOf(
  globals: Globals,
  settings: Pick<Settings, 'get'>,
  terminal: Terminal,
  outputs?: readonly string[],
): Style {
  const { fields } = globals
  const ascii = globals.ascii || settings.get('ascii').value === 'true'
  const timeZone = globals.tz ?? settings.get('tz').value
  if (timeZone) checkTimeZone(timeZone)
  return {
    format: formatOf(globals, settings, terminal, outputs),
    ascii,
    ...(fields && { fields }),
    ...(timeZone && { timeZone }),
  }
}

function formatOf(
  { json, output }: Globals,
  settings: Pick<Settings, 'get'>,
  terminal: Terminal,
  outputs?: readonly string[],
): Style['format'] {
  if (json && output !== undefined && output !== 'json') throw misuse(`--json and -o ${output} do not go together.`)
  if (json) return 'json'
  if (output !== undefined && outputs) {
    if (!outputs.includes(output)) throw misuse(`-o should be one of ${outputs.join(', ')}.`)
  } else if (output !== undefined) {
    return checkSetting('output', output) as Style['format']
  }
  const set = settings.get('output').value
  return (set || (terminal.stdout.isTerminal ? 'table' : 'plain')) as Style['format']
}

/** How long to wait for an answer, in milliseconds. */
export function timeoutOf({ timeout }: Globals, settings: Pick<Settings, 'get'>): number {
  return Number(timeout === undefined ? settings.get('timeout').value : checkSetting('timeout', timeout)) * 1_000
}
