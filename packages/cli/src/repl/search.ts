import type { Interface } from 'node:readline'
import type { Key } from './keys.ts'

/** A search backwards through the lines typed before. */
export interface Search {
  /** Takes a key: the search goes `on`, what was found is `taken` into the line, or the key is `passed` to the line that was found. */
  press(text: string | undefined, key: Key): 'on' | 'taken' | 'passed'
}

/** Begins a search with Ctrl-R; what is found stands in the line as it would be taken. */
export function openSearch(readline: Interface, history: readonly string[]): Search {
  const before = readline.line
  let query = ''
  let at = -1

  function put(line: string): void {
    readline.write(null, { ctrl: true, name: 'e' })
    readline.write(null, { ctrl: true, name: 'u' })
    if (line !== '') readline.write(line)
  }

  function show(isFound: boolean): void {
    readline.setPrompt(`${isFound ? 'search' : 'nothing for'} "${query}": `)
    readline.prompt(true)
  }

  /** Looks from a place in the history on to older lines. */
  function look(from: number): void {
    const next = query === '' ? -1 : history.findIndex((line, index) => index >= from && line.includes(query))
    if (next >= 0) {
      at = next
      put(history[next] ?? '')
    }
    show(next >= 0 || query === '')
  }

  show(true)
  return {
    press(text, key) {
      if (key.ctrl && key.name === 'r') look(at + 1)
      else if (key.name === 'escape' || (key.ctrl && (key.name === 'c' || key.name === 'g'))) {
        put(before)
        return 'taken'
      } else if (key.name === 'backspace') {
        query = query.slice(0, -1)
        look(0)
      } else if (key.name === 'right' || key.name === 'tab') return 'taken'
      else if (text !== undefined && !key.ctrl && !key.meta && /^[^\p{Cc}]+$/u.test(text)) {
        query += text
        look(Math.max(0, at))
      } else return 'passed'
      return 'on'
    },
  }
}
