import { type Answer, type EventFrame, isRefusal, type Path } from '@ewallet/protocol'
import { coloured } from '../coloured.ts'
import type { Given } from '../commands/command.ts'
import { Failure, Interrupted } from '../failure.ts'
import { styleOf } from '../globals.ts'
import { paint, type Tint, unpainted } from '../output/colour.ts'
import { visible } from '../output/sanitise.ts'
import { measureFor } from '../output/width.ts'
import { openStage, promptsFor, type Stage } from '../stage.ts'
import { candidatesFor } from './candidates.ts'
import { openEchoes } from './echoes.ts'
import { type Editor, type EditorParts, openEditor } from './editor.ts'
import { type History, openHistory } from './history.ts'
import { type Interrupts, takeInterrupts } from './interrupts.ts'
import { Known } from './known.ts'
import { Live } from './live.ts'
import { eventNotice, type NoticeStyle, notice } from './notice.ts'
import { Performer } from './performer.ts'
import { openPlainEditor } from './plain-editor.ts'
import { type PromptStyle, promptOf } from './prompt.ts'
import { suggestionFor } from './suggestion.ts'
import { monotonic } from './timer.ts'
import { farewell, firstStep, greeting, keysHelp, nextSteps, welcome } from './welcome.ts'

/** How often the prompt's clock is looked at; it is drawn only where it shows something else. */
const TICK_MS = 1_000
/** How long a prompt waits to be up to date. */
const SETTLED_MS = 300

type Look = PromptStyle & NoticeStyle & { hasColour: boolean }

/** Reads and runs lines at a terminal until it is left; returns the exit code. */
export async function runRepl({ stage: outer, globals }: Given): Promise<number> {
  const repl = new Repl(outer, globals)
  try {
    await repl.begin()
    await repl.loop()
    await repl.leave()
    return 0
  } finally {
    repl.close()
  }
}

class Repl {
  private readonly stage: Stage
  private readonly history: History
  private readonly interrupts: Interrupts
  private readonly performer: Performer
  private readonly known: Known
  private readonly live: Live
  private readonly editor: Editor
  private readonly echoes = openEchoes(monotonic)
  private readonly ticking: NodeJS.Timeout
  private look: Look = { paint: unpainted, ascii: false, hasColour: false, measure: (text) => text.length }
  /** What came while no line was being typed. */
  private waiting: (() => string | undefined)[] = []
  /** The account that was active last, until it is logged out. */
  private account: string | undefined
  /** Which session the live connection speaks for. */
  private turnedTo = ''
  private isLost = false

  constructor(outer: Stage, globals: Given['globals']) {
    this.stage = openStage(outer.terminal, {
      heard: (context, path, request, answer) => {
        outer.heard?.(context, path, request, answer)
        if (context === this.context) this.hear(path, request, answer)
      },
    })
    const { stage } = this
    this.history = openHistory(stage.folders)
    this.interrupts = takeInterrupts(() => this.editor.interrupt())
    this.performer = new Performer({
      stage,
      interrupts: this.interrupts,
      history: this.history,
      standing: globals,
      account: (globals) => {
        const { context } = this.stage.target(globals)
        return context === this.context ? this.account : this.stage.keyring.read(context)?.account
      },
      isAway: () => this.known.picture.isAway,
      say: (sentence) => this.say(sentence),
      keysHelp: () => keysHelp(this.look.paint),
    })
    this.known = new Known(
      this.context,
      () => this.live.client,
      () => {
        this.account = this.known.picture.account ?? this.account
        this.editor.refresh()
      },
    )
    this.live = new Live({
      stage,
      onEvent: (event) => this.happen(event),
      onOpen: () => {
        this.known.away(false)
        this.known.outdate()
        if (this.isLost) this.tell(() => 'The daemon is back.', 'green')
        this.isLost = false
      },
      onLost: () => {
        this.known.away(true)
        if (!this.isLost) this.tell(() => 'The daemon cannot be reached; still trying.', 'red')
        this.isLost = true
      },
    })
    this.editor = this.openEditor()
    this.ticking = setInterval(() => this.editor.refresh(), TICK_MS)
    this.ticking.unref()
  }

  /** Finds the daemon, or starts one, and greets whoever is there. */
  async begin(): Promise<void> {
    const { stage, performer, known } = this
    await this.restyle()
    const kept = stage.keyring.read(this.context)
    this.account = kept?.account
    if (kept) this.say(greeting(this.look.paint))
    if (this.history.problem) this.say(`${this.history.problem.message} Lines are not kept.`)
    await this.interrupts.run(stage, async (own) => {
      try {
        await own.link(performer.globals).client()
      } catch (fault) {
        // That it cannot be reached is told once it was tried to listen to it.
        if (fault instanceof Failure && fault.code === 'daemon_not_started') {
          this.say(visible(`${fault.message} ${fault.warning ?? ''}`))
        }
      }
    })
    await this.turn()
    await known.settled(10 * SETTLED_MS)
    if (kept || known.picture.account !== undefined) {
      if (known.picture.account !== undefined || known.picture.isAway) return
      this.say(
        this.account === undefined
          ? 'Nobody is logged in: login, or signup.'
          : `The session of ${visible(this.account)} is over; the next command asks for the password.`,
      )
      return
    }
    this.say(welcome(this.look.paint))
    if (!known.picture.isAway) await this.firstStep()
  }

