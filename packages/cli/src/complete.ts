import { declarationOf } from '@ewallet/protocol'
import type { SpecialCommand } from './commands/command.ts'
import { choicesOf, fieldsOf, isSwitch } from './fields.ts'
import { globalFlags, globalLength } from './globals.ts'
import { isPaged, secretLabel, wordOf } from './program.ts'
import type { Word } from './words.ts'

/** Values that only the world knows, as the ids of contacts; the terminal finds them for a flag or a position. */
export type LiveValues = (asked: { word: Word; flag?: string; position?: number }) => readonly string[]

/** What may follow the words typed so far; the last of them is the beginning of what is looked for. */
export async function complete(words: readonly string[], live: LiveValues = () => []): Promise<string[]> {
  const before = words.slice(0, -1)
  const stem = words.at(-1) ?? ''
  const word = wordOf(before)
  const found = await candidates(word, before, live)
  return [...new Set(found)].filter((candidate) => candidate !== '' && candidate.startsWith(stem)).sort()
}

function longs(flags: string): string[] {
  return flags.match(/--[\w-]+/g) ?? []
}

const globals = new Set(globalFlags.flatMap(([flags]) => longs(flags)))

/** What of it is worth showing: flags come where a dash asks for them, or where nothing else can; those of every command only by a dash. */
export function offered(stem: string, found: readonly string[]): string[] {
  if (stem.startsWith('-')) return [...found]
  const bare = found.filter((value) => !value.startsWith('-'))
  return bare.length > 0 ? bare : found.filter((value) => !globals.has(value) && value !== '--help')
}

async function candidates(word: Word, before: readonly string[], live: LiveValues): Promise<string[]> {
  const special = await word.entry?.load()
  const last = before.at(-1) ?? ''
  if (last.startsWith('-') && !last.includes('=')) {
    const values = valuesAfter(word, special, last, live)
    if (values) return values
  }
  const args = argsIn(word, special, before)
  const position = args.length
  const next = position === 0 ? [...word.next].filter(([, { entry }]) => !entry?.hidden).map(([name]) => name) : []
  const values = [...(special?.values?.({ position, args }) ?? []), ...live({ word, position })]
  return [...next, ...values, ...flagsOf(word, special)]
}

/** What a flag takes; undefined where it takes nothing. */
function valuesAfter(
  word: Word,
  special: SpecialCommand | undefined,
  flag: string,
  live: LiveValues,
): string[] | undefined {
  if (globalLength(flag) === 1) return undefined
  if (globalLength(flag) === 2) {
    const formed = flag === '-o' || flag === '--output' ? special?.outputs : undefined
    return [...(formed ?? globalValues[flag]?.() ?? live({ word, flag }))]
  }
  if (special) {
    if (!takesValue(word, special, flag)) return undefined
    return [...(special.values?.({ flag, args: [] }) ?? []), ...live({ word, flag })]
  }
  for (const path of word.paths) {
    const field = fieldsOf(path).find(({ label, position }) => !position && `--${label}` === flag)
    if (field && !isSwitch(field)) return [...(choicesOf(field) ?? live({ word, flag }))]
  }
  return undefined
}

const formats = () => ['table', 'plain', 'json', 'ndjson', 'csv']
const globalValues: Readonly<Record<string, () => readonly string[]>> = {
  '-o': formats,
  '--output': formats,
  '--color': () => ['auto', 'always', 'never'],
  '--tz': () => ['UTC', ...Intl.supportedValuesOf('timeZone')],
}

/** What was typed by position after the command's own words. */
function argsIn(word: Word, special: SpecialCommand | undefined, before: readonly string[]): string[] {
  const bare: string[] = []
  for (let at = 0; at < before.length; ) {
    const typed = before[at] ?? ''
    if (!typed.startsWith('-')) bare.push(typed)
    at += globalLength(typed) || (takesValue(word, special, typed) ? 2 : 1)
  }
  return bare.slice(word.words.length)
}

function takesValue(word: Word, special: SpecialCommand | undefined, typed: string): boolean {
  if (special) return (special.options ?? []).some(([flags]) => flags.includes(' <') && longs(flags).includes(typed))
  return word.paths.some((path) =>
    fieldsOf(path).some((field) => !field.position && !isSwitch(field) && `--${field.label}` === typed),
  )
}

function flagsOf(word: Word, special: SpecialCommand | undefined): string[] {
  const own = special
    ? (special.options ?? []).flatMap(([flags]) => longs(flags))
    : word.paths.flatMap((path) => [
        ...fieldsOf(path).flatMap((field) =>
          field.position ? [] : field.usage.secret ? [`--${secretLabel(field)}-stdin`] : [`--${field.label}`],
        ),
        ...(isPaged(path) ? ['--all'] : []),
        ...(declarationOf(path).access === 'account' ? ['--as'] : []),
      ])
  return [...own, ...globalFlags.flatMap(([flags]) => longs(flags)), '--help']
}
