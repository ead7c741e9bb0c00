import { declarationOf, type Path } from '@ewallet/protocol'
import type { Command, Help } from 'commander'
import type { SpecialCommand } from './commands/command.ts'
import { choicesOf, type Field, fieldsOf } from './fields.ts'
import { globalFlags } from './globals.ts'
import { summaryOf, type Word } from './words.ts'

const welcome = ['ewallet signup', 'ewallet supply 100', 'ewallet convert --credits 60', 'ewallet clock start']

/** The first words people look for, by what they are for; what is not named here comes last. */
export const sections: readonly (readonly [title: string, words: readonly string[]])[] = [
  ['You', ['signup', 'login', 'logout', 'whoami', 'account', 'session']],
  ['Credits', ['balance', 'supply', 'transfer', 'pay', 'convert', 'wallet']],
  ['Time', ['start', 'pause', 'resume', 'stop', 'clock', 'status', 'watch']],
  ['Records', ['sheet', 'contact', 'report', 'statement', 'export', 'import', 'events']],
]

/** The help of one command: what it does, how it is typed, examples first. */
export function formatHelp(command: Command, helper: Help, word: Word, special: SpecialCommand | undefined): string {
  const parts: string[] = []
  const line = ['ewallet', ...word.words].join(' ')
  parts.push(word.words.length === 0 ? 'Prepaid credits and the clock that spends them.' : summaryOf(word))
  const examples = word.words.length === 0 ? welcome : (special?.examples ?? examplesUnder(word))
  parts.push(
    section(
      'Examples',
      examples.map((example) => `  $ ${example}`),
    ),
  )
  const usage = special || word.paths.length > 0 ? [`  ${usageOf(line, command)}`] : []
  parts.push(section('Usage', word.next.size > 0 ? [...usage, `  ${line} COMMAND`] : usage))

  const args = helper.visibleArguments(command).map(({ description }, index) => {
    const { name } = { name: command.registeredArguments[index]?.name() ?? '' }
    return [name, description] as const
  })
  const flags = command.options
    .filter(({ hidden }) => !hidden)
    .map((option) => [option.flags, option.description] as const)
  parts.push(section('Words', rows(args)))
  if (word.words.length > 0) parts.push(section('Flags', rows(flags)))
  parts.push(...nextWords(word))
  if (special?.notes) parts.push(special.notes)
  parts.push('Flags of every command: ewallet help flags. Topics: ewallet help topics.')
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** The flags of a word with what they do, by their long names; those of every command too, unless told otherwise. */
export async function flagsWithMeaning(word: Word, withGlobals = true): Promise<ReadonlyMap<string, string>> {
  const special = await word.entry?.load()
  const own: readonly (readonly [string, string])[] = special
    ? (special.options ?? [])
    : word.paths.flatMap((path) =>
        fieldsOf(path).flatMap((field) =>
          field.position ? [] : [[`--${field.label}`, field.usage.description ?? ''] as const],
        ),
      )
  const named = [...own, ...(withGlobals ? globalFlags : [])].map(
    ([flags, says]) => [/--[\w-]+/.exec(flags)?.[0] ?? flags, says] as const,
  )
  return new Map(named)
}

function usageOf(line: string, command: Command): string {
  const args = command.registeredArguments.map((argument) => `[${argument.name()}${argument.variadic ? '...' : ''}]`)
  return [line, ...args, ...(command.options.length > 0 ? ['[flags]'] : [])].join(' ')
}

/** How a word's instructions are typed: what the catalogue gives, else with what they cannot do without. */
export function examplesOf(word: Word): readonly string[] {
  const given = word.paths.flatMap((path) => declarationOf(path).examples ?? [])
  if (given.length > 0) return given
  return word.paths.filter((path) => declarationOf(path).access !== 'system').map((path) => exampleOf(word, path))
}

function exampleOf({ words }: Word, path: Path): string {
  const typed = fieldsOf(path).flatMap((field) => {
    if (!field.required || field.usage.secret) return []
    return field.position ? [sampleOf(field)] : [`--${field.label} ${sampleOf(field)}`]
  })
  return ['ewallet', ...words, ...typed, ...(words.at(-1) === 'delete' ? ['--yes'] : [])].join(' ')
}

function sampleOf(field: Field): string {
  const [choice] = choicesOf(field) ?? []
  if (choice !== undefined) return choice
  if (/email|account/.test(field.name)) return 'bob@example.org'
  return field.usage.type === 'integer' || field.usage.type === 'number' ? '2' : `"${field.label.toLowerCase()}"`
}

function examplesUnder(word: Word): readonly string[] {
  const own = examplesOf(word)
  if (own.length > 0) return own
  return [...word.next.values()].flatMap((next) => examplesUnder(next).slice(0, 1)).slice(0, 3)
}

function nextWords(word: Word): string[] {
  const next = [...word.next].filter(([, { entry }]) => !entry?.hidden)
  const listed = (names: readonly string[]) =>
    rows(
      names.flatMap((name) => {
        const found = word.next.get(name)
        return found ? [[name, summaryOf(found) || [...found.next.keys()].join(', ')] as const] : []
      }),
    )
  if (word.words.length > 0) return [section('Commands', listed(next.map(([name]) => name)))]
  const placed = new Set(sections.flatMap(([, names]) => names))
  const others = next.map(([name]) => name).filter((name) => !placed.has(name))
  return [...sections, ['More', others] as const].map(([title, names]) => section(title, listed(names)))
}

/** Two aligned columns. */
export function rows(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...pairs.map(([left]) => left.length))
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd())
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.join('\n')}`
}
