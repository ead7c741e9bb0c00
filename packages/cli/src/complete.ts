import { declarationOf } from '@ewallet/protocol'
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

async function candidates(word: Word, before: readonly string[], live: LiveValues): Promise<string[]> {
  const last = before.at(-1) ?? ''
  if (last.startsWith('-') && !last.includes('=')) {
    const values = valuesAfter(word, last, live)
    if (values) return values
  }
  const positions = positionsIn(word, before)
  const next = positions === 0 ? [...word.next].filter(([, { entry }]) => !entry?.hidden).map(([name]) => name) : []
  return [...next, ...live({ word, position: positions }), ...(await flagsOf(word))]
}

/** What a flag takes; undefined where it takes nothing. */
function valuesAfter(word: Word, flag: string, live: LiveValues): string[] | undefined {
  if (globalLength(flag) === 1) return undefined
  if (globalLength(flag) === 2) return [...(globalValues[flag] ?? live({ word, flag }))]
  for (const path of word.paths) {
    const field = fieldsOf(path).find(({ label, position }) => !position && `--${label}` === flag)
    if (field && !isSwitch(field)) return [...(choicesOf(field) ?? live({ word, flag }))]
  }
  return undefined
}

const formats = ['table', 'plain', 'json', 'ndjson', 'csv']
const globalValues: Readonly<Record<string, readonly string[]>> = {
  '-o': formats,
  '--output': formats,
  '--color': ['auto', 'always', 'never'],
}

/** How many words were typed by position after the command's own. */
function positionsIn(word: Word, before: readonly string[]): number {
  let bare = 0
  for (let at = 0; at < before.length; ) {
    const typed = before[at] ?? ''
    if (!typed.startsWith('-')) bare += 1
    at += globalLength(typed) || (takesValue(word, typed) ? 2 : 1)
  }
  return bare - word.words.length
}

function takesValue(word: Word, typed: string): boolean {
  return word.paths.some((path) =>
    fieldsOf(path).some((field) => !field.position && !isSwitch(field) && `--${field.label}` === typed),
  )
}

async function flagsOf(word: Word): Promise<string[]> {
  const special = await word.entry?.load()
  const longs = (flags: string) => flags.match(/--[\w-]+/g) ?? []
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
