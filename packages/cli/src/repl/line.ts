import { misuse } from '../failure.ts'

/** A stretch of a line that a shell would take for one word. */
export interface LineWord {
  text: string
  /** Where it begins in the line. */
  at: number
}

/** The words of a line as far as it was typed, and the quote that is still open. */
export interface SplitLine {
  words: LineWord[]
  open?: '"' | "'"
}

/** Splits a line into words as a shell does: spaces between them, quotes around spaces, a backslash before one character, # for a comment. */
export function splitLine(line: string): SplitLine {
  const words: LineWord[] = []
  let word: LineWord | undefined
  let open: '"' | "'" | undefined
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at)
    if (open) {
      if (character === open) open = undefined
      else if (character === '\\' && open === '"' && /["\\]/.test(line.charAt(at + 1)))
        word = longer(word, line.charAt(++at), at)
      else word = longer(word, character, at)
      continue
    }
    if (/\s/.test(character)) {
      if (word) words.push(word)
      word = undefined
    } else if (character === '#' && !word) {
      break
    } else if (character === '"' || character === "'") {
      open = character
      word ??= { text: '', at }
    } else if (character === '\\' && at + 1 < line.length) {
      word ??= { text: '', at }
      word = longer(word, line.charAt(++at), at)
    } else {
      word = longer(word, character, at)
    }
  }
  if (word) words.push(word)
  return open ? { words, open } : { words }
}

function longer(word: LineWord | undefined, character: string, at: number): LineWord {
  return word ? { ...word, text: word.text + character } : { text: character, at }
}

/** Words between spaces, and nothing that a shell would read as more than that. */
const PLAIN = /^[\w@%+=:,./~^ -]*$/

/** The command line a line says, without the name of the program, if it was typed; empty for a comment. */
export function argvOf(line: string): string[] {
  const argv = PLAIN.test(line) ? line.split(' ').filter(Boolean) : wordsOf(line)
  return argv[0] === 'ewallet' && argv.length > 1 ? argv.slice(1) : argv
}

function wordsOf(line: string): string[] {
  const { words, open } = splitLine(line)
  if (open) throw misuse(`A quote ${open} is not closed.`)
  return words.map(({ text }) => text)
}

/** A word as it has to be typed so that it stays one. */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./~^-]+$/.test(word)) return word
  return `"${word.replace(/["\\]/g, '\\$&')}"`
}