  async loop(): Promise<void> {
    while (!this.performer.isOver) {
      await this.known.settled(SETTLED_MS)
      this.tellWaiting()
      this.interrupts.forget()
      const edited = await this.editor.read()
      if (edited === 'leave') return
      if (edited === 'idle') this.say(this.look.paint.dim('Ctrl-D leaves.'))
      if (typeof edited === 'string') continue
      await this.performer.run(edited.line)
      await this.follow()
    }
  }

  async leave(): Promise<void> {
    this.tellWaiting()
    const { client } = this.live
    const lines = await farewell(this.known.picture, this.known.picture.isAway ? undefined : client, this.look.timeZone)
    for (const line of lines) this.say(line)
  }

  close(): void {
    clearInterval(this.ticking)
    this.interrupts.close()
    this.live.close()
    this.stage.close()
  }

  private get context(): string {
    return this.stage.target(this.performer.globals).context
  }

  private say(sentence: string): void {
    this.stage.terminal.stderr.write(`${sentence}\n`)
  }

  private async firstStep(): Promise<void> {
    const { stage, performer } = this
    const prompts = promptsFor(performer.globals, stage)
    if (!prompts.possible) return
    try {
      const line = await firstStep(prompts)
      if (line !== '') await performer.run(line)
      await this.follow()
      await this.known.settled(10 * SETTLED_MS)
      if (line === 'signup' && this.known.picture.account !== undefined) this.say(nextSteps(this.look.paint))
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
    }
  }

  /** Does what a line changed for the lines to come: how they look, and to whom they speak. */
  private async follow(): Promise<void> {
    await this.restyle()
    if (this.turnedTo !== this.whom() || this.known.picture.isAway) await this.turn()
  }

  private whom(): string {
    const { stage, performer } = this
    const { context, url } = stage.target(performer.globals)
    return JSON.stringify([context, url, stage.keyring.read(context)?.sessionToken])
  }

  private turn(): Promise<void> {
    const { context } = this
    this.turnedTo = this.whom()
    if (context !== this.known.picture.context) {
      // A password is only for the daemon its account is with.
      this.account = this.stage.keyring.read(context)?.account
      this.known.move(context)
    }
    return this.live.turn(this.performer.globals)
  }

  private hear(path: Path, request: object, answer: Answer<Path>): void {
    this.echoes.expect(path, answer)
    this.known.hear(path, request, answer)
    if (isRefusal(answer) || !(path in becoming)) return
    this.account =
      (answer as { session_data: { session_user_account: string | null } }).session_data.session_user_account ??
      undefined
    // Events are those of whoever was active when they were subscribed to.
    this.turnedTo = ''
  }

  private happen(event: EventFrame): void {
    this.known.outdate()
    this.show(() => (this.echoes.isOwn(event) ? undefined : eventNotice(event, new Date(), this.look)))
  }

  private tell(sentence: () => string, tint: Tint): void {
    const now = new Date()
    this.show(() => notice(sentence(), tint, now, this.look))
  }

  /** Shows a line above the one being typed, or before the next prompt. */
  private show(line: () => string | undefined): void {
    this.waiting.push(line)
    if (!this.editor.isReading) return
    const lines = this.taken()
    if (lines.length > 0) this.editor.above(lines.join('\n'))
  }

  private tellWaiting(): void {
    for (const line of this.taken()) this.say(line)
  }

  private taken(): string[] {
    const waiting = this.waiting
    this.waiting = []
    return waiting.map((line) => line()).filter((line) => line !== undefined)
  }

  private async restyle(): Promise<void> {
    const { stage, performer } = this
    const { terminal, settings } = stage
    const { ascii, timeZone } = styleOf(performer.globals, settings, terminal)
    const { stderr } = coloured(terminal, performer.globals.color ?? settings.get('color').value)
    // Names and contexts may hold letters of any width.
    const measure = await measureFor('👍')
    this.look = { paint: await paint(stderr), hasColour: stderr.colour, ascii, measure, ...(timeZone && { timeZone }) }
  }

  private openEditor(): Editor {
    const { stage, history } = this
    const { stdin, stderr, env } = stage.terminal
    const parts: EditorParts = {
      stdin,
      // What is typed is talk: an answer may go into a file.
      stdout: process.stderr,
      prompt: () => promptOf(this.known.picture, monotonic(), stderr.columns, this.look),
      history: () => history.lines,
      complete: (line) => candidatesFor(line, stage, this.live.client),
      // Without colour nobody could tell it from what was typed.
      suggest: (line) => (this.look.hasColour ? suggestionFor(line, history.kept) : ''),
      // Those built on xterm.js leave the line with the cursor to the program, and xterm wraps nothing anew.
      reflows: !/^(vscode|Hyper)$/.test(env.TERM_PROGRAM ?? '') && env.XTERM_VERSION === undefined,
      ghost: (text) => this.look.paint.dim(text),
    }
    return env.TERM === 'dumb' ? openPlainEditor(parts) : openEditor(parts)
  }
}

/** What makes another account the active one, or none. */
const becoming: { [P in Path]?: true } = {
  'client action login': true,
  'client action logout': true,
  'client action switch account': true,
  'client action recover account': true,
}
