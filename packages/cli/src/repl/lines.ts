import { declarationOf, type Path } from '@ewallet/protocol'
import { coloured } from '../coloured.ts'
import type { Given } from '../commands/command.ts'
import { Interrupted, misuse, reportFailure } from '../failure.ts'
import { fieldsOf } from '../fields.ts'
import { type Globals, noGlobals, styleOf } from '../globals.ts'
import type { Link } from '../link.ts'
import { ask, clear, deletes, givenFor, perform, tell } from '../perform.ts'
import type { Pipeline } from '../pipeline.ts'
import { understoodPlainly } from '../plain-line.ts'
import { missingFields, program, type Spoken } from '../program.ts'
import type { Stage } from '../stage.ts'
import type { Stream, Style, Terminal } from '../terminal.ts'
import { batchesOfFile } from './batches.ts'
import { type Gathered, gather } from './gathered.ts'
import { argvOf } from './line.ts'
import { type Standing, set, withStanding } from './standing.ts'

/** How many lines are read ahead of the one that is told next. */
const AHEAD_MAX = 512
/** How deep files may run one another. */
const DEPTH_MAX = 16

/** What lines are run with. */
export interface LinesOptions {
  stage: Stage
  /** The file, as it is named in messages; undefined for stdin. */
  source?: string
  standing: Standing
  keepGoing: boolean
  /** How many files run this one. */
  depth?: number
}

interface Line {
  number: number
  text: string
}

type Instruction = Extract<Spoken, { path: Path }>

/** What lines with the same global flags have in common. */
interface Prepared {
  given: Given
  link: Link
}

/**
 * Runs command lines in order and returns the exit code of the first that fails, where it stops. Instructions go out in a pipeline:
 * without waiting for answers, each to be done only if all before it were. Any other line waits until all before it are told.
 */
export async function runLines(batches: AsyncIterable<readonly string[]>, options: LinesOptions): Promise<number> {
  const run = new LineRun(options)
  const lines = batches[Symbol.asyncIterator]()
  try {
    while (!run.isStopped) {
      // Where a line fails while more are waited for, nobody has to type another first.
      const next = await Promise.race([lines.next(), run.stopped])
      if (!next || next.done) break
      for (const text of next.value) {
        await run.take(text)
        if (run.isStopped) break
      }
    }
  } finally {
    void lines.return?.()
    await run.end()
  }
  return run.exitCode
}

/** Runs the lines of a file: `source FILE`. */
export function runFile(words: readonly string[], options: Omit<LinesOptions, 'source'>): Promise<number> {
  const [file, stray] = words.filter((word) => word !== '--keep-going')
  if (file === undefined || stray !== undefined) throw misuse('One file is to be named.', 'As in: source lines.txt')
  const depth = (options.depth ?? 0) + 1
  if (depth > DEPTH_MAX) throw misuse('The files run each other without end.')
  const keepGoing = options.keepGoing || words.includes('--keep-going')
  return runLines(batchesOfFile(file, options.stage.terminal.cwd), { ...options, source: file, keepGoing, depth })
}

class LineRun {
  readonly stopped: Promise<undefined>
  private readonly stop: () => void
  private readonly options: LinesOptions
  private standing: Standing
  private number = 0
  private failures = 0
  /** That of the first line that failed. */
  exitCode = 0
  private isInterrupted = false
  /** Fulfilled once everything so far has been told; never rejected. */
  private told: Promise<void> = Promise.resolve()
  private underway = 0
  private goOn: (() => void) | undefined
  private readonly gathered: Gathered
  /** The stage on which answers are told. */
  private readonly stage: Stage
  /** For lines without global flags of their own, by whether they are dry runs. */
  private readonly prepared = new Map<boolean, Prepared>()
  private speaking: { link: Link; pipeline: Pipeline } | undefined

