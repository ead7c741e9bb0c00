import type { Path } from '@ewallet/protocol'
import { Command, CommanderError, Option } from 'commander'
import type { SpecialCommand } from './commands/command.ts'
import { misuse } from './failure.ts'
import { choicesOf, type Field, fieldsOf, has, isSwitch, place, readTyped, shownAs } from './fields.ts'
import { type Globals, globalFlags, globalLength, globalsOf } from './globals.ts'
import { formatHelp } from './help-page.ts'
import { versionHere } from './installation.ts'
import { nearest } from './spelling.ts'
import type { Terminal } from './terminal.ts'
import { type Word, wordTree } from './words.ts'

/** A command line that was understood. */
export type Spoken = { globals: Globals } & (
  | {
      path: Path
      /** What was typed, converted; may lack what has to be asked for. */
      request: Record<string, unknown>
      /** Secrets whose asking was asked for: by a prompt, or from stdin. */
      secrets: Record<string, 'prompt' | 'stdin'>
      /** Whether every page is wanted. */
      all: boolean
    }
  | { command: SpecialCommand; args: string[]; options: Record<string, unknown> }
)

/** Does what was said, and returns the exit code. */
export type Run = (spoken: Spoken) => Promise<number>

/** Grows the command a line asks for out of the catalogue and has it run; help goes to the terminal, misuse is thrown. */
export async function program(argv: readonly string[], terminal: Terminal, run: Run): Promise<number> {
  const word = wordOf(argv)
  let exitCode = 0
  const root = new Command('ewallet')
  // Subcommands inherit these at birth, so they come first.
  root
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => terminal.stdout.columns,
      getErrHelpWidth: () => terminal.stderr.columns,
    })
    .configureHelp({ formatHelp: (command, helper) => formatHelp(command, helper, word, special) })
    .helpOption('-h, --help', 'explain this command')
    .helpCommand(false)
    .version(versionHere(), '-V, --version', 'print the version')
  for (const option of globalOptions()) root.addOption(option)

  const special = await word.entry?.load()
  const command = word.words.reduce((parent, name) => parent.command(name), root)
  command.allowExcessArguments()
  const fields = special ? [] : merged(word.paths)
  if (special) describeSpecial(command, special)
  else describeFields(command, fields)
  if (word.paths.some(isPaged)) command.option('--all', 'every page, not only one')
  command.action(async () => {
    const globals = globalsOf(root.opts())
    const declared = command.registeredArguments
    if (command.args.length > declared.length && !declared.at(-1)?.variadic) throw strayWord(word, command)
    if (special) {
      if (globals.dryRun && !special.dryRun) throw misuse(`"ewallet ${word.words.join(' ')}" has no dry run.`)
      exitCode = await run({ command: special, args: command.args, options: command.opts(), globals })
    } else if (word.paths.length > 0) {
      exitCode = await run({ ...said(word, fields, typedIn(command)), globals })
    } else {
      command.outputHelp()
    }
  })
  try {
    await root.parseAsync(argv as string[], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return 0
    throw strayBefore(error, argv, word, command) ?? misuseOf(error)
  }
  return exitCode
}

let known: readonly Option[] | undefined

/** The same for every line of a script. */
function globalOptions(): readonly Option[] {
  known ??= globalFlags.map(([flags, says]) => new Option(flags, says))
  return known
}

/** Follows the words of a command line as far as there are such commands, past global flags. */
export function wordOf(argv: readonly string[]): Word {
  let word = wordTree()
  for (let at = 0; at < argv.length; ) {
    const typed = argv[at] ?? ''
    const length = globalLength(typed)
    if (length > 0) {
      at += length
      continue
    }
    const next = word.next.get(typed)
    if (!next) break
    word = next
    at += 1
  }
  return word
}

/** The fields of all instructions that share their words, each flag once. */
export function merged(paths: readonly Path[]): Field[] {
  const byLabel = new Map<string, Field>()
  for (const path of paths)
    for (const field of fieldsOf(path)) byLabel.set(field.label, byLabel.get(field.label) ?? field)
  return [...byLabel.values()]
}

function describeFields(command: Command, fields: readonly Field[]): void {
  for (const field of fields) {
    const { label, position, usage } = field
    const says = usage.description ?? ''
    if (position) command.argument(`[${label}]`, says)
    else if (usage.secret) {
      if (!field.required) command.option(`--${secretLabel(field)}`, `ask for it, without echo`)
      command.option(`--${secretLabel(field)}-stdin`, `read it from stdin`)
    } else if (isSwitch(field)) command.option(`--${label}`, says === 'true or false' ? '' : says)
    else {
      const option = new Option(`--${label} <${placeholder(field)}>`, says)
      if (usage.default !== undefined) option.description += `; ${String(usage.default)} unless typed`
      command.addOption(option)
    }
  }
}

/** Secrets go by the words people have for them. */
export function secretLabel({ name, label }: Field): string {
  return name === 'user_pass' ? 'password' : name === 'current_pass' ? 'current-password' : label
}

