import type { Stream, Terminal } from './terminal.ts'

/** The terminal a process stands at, without colour. */
export function terminalOf(of: NodeJS.Process): Terminal {
  return { stdout: streamOf(of.stdout), stderr: streamOf(of.stderr), stdin: of.stdin, env: of.env, cwd: of.cwd() }
}

/** The same terminal with colour where it may be written. */
export async function coloured(terminal: Terminal, flag: string): Promise<Terminal> {
  const { colourFor } = await import('./output/colour.ts')
  const { checkSetting } = await import('./settings.ts')
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

function streamOf(stream: NodeJS.WriteStream): Stream {
  return {
    write: (text) => {
      stream.write(text)
    },
    isTerminal: stream.isTTY === true,
    colour: false,
    // A window resized in between has another width.
    get columns() {
      return stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY
    },
    get rows() {
      return stream.isTTY ? stream.rows : undefined
    },
  }
}
