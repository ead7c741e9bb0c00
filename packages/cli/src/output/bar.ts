import type { Stream } from '../terminal.ts'

/** A bar that fills. */
export interface Bar {
  /** Draws how much is done. */
  at(done: number, of: number): void
  /** Takes it away. */
  end(): void
}

const WIDTH = 30

/** Draws on a terminal how far something is; nothing elsewhere. */
export function openBar(stream: Stream, says: string, ascii: boolean): Bar {
  if (!stream.isTerminal) return { at() {}, end() {} }
  const [full, empty] = ascii ? ['#', '.'] : ['█', '░']
  const room = Math.max(1, Math.min(WIDTH, stream.columns - says.length - 8))
  let drawn = ''
  return {
    at(done, of) {
      const share = of > 0 ? Math.min(1, Math.max(0, done / of)) : 0
      const filled = Math.floor(share * room)
      const percent = `${Math.floor(share * 100)}`.padStart(3)
      const line = `${says} ${full.repeat(filled)}${empty.repeat(room - filled)} ${percent}%`
      if (line === drawn) return
      drawn = line
      stream.write(`\r${line}`)
    },
    end() {
      if (drawn) stream.write(`\r${' '.repeat(drawn.length)}\r`)
      drawn = ''
    },
  }
}