  constructor(options: LinesOptions) {
    this.options = options
    this.gathered = gather(options.stage.terminal)
    this.stage = { ...options.stage, terminal: this.gathered.terminal }
    this.standing = options.standing
    let stop = () => {}
    this.stopped = new Promise((resolve) => {
      stop = () => resolve(undefined)
    })
    this.stop = stop
  }

  get isStopped(): boolean {
    return this.isInterrupted || (this.failures > 0 && !this.options.keepGoing)
  }

  /** Begins a line; what it comes to is told in its turn. */
  async take(text: string): Promise<void> {
    this.number += 1
    const line = { number: this.number, text: text.trim() }
    try {
      await this.begin(line, argvOf(text))
    } catch (error) {
      this.finish(line, () => Promise.reject(error))
      if (!this.options.keepGoing) await this.settle()
    }
    if (this.underway < AHEAD_MAX) return
    await new Promise<void>((resolve) => {
      this.goOn = resolve
    })
  }

  /** Waits for what is on its way. */
  async end(): Promise<void> {
    await this.settle()
    await this.speaking?.pipeline.end()
    const { keepGoing, stage } = this.options
    if (keepGoing && this.failures > 0 && this.style().format !== 'json') {
      stage.terminal.stderr.write(`${this.failures} of ${this.number} lines failed.\n`)
    }
  }

  private async begin(line: Line, argv: string[]): Promise<void> {
    const { stage } = this.options
    const [first] = argv
    if (first === undefined) return
    if (first === 'set') {
      // Lines on their way keep what stood when they were given.
      this.standing = set(argv.slice(1), this.standing, stage)
      this.prepared.clear()
      return
    }
    if (first === 'source') {
      return this.alone(line, () => runFile(argv.slice(1), { ...this.options, standing: this.standing }))
    }
    const understood = understoodPlainly(argv) ?? (await understand(argv, stage.terminal))
    if (typeof understood === 'function') {
      this.finish(line, async () => understood())
      return
    }
    const globals = withStanding(understood.globals, this.standing)
    const spoken = { ...understood, globals: { ...globals, dryRun: isDry(understood, globals.dryRun) } }
    if ('path' in spoken && !spoken.all) await this.pipeline(line, spoken, understood.globals === noGlobals)
    else await this.alone(line, () => perform(stage, spoken))
  }

  private async pipeline(line: Line, spoken: Instruction, isPlain: boolean): Promise<void> {
    const { stage, keepGoing } = this.options
    const { path, request, secrets, globals } = spoken
    const { given, link } = await this.prepare(globals, isPlain)
    if (this.speaking?.link !== link) {
      await this.settle()
      if (this.isStopped) return
      this.speaking = { link, pipeline: await link.pipeline(keepGoing) }
    }
    const { pipeline } = this.speaking
    if (asksPerson(given, spoken) || !pipeline.takes(path, request))
      return this.alone(line, () => perform(stage, spoken))
    await ask(given, path, request, secrets)
    await clear(given, path, request)
    const outcome = pipeline.say(path, request, globals.dryRun)
    // Behind a line that failed nobody listens to it any more.
    outcome.catch(() => {})
    this.finish(line, async () => {
      const { answer, told } = await outcome
      try {
        return await tell(given, path, answer)
      } finally {
        this.gathered.afterwards(told)
      }
    })
  }

  private async prepare(globals: Globals, isPlain: boolean): Promise<Prepared> {
    const before = isPlain ? this.prepared.get(globals.dryRun) : undefined
    if (before && !before.link.isClosed) return before
    const given = await givenFor(this.stage, globals)
    const prepared = { given, link: given.link() }
    if (isPlain) this.prepared.set(globals.dryRun, prepared)
    return prepared
  }

  /** Does a line with nothing else on its way. */
  private async alone(line: Line, work: () => Promise<number>): Promise<void> {
    await this.settle()
    if (this.isStopped) return
    this.finish(line, work)
    await this.settle()
  }

  private async settle(): Promise<void> {
    await this.told
    this.gathered.flush()
  }

