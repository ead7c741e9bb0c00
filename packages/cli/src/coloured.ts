import { colourFor } from './output/colour.ts'
import { checkSetting } from './settings.ts'
import type { Stream, Terminal } from './terminal.ts'

/** The same terminal with colour where it may be written. */
export function coloured(terminal: Terminal, flag: string): Terminal {
  const when = checkSetting('color', flag) as 'auto' | 'always' | 'never'
  const painted = (stream: Stream): Stream => ({
    write: (text) => stream.write(text),
    isTerminal: stream.isTerminal,
    colour: colourFor(stream.isTerminal, terminal.env, when),
    get columns() {
      return stream.columns
    },
    get rows() {
      return stream.rows
    },
  })
  return { ...terminal, stdout: painted(terminal.stdout), stderr: painted(terminal.stderr) }
}
