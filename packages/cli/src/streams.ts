import type { Stream, Terminal } from './terminal.ts'

/** The terminal a process stands at, without colour. */
export function terminalOf(of: NodeJS.Process): Terminal {
  return { stdout: streamOf(of.stdout), stderr: streamOf(of.stderr), stdin: of.stdin, env: of.env, cwd: of.cwd() }
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
