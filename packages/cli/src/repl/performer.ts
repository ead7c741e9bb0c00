import { coloured } from '../coloured.ts'
import { Failure, granted, misuse, Refused, reportFailure, unreachable } from '../failure.ts'
import { type Globals, noGlobals, styleOf } from '../globals.ts'
import { movesMoney } from '../link.ts'
import { perform } from '../perform.ts'
import { program, type Spoken, wordOf } from '../program.ts'
import { promptsFor, type Stage } from '../stage.ts'
import type { Style } from '../terminal.ts'
import type { History } from './history.ts'
import type { Interrupts } from './interrupts.ts'
import { argvOf } from './line.ts'
import { isDry, runFile } from './lines.ts'
import { type Standing, set, settable, standingLines, withStanding } from './standing.ts'

/** What runs the lines somebody types. */
export interface PerformerParts {
  stage: Stage
  interrupts: Interrupts
  history: History
  standing: Standing
  /** The account that was active last with the daemon these flags mean, and was not logged out. */
  account(globals: Globals): string | undefined
  isAway(): boolean
  /** Says a sentence, at once. */
  say(sentence: string): void
  /** What help says about the REPL itself. */
  keysHelp(): string
}

/** How often a wrong password may be typed before the command is given up. */
const GUESSES = 3

/** Runs what is typed, a line at a time: the same parser and the same commands as the shell's, and a few words of its own. */
export class Performer {
  private readonly parts: PerformerParts
  standing: Standing
  /** Whether the REPL is to be left. */
  isOver = false

  constructor(parts: PerformerParts) {
    this.parts = parts
    this.standing = parts.standing
  }

  /** The flags of a line that says none itself. */
  get globals(): Globals {
    return withStanding(noGlobals, this.standing)
  }

  /** Does one line; whatever becomes of it is said. */
  async run(typed: string): Promise<void> {
    const { stage, history } = this.parts
    let line = typed
    try {
      if (line.trim() === '') return
      if (line.startsWith('!!')) {
        line = this.again(line)
        this.parts.say(line)
      }
      history.add(line)
      const argv = argvOf(line)
      if (argv.length > 0) await this.begin(argv, () => history.keep(line))
    } catch (error) {
      const { color, verbose } = this.globals
      const terminal = coloured(stage.terminal, color ?? stage.settings.get('color').value)
      await reportFailure(terminal, this.failureStyle(line), error, verbose)
    }
  }

  private again(line: string): string {
    const before = this.parts.history.lines[0]
    if (before === undefined) throw misuse('There is no line before this one.')
    return before + line.slice(2)
  }

  private async begin(argv: string[], understood: () => void): Promise<void> {
    const [first, ...rest] = argv
    if (first === 'exit' || first === 'quit') {
      if (rest.length > 0) throw misuse(`"${rest[0]}" is one word too many.`)
      this.isOver = true
    } else if (first === 'set') {
      this.set(rest)
      understood()
    } else if (first === 'source') {
      understood()
      await this.cancellable((stage) => runFile(rest, { stage, standing: this.standing, keepGoing: false }), true)
    } else {
      await this.command(argv, understood)
      if (first === 'help' && rest.length === 0) this.parts.stage.terminal.stdout.write(`\n${this.parts.keysHelp()}\n`)
    }
  }

  private set(words: readonly string[]): void {
    const { stage, say } = this.parts
    if (words.length > 0) this.standing = set(words, this.standing, stage)
    else {
      const lines = standingLines(this.standing)
      say(lines.length > 0 ? lines.join('\n') : `Nothing is set. There is: ${settable.join(', ')}.`)
    }
  }

  private async command(argv: readonly string[], understood: () => void): Promise<void> {
    const { stage } = this.parts
    refuseNested(argv)
    // A password is easily typed where the name belongs, which shows once nobody of that name could log in.
    const isLogin = argv[0] === 'login'
    await program(argv, stage.terminal, async (said) => {
      if (!isLogin) understood()
      const globals = withStanding(said.globals, this.standing)
      const spoken = { ...said, globals: { ...globals, dryRun: isDry(said, globals.dryRun) } }
      const isMoney = 'path' in spoken && movesMoney(spoken.path) && !spoken.globals.dryRun
      const exitCode = await this.cancellable(async (own) => {
        if (isMoney && this.parts.isAway()) await reach(own, spoken.globals)
        return this.performLoggedIn(own, spoken)
      }, isMoney)
      if (isLogin && exitCode === 0) understood()
      return exitCode ?? 0
    })
  }

  /** Does some work that Ctrl-C cancels, and says so. */
  private async cancellable(work: (stage: Stage) => Promise<number>, changes: boolean): Promise<number | undefined> {
    const { interrupts, stage, say } = this.parts
    const exitCode = await interrupts.run(stage, work)
    if (exitCode === undefined) {
      say(changes ? '\nCancelled. Whether it was done is not known.\nGiven again, it is done once.' : '\nCancelled.')
    }
    return exitCode
  }

  /** Where the session is over, asks for the password in place and does it again. */
  private async performLoggedIn(stage: Stage, spoken: Spoken): Promise<number> {
    const account = this.parts.account(spoken.globals)
    try {
      return await perform(stage, spoken)
    } catch (error) {
      const prompts = promptsFor(spoken.globals, stage)
      const isOut = error instanceof Refused && error.refusal.code === 'not_logged_in'
      if (!isOut || account === undefined || !prompts.possible) throw error
      this.parts.say(`The session of ${account} is over.`)
      for (let guess = 1; ; guess += 1) {
        const user_pass = await prompts.secret(`Password of ${account}`)
        try {
          granted(await stage.link(spoken.globals).say('client action login', { user_email: account, user_pass }))
          break
        } catch (refused) {
          const isWrong = refused instanceof Refused && refused.refusal.code === 'login_failed'
          if (!isWrong || guess === GUESSES) throw refused
          this.parts.say(refused.refusal.error)
        }
      }
      return perform(stage, spoken)
    }
  }

  /** How a failure is told: as what stands has it, and the flags of the line. */
  private failureStyle(line: string): Style {
    const { stage } = this.parts
    const { format } = styleOf(this.globals, stage.settings, stage.terminal)
    const asked = /\s(--json|(-o|--output)[ =](nd)?json)(\s|$)/.test(line)
    return { format: asked || format === 'json' || format === 'ndjson' ? 'json' : 'plain', ascii: false }
  }
}

/** A command about credits or time is done now or not at all; what was typed while nobody listened is not sent later. */
async function reach(stage: Stage, globals: Globals): Promise<void> {
  try {
    const client = await stage.link(globals).client()
    // A connection whose daemon has gone may not have heard of it yet.
    await client.say('client action view license', {})
  } catch (error) {
    const why = error instanceof Failure ? error.message : 'The daemon cannot be reached.'
    throw unreachable(why, 'Nothing was sent, and nothing will be sent later.')
  }
}

/** Words that would take the terminal away from where they are typed. */
function refuseNested(argv: readonly string[]): void {
  const { words } = wordOf(argv)
  const line = words.join(' ')
  if (argv.includes('--help') || argv.includes('-h')) return
  const isRoot = line === '' && argv.every((word) => word.startsWith('-') || word === 'ewallet')
  if (line === 'repl' || isRoot) throw misuse('You are there already.', 'See: help')
  if (line !== 'exec') return
  const file = argv.slice(argv.indexOf('exec') + 1).find((word) => !word.startsWith('--'))
  if (file === undefined || file === '-') throw misuse('Lines are typed here one by one.', 'As in: source lines.txt')
}