  private finish(line: Line, work: () => Promise<number>): void {
    this.underway += 1
    this.told = this.told.then(async () => {
      if (!this.isStopped) await this.tell(line, work)
      this.underway -= 1
      if (this.underway > AHEAD_MAX / 2 && !this.isStopped) return
      this.goOn?.()
      this.goOn = undefined
    })
  }

  private async tell(line: Line, work: () => Promise<number>): Promise<void> {
    let exitCode: number
    try {
      exitCode = await work()
      if (exitCode !== 0) await this.report(line, exitCode)
    } catch (error) {
      exitCode = await this.reportError(line, error)
      this.isInterrupted = error instanceof Interrupted
    }
    if (exitCode === 0) return
    this.failures += 1
    this.exitCode ||= exitCode
    if (this.isStopped) this.stop()
  }

  /** Says where it failed; why is said already. */
  private async report(line: Line, exitCode: number): Promise<void> {
    const { stderr } = this.stage.terminal
    const { visible } = await import('../output/sanitise.ts')
    if (this.style().format !== 'json') stderr.write(`${visible(this.placeOf(line))}: ended with ${exitCode}.\n`)
  }

  private async reportError(line: Line, error: unknown): Promise<number> {
    const { stage } = this
    const style = this.style()
    const { visible } = await import('../output/sanitise.ts')
    const terminal = coloured(stage.terminal, this.standing.color ?? stage.settings.get('color').value)
    if (style.format !== 'json') {
      terminal.stderr.write(`${visible(this.placeOf(line))}\n`)
      return reportFailure(terminal, style, error, this.standing.verbose)
    }
    const told: string[] = []
    const listening = { ...terminal, stderr: collecting(terminal.stderr, told) }
    const exitCode = await reportFailure(listening, style, error)
    for (const text of told) {
      terminal.stderr.write(`${JSON.stringify({ ...JSON.parse(text), line: line.number })}\n`)
    }
    return exitCode
  }

  private placeOf({ number, text }: Line): string {
    const { source } = this.options
    return `${source === undefined ? '' : `${source}, `}line ${number}: ${text}`
  }

  /** How failures are told: by what stands for every line. */
  private style(): Style {
    const { stage } = this.options
    const { format } = styleOf(withStanding(noGlobals, this.standing), stage.settings, stage.terminal)
    return { format: format === 'json' || format === 'ndjson' ? 'json' : 'plain', ascii: false }
  }
}

/** What a line says, or how to print the help it asks for. */
async function understand(argv: string[], terminal: Terminal): Promise<Spoken | (() => number)> {
  const told: string[] = []
  let spoken: Spoken | undefined
  const listening = { ...terminal, stdout: collecting(terminal.stdout, told) }
  await program(argv, listening, async (understood) => {
    spoken = understood
    return 0
  })
  return (
    spoken ??
    (() => {
      terminal.stdout.write(told.join(''))
      return 0
    })
  )
}

/** The same stream, with what is written to it kept instead. */
function collecting(stream: Stream, kept: string[]): Stream {
  const { isTerminal, colour, columns } = stream
  return { isTerminal, colour, columns, write: (text) => kept.push(text) }
}

/** Whether a line is a dry run, where all are: what only looks may look. */
export function isDry(spoken: Spoken, dryRun: boolean): boolean {
  if (!dryRun) return false
  if ('path' in spoken) return spoken.globals.dryRun || declarationOf(spoken.path).changes
  if (!spoken.command.dryRun) throw misuse('This command has no dry run.')
  return true
}

/** Whether somebody will be asked something first. */
function asksPerson({ prompts, globals }: Given, { path, request, secrets }: Instruction): boolean {
  if (!prompts.possible) return false
  const isSecret = Object.keys(secrets).length > 0 || fieldsOf(path).some((field) => field.usage.secret)
  return isSecret || missingFields(path, request).length > 0 || (deletes(path) && !globals.yes)
}
