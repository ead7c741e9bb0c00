import { declarationOf, type Path, paths } from '@ewallet/protocol'
import { type CommandEntry, commandTable } from './commands/table.ts'

/** A word of the command line, and what may be said with it. */
export interface Word {
  /** The words from the first to this one. */
  words: readonly string[]
  next: Map<string, Word>
  /** The instructions said with exactly these words; several where the flags decide. */
  paths: Path[]
  /** What is special to the terminal; it goes before instructions of the same words. */
  entry?: CommandEntry
}

let tree: Word | undefined

/** Every command line there is, as a tree of its words. */
export function wordTree(): Word {
  if (tree) return tree
  const root: Word = { words: [], next: new Map(), paths: [] }
  const at = (line: string) => {
    let node = root
    for (const word of line.split(' ').filter(Boolean)) {
      const next = node.next.get(word) ?? { words: [...node.words, word], next: new Map(), paths: [] }
      node.next.set(word, next)
      node = next
    }
    return node
  }
  for (const entry of commandTable) at(entry.words).entry = entry
  for (const path of paths) for (const line of linesOf(path)) at(line).paths.push(path)
  tree = root
  return root
}

/** The ways a person says an instruction. */
export function linesOf(path: Path): readonly string[] {
  const says = declarationOf(path).says
  return says === undefined ? [] : typeof says === 'string' ? [says] : says
}

/** What a word does, in one sentence; nothing for one that only groups others. */
export function summaryOf(word: Word): string {
  if (word.entry) return word.entry.summary
  const [path] = word.paths
  return path ? declarationOf(path).summary : (groupSummaries[word.words.join(' ')] ?? '')
}

const groupSummaries: Readonly<Record<string, string>> = {
  sheet: 'Show what was transferred, invoiced, converted and timed.',
  system: 'Look after the daemon of this machine.',
}