function placeholder(field: Field): string {
  if (choicesOf(field)) return 'word'
  const { type } = field.usage
  return type === 'integer' || type === 'number' ? 'n' : 'text'
}

function describeSpecial(command: Command, special: SpecialCommand): void {
  if (special.args) command.arguments(special.args)
  for (const [flags, says] of special.options ?? []) command.option(flags, says)
}

/** What was typed after the words of a command. */
export interface Typed {
  args: readonly string[]
  /** The value of a flag by its long name; true where it takes none. */
  value(label: string): string | true | undefined
}

function typedIn(command: Command): Typed {
  const options = command.opts()
  return {
    args: command.args,
    value: (label) => options[new Option(`--${label}`).attributeName()] as string | true | undefined,
  }
}

/** Which of the instructions was meant, and its request. */
export function said(word: Word, fields: readonly Field[], { args, value }: Typed) {
  const typed = new Map<string, string | true>()
  const secrets: Record<string, 'prompt' | 'stdin'> = {}
  const positions = fields.filter(({ position }) => position)
  for (const [index, { label }] of positions.entries()) {
    const text = args[index]
    if (text !== undefined) typed.set(label, text)
  }
  for (const field of fields) {
    if (field.position) continue
    if (field.usage.secret) {
      if (value(`${secretLabel(field)}-stdin`)) secrets[field.name] = 'stdin'
      else if (value(secretLabel(field))) secrets[field.name] = 'prompt'
      continue
    }
    const text = value(field.label)
    if (text !== undefined) typed.set(field.label, text)
  }

  const path = meantOf(word, typed)
  const request: Record<string, unknown> = {}
  for (const field of fieldsOf(path)) {
    const text = typed.get(field.label)
    if (text !== undefined) place(request, field, text === true ? true : readTyped(field, text))
  }
  return { path, request, secrets, all: value('all') === true && isPaged(path) }
}

/** Whether a path's answer comes a page at a time. */
export function isPaged(path: Path): boolean {
  return fieldsOf(path).some(({ name }) => name === 'cursor')
}

/** Where several instructions share their words, the flags typed decide. */
function meantOf({ paths, words }: Word, typed: ReadonlyMap<string, unknown>): Path {
  const [first] = paths
  if (first !== undefined && paths.length === 1) return first
  const labels = (path: Path) => fieldsOf(path).map(({ label }) => label)
  const fitting = paths.filter((path) => [...typed.keys()].every((label) => labels(path).includes(label)))
  const decisive = paths.map((path) =>
    fieldsOf(path)
      .filter(({ required, label }) => required && !paths.every((other) => labels(other).includes(label)))
      .map(shownAs)
      .join(' with '),
  )
  const [only] = fitting
  if (only !== undefined && fitting.length === 1) return only
  if (fitting.length === 0) throw misuse(`${decisive.join(' and ')} do not go together.`)
  throw misuse(`Missing ${decisive.join(' or ')}.`, `See: ewallet ${words.join(' ')} --help`)
}

/** The required fields a request lacks, secrets left out. */
export function missingFields(path: Path, request: Record<string, unknown>): Field[] {
  return fieldsOf(path).filter((field) => field.required && !field.usage.secret && !has(request, field))
}

/** Where no such command is meant, its flags cannot be known either, so the command is what is told. */
function strayBefore(
  { code }: CommanderError,
  argv: readonly string[],
  word: Word,
  command: Command,
): Error | undefined {
  if (code !== 'commander.unknownOption' || command.registeredArguments.length > 0) return undefined
  const bare: string[] = []
  for (let at = 0; at < argv.length; at += globalLength(argv[at] ?? '') || 1) {
    const typed = argv[at] ?? ''
    if (globalLength(typed) > 0) continue
    if (typed.startsWith('-')) break
    bare.push(typed)
  }
  const stray = bare[word.words.length]
  return stray === undefined ? undefined : strayWord(word, command, stray)
}

function strayWord(word: Word, command: Command, typed?: string): Error {
  const stray = typed ?? command.args[command.registeredArguments.length] ?? ''
  const line = ['ewallet', ...word.words].join(' ')
  if (word.next.size === 0) return misuse(`"${stray}" is one word too many.`, `See: ${line} --help`)
  const visible = [...word.next].filter(([, { entry }]) => !entry?.hidden).map(([name]) => name)
  const meant = nearest(stray, visible)
  return misuse(
    `There is no command "${line} ${stray}".`,
    meant ? `Did you mean: ${line} ${meant}` : `See: ${line} --help`,
  )
}

function misuseOf({ message }: CommanderError): Error {
  const [error = '', hint] = message.replace(/^error: /, '').split('\n')
  const sentence = `${error.charAt(0).toUpperCase()}${error.slice(1).replace(/\.?$/, '')}.`
  return misuse(sentence, hint ? hint.replace(/^\((.*)\)$/, '$1') : null)
}
