import { complete, type LiveValues, offered } from '../complete.ts'
import { rememberingSpeaker } from '../completion-cache.ts'
import { noGlobals } from '../globals.ts'
import { flagsWithMeaning } from '../help-page.ts'
import { type Speaker, withLiveValues } from '../live-values.ts'
import { visible } from '../output/sanitise.ts'
import { wordOf } from '../program.ts'
import { splitLine } from '../repl/line.ts'
import { LOCAL, type Stage } from '../stage.ts'
import { summaryOf } from '../words.ts'
import type { SpecialCommand } from './command.ts'

/** A Tab must not wait longer for the daemon. */
const PATIENCE_MS = 500

/** What the completion scripts call at every Tab: a candidate a line. */
export const completeWords: SpecialCommand = {
  args: '[words...]',
  options: [
    ['--for <shell>', 'bash, zsh or fish'],
    ['--at <word>', 'what bash replaces of the last word'],
  ],
  async run({ args, options, stage, terminal }) {
    const shell = String(options.for ?? '')
    const words = shell === 'bash' ? wordsOf(args[0] ?? '') : args
    const stem = words.at(-1) ?? ''
    const found = await withLiveValues(speakerFor(stage, words), PATIENCE_MS, (daemon) =>
      complete(words, (asked) => [...contextsFor(asked, stage), ...daemon(asked)]),
    )
    // What a terminal would obey has no place in a line.
    const fitting = offered(stem, found).filter((word) => visible(word) === word)
    const tell = await tellerOf(shell, words, String(options.at ?? stem))
    for (const word of fitting) terminal.stdout.write(`${tell(word)}\n`)
    return 0
  },
}

/** The words of a line as bash has it, without the first; the last is the beginning of what is looked for. */
function wordsOf(line: string): string[] {
  const { words, open } = splitLine(line)
  const isOn = open !== undefined || !/(?<!\\)\s$/.test(line)
  return [...words.slice(1).map(({ text }) => text), ...(isOn ? [] : [''])]
}

function speakerFor(stage: Stage, words: readonly string[]): Speaker | undefined {
  const after = (flag: string) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined)
  const [context, url] = [after('--context'), after('--url')]
  const globals = {
    ...noGlobals,
    ...(context && { context }),
    ...(url && { url }),
    start: false,
    quiet: true,
    input: false,
  }
  try {
    const { context: name } = stage.target(globals)
    // Who never logged in is told nothing.
    if (!stage.keyring.read(name)) return undefined
    return rememberingSpeaker(stage.folders, name, () => stage.link(globals))
  } catch {
    return undefined
  }
}

/** The contexts, where one is asked for. */
export function contextsFor(
  { word, flag, position }: Parameters<LiveValues>[0],
  { settings }: Stage,
): readonly string[] {
  const line = word.words.join(' ')
  const isAsked = flag === '--context' || (position === 0 && (line === 'context use' || line === 'context remove'))
  return isAsked ? [LOCAL, ...Object.keys(settings.contexts)] : []
}

/** How a shell takes a candidate: bash what it has not typed yet, zsh and fish with what it means. */
async function tellerOf(shell: string, words: readonly string[], at: string): Promise<(candidate: string) => string> {
  const stem = words.at(-1) ?? ''
  if (shell === 'bash') {
    // bash replaces only what comes after a mark it breaks words at.
    const kept = stem.endsWith(at) ? stem.length - at.length : 0
    return (candidate) => candidate.slice(kept).replace(/[^\w@%+=:,./~^-]/g, '\\$&')
  }
  const meaning = await meanings(words.slice(0, -1))
  if (shell === 'zsh') {
    return (candidate) => [candidate.replaceAll(':', '\\:'), meaning(candidate)].filter(Boolean).join(':')
  }
  return (candidate) => [candidate, meaning(candidate)].filter(Boolean).join('\t')
}

async function meanings(before: readonly string[]): Promise<(candidate: string) => string | undefined> {
  const word = wordOf(before)
  const flags = await flagsWithMeaning(word)
  return (candidate) => {
    const next = word.next.get(candidate)
    return next ? summaryOf(next) : flags.get(candidate)
  }
}
