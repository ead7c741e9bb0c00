import { fieldsOf, isSwitch, shownAs } from '../fields.ts'
import { examplesOf } from '../help-page.ts'
import { summaryOf, type Word, wordTree } from '../words.ts'
import type { SpecialCommand } from './command.ts'

/** Lists every command, for programs with what may be typed for each. */
export const commands: SpecialCommand = {
  examples: ['ewallet commands', 'ewallet commands --json'],
  async run({ terminal, style }) {
    const { printRows } = await import('../output/print.ts')
    const columns = [
      { key: 'command' },
      { key: 'summary' },
      { key: 'instructions' },
      { key: 'flags' },
      { key: 'examples' },
    ]
    const asText = style.format === 'table' || style.format === 'plain'
    const rows = await Promise.all(linesIn(wordTree()).map((word) => describe(word)))
    await printRows(terminal, style, asText ? columns.slice(0, 2) : columns, rows)
    return 0
  },
}

/** Every word something can be said with, hidden ones left out. */
export function linesIn(word: Word): Word[] {
  const own = (word.entry && !word.entry.hidden) || word.paths.length > 0 ? [word] : []
  return [...own, ...[...word.next.values()].flatMap(linesIn)]
}

async function describe(word: Word) {
  const special = await word.entry?.load()
  const flags = special
    ? [...(special.args ? [special.args] : []), ...(special.options ?? []).map(([flags]) => flags)]
    : word.paths.flatMap((path) =>
        fieldsOf(path).map((field) =>
          isSwitch(field) ? shownAs(field) : `${shownAs(field)} ${field.usage.type ?? ''}`,
        ),
      )
  return {
    command: word.words.join(' '),
    summary: summaryOf(word),
    instructions: special ? [] : word.paths,
    flags: [...new Set(flags)],
    examples: special?.examples ?? examplesOf(word),
  }
}
