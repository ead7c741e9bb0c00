import type { Stream } from '../terminal.ts'

/** What is drawn while something takes long. */
export interface Progress {
  /** Takes what was drawn away. */
  end(): void
}

const APPEARS_MS = 300
const MOVES_MS = 80
const WIDTH = 24
const BLOCK = 6

/** Draws a bar on a terminal once something takes long and its end is not known; nothing elsewhere. */
export function showProgress(stream: Stream, says: string, ascii: boolean): Progress {
  if (!stream.isTerminal) return { end: () => {} }
  const [full, empty] = ascii ? ['#', '.'] : ['█', '░']
  const room = Math.min(WIDTH, Math.max(BLOCK + 1, stream.columns - says.length - 3))
  let step = 0
  let drawn = false
  const draw = () => {
    // The block goes to the right end and comes back.
    const span = room - BLOCK
    const turn = step % (2 * span)
    const before = turn <= span ? turn : 2 * span - turn
    step += 1
    drawn = true
    const bar = empty.repeat(before) + full.repeat(BLOCK) + empty.repeat(span - before)
    stream.write(`\r${says} ${bar}`)
  }
  let moving: ReturnType<typeof setInterval> | undefined
  const appearing = setTimeout(() => {
    draw()
    moving = setInterval(draw, MOVES_MS)
  }, APPEARS_MS)
  return {
    end() {
      clearTimeout(appearing)
      clearInterval(moving)
      if (drawn) stream.write(`\r${' '.repeat(says.length + 1 + room)}\r`)
    },
  }
}
