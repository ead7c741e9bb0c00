import type { Stream, Terminal } from '../terminal.ts'

/** Beyond so many characters nothing more is gathered. */
const GATHERED_MAX = 65_536

/** A terminal to which what is said in one turn of the event loop is written at once. */
export interface Gathered {
  terminal: Terminal
  /** Does something once all that was said so far is written. */
  afterwards(work: () => void): void
  /** Writes what is gathered. */
  flush(): void
}

/** Gathers what is said on stdout, unless a person reads along; stderr is written at once, behind what was said before. */
export function gather(terminal: Terminal): Gathered {
  let text = ''
  let then: (() => void)[] = []
  let isWaiting = false

  function flush(): void {
    if (text !== '') {
      const gathered = text
      text = ''
      terminal.stdout.write(gathered)
    }
    if (then.length === 0) return
    const works = then
    then = []
    for (const work of works) work()
  }

  function wait(): void {
    if (isWaiting) return
    isWaiting = true
    setImmediate(() => {
      isWaiting = false
      flush()
    })
  }

  const gathering = (stream: Stream, write: (said: string) => void): Stream => ({
    write,
    isTerminal: stream.isTerminal,
    colour: stream.colour,
    get columns() {
      return stream.columns
    },
    get rows() {
      return stream.rows
    },
  })
  return {
    flush,
    afterwards(work) {
      then.push(work)
      wait()
    },
    terminal: {
      ...terminal,
      stdout: gathering(terminal.stdout, (said) => {
        text += said
        if (terminal.stdout.isTerminal || text.length > GATHERED_MAX) flush()
        else wait()
      }),
      stderr: gathering(terminal.stderr, (said) => {
        flush()
        terminal.stderr.write(said)
      }),
    },
  }
}
