import { misuse } from '../failure.ts'
import { rows } from '../help-page.ts'
import { topics } from '../help-topics.ts'
import { program, wordOf } from '../program.ts'
import { nearest } from '../spelling.ts'
import { wordTree } from '../words.ts'
import type { SpecialCommand } from './command.ts'

/** Explains a command or a topic. */
export const help: SpecialCommand = {
  args: '[topic...]',
  values({ position, args }) {
    const next = [...wordOf(args).next].filter(([, { entry }]) => !entry?.hidden).map(([name]) => name)
    return position === 0 ? [...next, ...Object.keys(topics), 'topics'] : next
  },
  options: [['--man', 'the manual page, for man -l']],
  examples: ['ewallet help clock start', 'ewallet help exit-codes', 'ewallet help --man > ewallet.1'],
  async run({ args, options, stage, terminal }) {
    if (options.man === true) {
      const { manPage } = await import('../man-page.ts')
      terminal.stdout.write(await manPage())
      return 0
    }
    const [first] = args
    if (first === undefined) return program(['--help'], terminal, () => Promise.resolve(0))
    if (first === 'topics') {
      const listed = Object.entries(topics).map(([name, { says }]) => [name, says] as const)
      terminal.stdout.write(`${rows(listed).join('\n')}\n`)
      return 0
    }
    const topic = args.length === 1 ? topics[first] : undefined
    if (topic) {
      terminal.stdout.write(`${topic.text()}\n`)
      return 0
    }
    const names = [...wordTree().next.keys(), ...Object.keys(topics), 'topics']
    if (!wordTree().next.has(first)) {
      const meant = nearest(first, names)
      throw misuse(`There is no command or topic "${first}".`, meant ? `Did you mean ${meant}?` : 'See: ewallet help')
    }
    return program([...args, '--help'], stage.terminal, () => Promise.resolve(0))
  },
}
