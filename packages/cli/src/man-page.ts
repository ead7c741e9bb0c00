import { linesIn } from './commands/commands.ts'
import { examplesOf, flagsWithMeaning, rows, sections } from './help-page.ts'
import { topics } from './help-topics.ts'
import { versionHere } from './installation.ts'
import { summaryOf, type Word, wordTree } from './words.ts'

/** The manual page of everything that can be typed, as man reads it. */
export async function manPage(): Promise<string> {
  const words = linesIn(wordTree()).filter((word) => word.words.length > 0)
  const order = sections.flatMap(([, names]) => names)
  const place = ({ words: [first = ''] }: Word) => (order.includes(first) ? order.indexOf(first) : order.length)
  const sorted = [...words].sort((one, other) => place(one) - place(other))
  const parts = [
    `.TH EWALLET 1 "" "ewallet ${versionHere()}" "User Commands"`,
    section('NAME', text('ewallet - prepaid credits and the clock that spends them')),
    section('SYNOPSIS', '.B ewallet\n.I COMMAND\n[flags]'),
    section(
      'DESCRIPTION',
      text(
        'People hold credits, turn them into minutes on a clock, and pay only while they are on the clock. ewallet speaks to ewalletd, a daemon that starts by itself where none runs. Without a command it reads command lines: from a person at a terminal, or from a pipe.',
      ),
    ),
    section('COMMANDS', (await Promise.all(sorted.map(commandPart))).join('\n')),
    ...Object.entries(topics).map(([name, { text: tell }]) =>
      section(name.replaceAll('-', ' ').toUpperCase(), `.nf\n${text(tell())}\n.fi`),
    ),
    section('SEE ALSO', text('ewallet help, ewallet commands --json')),
  ]
  return `${parts.join('\n')}\n`
}

async function commandPart(word: Word): Promise<string> {
  const special = await word.entry?.load()
  const flags = [...(await flagsWithMeaning(word, false))]
  const args = special?.args ?? ''
  const examples = special ? (special.examples ?? []) : examplesOf(word)
  return [
    `.SS "${escaped(['ewallet', ...word.words, args].join(' ').trim())}"`,
    text(summaryOf(word)),
    ...(flags.length > 0 ? ['.PP', '.nf', text(rows(flags).join('\n')), '.fi'] : []),
    ...(examples.length > 0 ? ['.PP', '.nf', text(examples.map((line) => `  $ ${line}`).join('\n')), '.fi'] : []),
  ].join('\n')
}

function section(title: string, body: string): string {
  return `.SH "${title}"\n${body}`
}

/** What stands for itself: no line is taken for a request, no mark for another. */
function text(plain: string): string {
  return plain
    .split('\n')
    .map((line) => escaped(line).replace(/^(?=[.'])/, '\\&'))
    .join('\n')
}

function escaped(line: string): string {
  return line.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq')
}
