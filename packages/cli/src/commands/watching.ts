import { followEvents, type Listening } from '../listening.ts'
import type { Paint } from '../output/colour.ts'
import { hasScreen, openScreen } from '../screen.ts'
import type { Given } from './command.ts'

/** Something that is watched live. */
export interface Watched extends Omit<Listening, 'reached'> {
  /** The lines of the screen, as things stand at a moment. */
  lines(now: number, isLost: boolean): readonly string[]
}

const INTERRUPTED = 130
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const SECOND_MS = 1_000

/** Shows something on the whole screen, every second anew, until q is typed; into a pipe it is the watched thing that writes. */
export async function watch(given: Given, watched: Watched): Promise<number> {
  const { terminal } = given
  const stop = new AbortController()
  if (!hasScreen(terminal)) {
    await followEvents(given, { ...watched, reached: (isThere) => given.say(connection(isThere)) }, stop.signal)
    return 0
  }

  let exitCode = 0
  let isLost = false
  const redraw = () => screen.draw(watched.lines(Date.now(), isLost))
  const end = (code: number) => {
    exitCode = code
    stop.abort()
  }
  const screen = openScreen(terminal, {
    redraw,
    key(key) {
      if (key === CTRL_C) end(INTERRUPTED)
      else if (key === 'q' || key === 'Q' || key === CTRL_D) end(0)
    },
  })
  let ticking: NodeJS.Timeout | undefined
  const tick = () => {
    redraw()
    ticking = setTimeout(tick, SECOND_MS - (Date.now() % SECOND_MS))
  }
  tick()
  try {
    const listening: Listening = {
      ...watched,
      async happened(...heard) {
        await watched.happened(...heard)
        redraw()
      },
      reached(isThere) {
        isLost = !isThere
        redraw()
      },
    }
    await followEvents(given, listening, stop.signal)
    return exitCode
  } finally {
    clearTimeout(ticking)
    screen.close()
  }
}

/** What is said when the connection goes, and when it is back. */
export function connection(isThere: boolean): string {
  return isThere ? 'The daemon is there again.' : 'The connection to the daemon was lost; trying again.'
}

/** What stands at the bottom of a live screen: that the daemon is lost, where it is, and how to leave. */
export function bottomOf(pen: Paint, isLost: boolean): string[] {
  return [...(isLost ? [pen.yellow('The daemon cannot be reached; trying again.'), ''] : []), pen.dim('q quits')]
}

/** What a live screen shows before it knows anything. */
export function waitingLines(bottom: readonly string[]): string[] {
  return ['', '  One moment.', '', ...bottom.map((line) => `  ${line}`)]
}
