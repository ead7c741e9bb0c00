import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { contextsFor } from '../commands/complete-words.ts'
import { complete, offered } from '../complete.ts'
import { type Speaker, withLiveValues } from '../live-values.ts'
import { visible } from '../output/sanitise.ts'
import { LOCAL, type Stage } from '../stage.ts'
import { quoted, splitLine } from './line.ts'
import { settable, settableValues } from './standing.ts'

/** The words only the REPL has. */
const ownWords = ['set', 'source', 'exit', 'quit'] as const

const PATIENCE_MS = 1_000

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

  const values = await valuesAfter(asked, beginning, stage, speaker)
  // What a terminal would obey has no place in a line.
  const fit = [...new Set(values)].filter((value) => value.startsWith(beginning) && visible(value) === value)
  const found = offered(beginning, fit)
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
  const words = first === undefined ? [beginning] : [first, ...rest, beginning]
  const found = await withLiveValues(speaker, PATIENCE_MS, (live) =>
    complete(words, (place) => [...contextsFor(place, stage), ...live(place)]),
  )
  return first === undefined ? [...ownWords, ...found].sort() : found
}

function valuesOf([name = '', ...rest]: readonly string[], stage: Stage): readonly string[] {
  if (rest.length > 0) return []
  return name === 'context' ? [LOCAL, ...Object.keys(stage.settings.contexts)] : (settableValues[name] ?? [])
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
