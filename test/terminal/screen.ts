import { join } from 'node:path'
import { type IPty, spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { onTestFinished } from 'vitest'

/** The program. */
export const bin = join(import.meta.dirname, '..', '..', 'bin', 'ewallet.js')

/** How long something may take to appear; the machine may be busy. */
const PATIENCE_MS = 20_000

const keys = {
  enter: '\r',
  tab: '\t',
  backspace: '\x7f',
  escape: '\x1b',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  end: '\x1b[F',
  home: '\x1b[H',
  'ctrl-c': '\x03',
  'ctrl-d': '\x04',
  'ctrl-r': '\x12',
  'ctrl-u': '\x15',
  'ctrl-z': '\x1a',
} as const

type Key = keyof typeof keys

/** What can be asked of the letters on a screen. */
interface Drawn {
  text: string
  dim: boolean
  bold: boolean
  /** Whether it has a colour of its own. */
  coloured: boolean
}

/** A person at a terminal: what they type, and the screen as they see it. */
export interface Screen {
  pid: number
  type(text: string): void
  press(...pressed: Key[]): void
  /** The lines on the screen and above it, blank ends left out. */
  lines(): string[]
  text(): string
  /** The same with what changes a letter's looks spelled before it, as `␛[1m`. */
  painted(): string
  /** The line the cursor stands in, as far as it is drawn, and the column it stands in. */
  cursor(): { line: string; column: number }
  /** The pieces of the line the cursor stands in, split where their looks change. */
  drawn(): Drawn[]
  /** Waits until the screen shows something. */
  waitFor(what: string | RegExp | ((text: string) => boolean)): Promise<void>
  /** Types a line and waits until a new prompt stands below. */
  enter(line: string): Promise<void>
  resize(columns: number, rows: number): void
  /** Every byte that was written so far. */
  raw(): string
  exited: Promise<number>
}

/** How a terminal begins. */
export interface Begun {
  columns?: number
  rows?: number
  env?: Record<string, string>
  args?: readonly string[]
  cwd?: string
}

/** Runs `ewallet` in a terminal; what still runs when the test is over is ended. */
export function aTerminal({ args = [], ...begun }: Begun = {}): Screen {
  return aScreen(process.execPath, [bin, ...args], begun)
}

/** Runs a shell in a terminal. */
export function aShell(begun: Omit<Begun, 'args'> = {}): Screen {
  return aScreen('bash', ['--norc', '--noprofile'], begun)
}

function paintedLine(line: xterm.IBufferLine): string {
  let told = ''
  let before = ''
  for (let at = 0; at < line.length; at += 1) {
    const cell = line.getCell(at)
    if (!cell || cell.getWidth() === 0) continue
    const looks = [
      cell.isBold() ? '1' : '',
      cell.isDim() ? '2' : '',
      cell.isInverse() ? '7' : '',
      cell.isFgDefault() ? '' : `colour ${cell.getFgColor()}`,
    ].filter((look) => look !== '')
    const look = looks.join(';')
    if (look !== before) told += `␛[${look}m`
    before = look
    told += cell.getChars() || ' '
  }
  return told.trimEnd()
}

function aScreen(
  program: string,
  args: readonly string[],
  { columns = 80, rows = 24, env = {}, cwd = '/' }: Begun,
): Screen {
  const screen = new xterm.Terminal({ cols: columns, rows, scrollback: 1_000, allowProposedApi: true })
  const inherited = { PATH: process.env.PATH ?? '', TZ: 'UTC', LANG: 'C.UTF-8', TERM: 'xterm-256color' }
  const pty: IPty = spawn(program, [...args], {
    name: env.TERM ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: { ...inherited, ...env },
  })
  let raw = ''
  let isOver = false
  const watchers = new Set<() => void>()
  pty.onData((text) => {
    raw += text
    screen.write(text, () => {
      for (const watcher of watchers) watcher()
    })
  })
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      isOver = true
      // What was written last is still on its way to the screen.
      screen.write('', () => resolve(exitCode))
    })
  })
  onTestFinished(async () => {
    if (!isOver) pty.kill('SIGKILL')
    await exited
    screen.dispose()
  })

  const buffer = () => screen.buffer.active
  function lines(): string[] {
    const all = Array.from({ length: buffer().length }, (_, at) => buffer().getLine(at)?.translateToString(true) ?? '')
    while (all.at(-1) === '') all.pop()
    return all
  }
  const text = () => lines().join('\n')
  function painted(): string {
    return lines()
      .map((_, at) => paintedLine(buffer().getLine(at) as xterm.IBufferLine))
      .join('\n')
  }
  // A terminal that is told how to send what is pasted is told so with each prompt.
  const prompts = () => (env.TERM === 'dumb' ? lines().length : raw.split('\x1b[?2004h').length)
  const cursorRow = () => buffer().baseY + buffer().cursorY

  async function waitFor(what: string | RegExp | ((text: string) => boolean)): Promise<void> {
    const isThere = () => {
      const shown = text()
      return typeof what === 'function'
        ? what(shown)
        : typeof what === 'string'
          ? shown.includes(what)
          : what.test(shown)
    }
    if (isThere()) return
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        watchers.delete(watcher)
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`The screen never showed ${String(what)}:\n${text()}`))
      }, PATIENCE_MS)
      const watcher = () => {
        if (!isThere()) return
        end()
        resolve()
      }
      watchers.add(watcher)
    })
  }

  return {
    pid: pty.pid,
    type: (typed) => pty.write(typed),
    press: (...pressed) => {
      for (const key of pressed) pty.write(keys[key])
    },
    lines,
    text,
    painted,
    cursor: () => ({
      line: (buffer().getLine(cursorRow())?.translateToString(true) ?? '').trimEnd(),
      column: buffer().cursorX,
    }),
    drawn() {
      const line = buffer().getLine(cursorRow())
      const pieces: Drawn[] = []
      for (let at = 0; at < (line?.length ?? 0); at += 1) {
        const cell = line?.getCell(at)
        const letter = cell?.getChars() ?? ''
        if (!cell || letter === '') continue
        const look = { dim: cell.isDim() !== 0, bold: cell.isBold() !== 0, coloured: !cell.isFgDefault() }
        const last = pieces.at(-1)
        const same = last && last.dim === look.dim && last.bold === look.bold && last.coloured === look.coloured
        if (same) last.text += letter
        else pieces.push({ text: letter, ...look })
      }
      return pieces
    },
    waitFor,
    async enter(line) {
      const before = prompts()
      pty.write(`${line}\r`)
      await waitFor(() => prompts() > before && /[›>] ?$/.test(lines().at(-1) ?? ''))
    },
    resize(nextColumns, nextRows) {
      screen.resize(nextColumns, nextRows)
      pty.resize(nextColumns, nextRows)
    },
    raw: () => raw,
    exited,
  }
}
