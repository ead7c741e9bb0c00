import { fieldsOf, isSwitch } from './fields.ts'
import { globalFlagOf, globalsOf, noGlobals } from './globals.ts'
import { isPaged, merged, type Spoken, said, wordOf } from './program.ts'
import type { Word } from './words.ts'

/** What may follow the words of a command that says instructions. */
interface Grammar {
  fields: ReturnType<typeof merged>
  /** Whether a flag, by its long name, takes a value. */
  flags: ReadonlyMap<string, boolean>
  positions: number
}

const known = new Map<Word, Grammar | undefined>()

/**
 * Understands a command line about which nothing has to be said, in a few microseconds: an instruction without secrets, whose
 * flags are all known and have their values. Of any other it gives back nothing, and `program` tells what is to be done or wrong.
 */
export function understoodPlainly(argv: readonly string[]): Extract<Spoken, { request: object }> | undefined {
  const word = wordOf(argv)
  const grammar = grammarOf(word)
  if (!grammar) return undefined
  const typed = new Map<string, string | true>()
  const args: string[] = []
  let globals: Record<string, unknown> | undefined
  let words = word.words.length
  for (let at = 0; at < argv.length; at += 1) {
    const text = argv[at] ?? ''
    if (!text.startsWith('-') || text === '-') {
      if (words > 0) words -= 1
      else args.push(text)
      continue
    }
    const equals = text.startsWith('--') ? text.indexOf('=') : -1
    const name = equals < 0 ? text : text.slice(0, equals)
    const global = globalFlagOf.get(name)
    const takesValue = global ? global.takesValue : name.startsWith('--') ? grammar.flags.get(name.slice(2)) : undefined
    if (takesValue === undefined || (!takesValue && equals >= 0)) return undefined
    let value: string | true = true
    if (takesValue) {
      value = equals < 0 ? (argv[++at] ?? '-') : text.slice(equals + 1)
      // It may be a flag whose value was forgotten.
      if (equals < 0 && value.startsWith('-')) return undefined
    }
    if (global) {
      globals ??= {}
      globals[global.name] = global.takesValue ? value : global.means
    } else typed.set(name.slice(2), value)
  }
  if (args.length > grammar.positions) return undefined
  const { path, request, secrets, all } = said(word, grammar.fields, { args, value: (label) => typed.get(label) })
  return { path, request, secrets, all, globals: globals ? globalsOf(globals) : noGlobals }
}

function grammarOf(word: Word): Grammar | undefined {
  if (known.has(word)) return known.get(word)
  const grammar = grown(word)
  known.set(word, grammar)
  return grammar
}

function grown({ paths, entry }: Word): Grammar | undefined {
  const fields = merged(paths)
  const isPlain = !entry && paths.length > 0 && !paths.some((path) => fieldsOf(path).some(({ usage }) => usage.secret))
  if (!isPlain) return undefined
  const flags = new Map<string, boolean>()
  for (const field of fields) if (!field.position) flags.set(field.label, !isSwitch(field))
  if (paths.some(isPaged)) flags.set('all', false)
  const isAmbiguous = [...flags.keys()].some((label) => globalFlagOf.has(`--${label}`))
  return isAmbiguous ? undefined : { fields, flags, positions: fields.filter(({ position }) => position).length }
}
