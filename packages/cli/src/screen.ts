import type { Terminal } from './terminal.ts'

/** A whole screen that is drawn again and again; what stood there before is back when it closes. */
export interface Screen {
  /** Draws lines that fit the width; what does not fit the height is left out. */
  draw(lines: readonly string[]): void
  close(): void
}

/** What is done with a screen from outside. */
export interface ScreenEvents {
  /** Hears a key as the terminal sends it. */
  key(key: string): void
  /** Hears that it has to be drawn again, as after a new size. */
  redraw(): void
}

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const CTRL_L = '\u000c'
const CTRL_Z = '\u001a'

/** Whether a terminal has a screen that can be drawn on. */
export function hasScreen({ stdout, env }: Terminal): boolean {
  return stdout.isTerminal && env.TERM !== 'dumb'
}

/** Takes the screen of a terminal; keys are read where stdin is one too. Ctrl-Z leaves it until the command goes on. */
export function openScreen({ stdout, stdin }: Terminal, { key, redraw }: ScreenEvents): Screen {
  let isOpen = false
  const hear = (typed: Buffer) => {
    const text = typed.toString()
    if (text === CTRL_Z) suspend()
    else if (text === CTRL_L) redraw()
    else key(text)
  }

  function enter(): void {
    isOpen = true
    stdout.write(ENTER)
    if (!stdin.isTTY) return
    stdin.setRawMode(true)
    stdin.resume()
  }

  function leave(): void {
    if (!isOpen) return
    isOpen = false
    if (stdin.isTTY) {
      stdin.setRawMode(false)
      stdin.pause()
    }
    stdout.write(LEAVE)
  }

  function suspend(): void {
    leave()
    process.once('SIGCONT', () => {
      enter()
      redraw()
    })
    process.kill(process.pid, 'SIGTSTP')
  }

  // However the process ends, the terminal is left as it was.
  process.on('exit', leave)
  process.stdout.on('resize', redraw)
  if (stdin.isTTY) stdin.on('data', hear)
  enter()
  return {
    draw(lines) {
      if (!isOpen) return
      const shown = lines.slice(0, stdout.rows ?? lines.length)
      stdout.write(`\u001b[H${shown.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`)
    },
    close() {
      leave()
      process.off('exit', leave)
      process.stdout.off('resize', redraw)
      stdin.off('data', hear)
    },
  }
}
