import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { complete } from '../complete.ts'
import { globalFlags } from '../globals.ts'
import { visible } from '../output/sanitise.ts'
import type { Stage } from '../stage.ts'
import { quoted, splitLine } from './line.ts'
import { withLiveValues } from './live-values.ts'
import { settable, settableValues } from './standing.ts'
import type { Speaker } from './timer.ts'

/** The words only the REPL has. */
const ownWords = ['set', 'source', 'exit', 'quit'] as const

const PATIENCE_MS = 1_000
const globals = new Set(globalFlags.flatMap(([flags]) => flags.match(/--[\w-]+/g) ?? []))

/** What the last word of a line may become, as it has to be typed, and that word as it stands there. */
export async function candidatesFor(
  line: string,
  stage: Stage,
  speaker: Speaker | undefined,
): Promise<[candidates: string[], stem: string]> {
  const { words, open } = splitLine(line)
  const last = words.at(-1)
  const isOn = last !== undefined && (open !== undefined || !/(?<!\\)\s$/.test(line))
  const stem = isOn ? line.slice(last.at) : ''
  const typed = words.map(({ text }) => text)
  const before = isOn ? typed.slice(0, -1) : typed
  const beginning = isOn ? last.text : ''
  const asked = before[0] === 'ewallet' ? before.slice(1) : before

  const found = offered(beginning, await valuesAfter(asked, beginning, stage, speaker))
  const written = found.map((value) => (open ? `${open}${value}${open}` : quoted(value)))
  const fitting = written.filter((value) => value.startsWith(stem))
  const [only] = fitting
  // What is a word by itself is done with; a folder may go on.
  if (fitting.length === 1 && only !== undefined && !only.endsWith('/')) return [[`${only} `], stem]
  return [fitting, stem]
}

async function valuesAfter(
  [first, ...rest]: readonly string[],
  beginning: string,
  stage: Stage,
  speaker: Speaker | undefined,
): Promise<readonly string[]> {
  if (first === 'set') return rest.length === 0 ? settable : valuesOf(rest, stage)
  if (first === 'source') return filesAt(beginning, stage.terminal.cwd)
  if (first === 'help') return (await complete([...rest, beginning])).filter((word) => !word.startsWith('-'))
  if (first === 'context' && rest.length === 1 && ['use', 'remove'].includes(rest[0] ?? '')) return contexts(stage)
  const words = first === undefined ? [beginning] : [first, ...rest, beginning]
  const found = await withLiveValues(speaker, PATIENCE_MS, (live) => complete(words, live))
  return first === undefined ? [...ownWords, ...found].sort() : found
}

/** Flags come where a dash asks for them, or where nothing else can; those of every command only by a dash. */
function offered(beginning: string, values: readonly string[]): string[] {
  // What a terminal would obey has no place in a line.
  const fitting = [...new Set(values)].filter((value) => value.startsWith(beginning) && visible(value) === value)
  if (beginning.startsWith('-')) return fitting
  const bare = fitting.filter((value) => !value.startsWith('-'))
  return bare.length > 0 ? bare : fitting.filter((value) => !globals.has(value) && value !== '--help')
}

function valuesOf([name = '', ...rest]: readonly string[], stage: Stage): readonly string[] {
  if (rest.length > 0) return []
  return name === 'context' ? contexts(stage) : (settableValues[name] ?? [])
}

function contexts({ settings }: Stage): string[] {
  return ['local', ...Object.keys(settings.contexts)]
}

function filesAt(beginning: string, cwd: string): string[] {
  const folder = beginning.endsWith('/') ? beginning : dirname(beginning)
  const prefix = beginning.includes('/') ? folder : ''
  try {
    return readdirSync(resolve(cwd, folder), { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => `${join(prefix, entry.name)}${entry.isDirectory() ? '/' : ''}`)
  } catch {
    return []
  }
}
