import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'
import { PassThrough } from 'node:stream'
import { type Key, openKeys, type Pasting } from './keys.ts'
import { openSearch, type Search } from './search.ts'

/** What came of editing a line: Ctrl-C has one `cleared`, or is `idle` where there was none. */
export type Edited = { line: string } | 'cleared' | 'idle' | 'leave'

/** What an editor works with. */
export interface EditorParts {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  /** The prompt as it is now. */
  prompt(): string
  /** The lines typed before, the latest first. */
  history(): readonly string[]
  /** The candidates for the last word of what was typed, and that word. */
  complete(line: string): Promise<[string[], string]>
  /** How the line could go on. */
  suggest(line: string): string
  /** Whether the terminal wraps the line being typed anew when its width changes. */
  reflows: boolean
  /** Writes a suggestion so that it is not taken for what was typed. */
  ghost(text: string): string
}

/** Edits one line at a time; between lines the terminal belongs to whoever wants it. */
export interface Editor {
  read(): Promise<Edited>
  /** Whether a line is being typed that something can appear above. */
  readonly isReading: boolean
  /** Prints lines above the one being typed, which stays as it is. */
  above(text: string): void
  /** Draws the prompt anew, if a line is being typed. */
  refresh(): void
  /** Clears the line, where Ctrl-C comes as a signal. */
  interrupt(): void
}

/** Opens an editor; it takes the terminal only while it reads a line. */
export function openEditor(parts: EditorParts): Editor {
  let editing: Editing | undefined
  const pasting: Pasting = { isOn: false }
  return {
    async read() {
      editing = new Editing(parts, pasting)
      try {
        return await editing.done
      } finally {
        editing = undefined
      }
    },
    get isReading() {
      return editing !== undefined
    },
    above: (text) => editing?.above(text),
    refresh: () => editing?.refresh(),
    // Here it is a key.
    interrupt() {},
  }
}

/** One line being typed. */
class Editing {
  readonly done: Promise<Edited>
  private readonly parts: EditorParts
  private readonly readline: Interface
  private hasGhost = false
  private search: Search | undefined
  /** What was typed while the candidates were still looked for. */
  private held: [text: string | undefined, key: Key][] | undefined

  constructor(parts: EditorParts, pasting: Pasting) {
    this.parts = parts
    const { stdin, stdout } = parts
    // Where the window has another width, what was drawn takes up other rows; readline draws it anew right after.
    const onResize = () => {
      if (parts.reflows) Object.assign(this.readline, { prevRows: this.readline.getCursorPos().rows })
      setImmediate(() => this.drawGhost())
    }
    stdout.on('resize', onResize)
    this.readline = createInterface({
      // The keys come through write(), so that some of them can mean something else.
      input: new PassThrough(),
      output: stdout,
      terminal: true,
      prompt: parts.prompt(),
      history: [...parts.history()],
      historySize: 2_000,
      completer: (line, done) => {
        this.held = []
        const end = (found: [string[], string]) => {
          if (!this.isOpen) return
          done(null, found)
          setImmediate(() => this.releaseKeys())
        }
        parts.complete(line).then(end, () => end([[], line]))
      },
    })
    const keysHere = () => openKeys({ stdin, stdout, pasting, onKey: (text, key) => this.take(text, key) })
    let keys = keysHere()
    const onEnd = () => this.readline.close()
    stdin.once('end', onEnd)
    const onContinue = () => {
      keys = keysHere()
      this.readline.prompt(true)
    }
    this.readline.on('SIGTSTP', () => {
      keys.close()
      process.once('SIGCONT', onContinue)
      process.kill(process.pid, 'SIGTSTP')
    })
    this.done = new Promise((resolve) => {
      let edited: Edited = 'leave'
      const end = (as: Edited) => {
        edited = as
        this.readline.close()
      }
      this.readline.once('line', (line) => end({ line }))
      this.readline.on('SIGINT', () => {
        this.readline.write(null, { ctrl: true, name: 'e' })
        stdout.write('^C\n')
        end(this.readline.line === '' ? 'idle' : 'cleared')
      })
      this.readline.once('close', () => {
        keys.close()
        stdout.off('resize', onResize)
        stdin.off('end', onEnd)
        process.off('SIGCONT', onContinue)
        if (edited === 'leave') stdout.write('\n')
        resolve(edited)
      })
    })
    this.readline.prompt()
  }

  above(text: string): void {
    const { stdout } = this.parts
    const { rows } = this.readline.getCursorPos()
    moveCursor(stdout, 0, -rows)
    cursorTo(stdout, 0)
    clearScreenDown(stdout)
    // Drawing anew goes up as many rows as the line had above the cursor.
    stdout.write(`${text}\n${'\n'.repeat(rows)}`)
    this.readline.prompt(true)
    this.drawGhost()
  }

  refresh(): void {
    if (this.search) return
    const prompt = this.parts.prompt()
    if (prompt === this.readline.getPrompt()) return
    this.clearGhost()
    this.readline.setPrompt(prompt)
    this.readline.prompt(true)
    this.drawGhost()
  }

  private take(text: string | undefined, key: Key): void {
    if (this.held && !(key.ctrl && key.name === 'c')) this.held.push([text, key])
    else this.press(text, key)
  }

  private releaseKeys(): void {
    const held = this.held ?? []
    this.held = undefined
    this.drawGhost()
    for (const [text, key] of held) if (this.isOpen) this.press(text, key)
  }

  private press(text: string | undefined, key: Key): void {
    const ghost = this.clearGhost()
    if (this.search) {
      const found = this.search.press(text, key)
      if (found === 'on') return
      this.search = undefined
      this.readline.setPrompt(this.parts.prompt())
      this.readline.prompt(true)
      if (found === 'taken') {
        this.drawGhost()
        return
      }
    }
    if (key.ctrl && key.name === 'r') {
      this.search = openSearch(this.readline, this.parts.history())
      return
    }
    if (key.name === 'right' && !key.ctrl && !key.meta && ghost !== '') this.readline.write(ghost)
    else this.readline.write(text as string, key)
    if (key.name !== 'tab') this.drawGhost()
  }

  private get isOpen(): boolean {
    return !(this.readline as Interface & { closed?: boolean }).closed
  }

  /** What goes on behind the cursor, as far as it fits on its row. */
  private ghost(): string {
    const { line, cursor } = this.readline
    if (this.search || cursor < line.length) return ''
    return this.parts.suggest(line)
  }

  private drawGhost(): void {
    if (!this.isOpen) return
    const { stdout } = this.parts
    const { cols } = this.readline.getCursorPos()
    const room = stdout.columns - cols - 1
    const shown = this.ghost().slice(0, Math.max(0, room))
    if (!/^[ -~]+$/.test(shown)) return
    stdout.write(this.parts.ghost(shown))
    moveCursor(stdout, -shown.length, 0)
    this.hasGhost = true
  }

  /** Takes the suggestion off the screen and gives back what it said. */
  private clearGhost(): string {
    if (!this.hasGhost) return ''
    this.hasGhost = false
    clearScreenDown(this.parts.stdout)
    return this.ghost()
  }
}
