import { type Word, wordTree } from '../words.ts'

/** How a line could go on: as the latest line that began like it, else as the only command that does. */
export function suggestionFor(line: string, history: readonly string[]): string {
  if (line.trim() === '') return ''
  const before = history.find((each) => each.length > line.length && each.startsWith(line))
  if (before !== undefined) return before.slice(line.length)
  const words = line.split(' ')
  const stem = words.pop() ?? ''
  if (stem === '') return ''
  let word: Word | undefined = wordTree()
  for (const each of words) word = word?.next.get(each)
  const fitting = word ? [...word.next].filter(([name, { entry }]) => name.startsWith(stem) && !entry?.hidden) : []
  return fitting.length === 1 ? (fitting[0]?.[0] ?? '').slice(stem.length) : ''
}
