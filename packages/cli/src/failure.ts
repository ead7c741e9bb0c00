import { type Exit, exitCodes, isRefusal, type Refusal, refusals } from '@ewallet/protocol'
import type { Style, Terminal } from './terminal.ts'

/** Ends a command on the terminal's own account: a sentence, and the exit code it stands for. */
export class Failure extends Error {
  readonly code: string
  readonly exit: Exit
  /** What was not done, or what to do next. */
  readonly warning: string | null

  constructor(exit: Exit, code: string, error: string, warning: string | null = null) {
    super(error)
    this.name = 'Failure'
    this.code = code
    this.exit = exit
    this.warning = warning
  }
}

/** Ends a command with the refusal the daemon gave. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.error)
    this.name = 'Refused'
    this.refusal = refusal
  }
}

/** Ends a command the person broke off. */
export class Interrupted extends Error {
  readonly exitCode = 130
}

/** What was typed cannot be meant; ends with exit 2. */
export function misuse(error: string, warning: string | null = null): Failure {
  return new Failure('usage', 'misused', error, warning)
}

/** No daemon was reached; ends with exit 6. */
export function unreachable(error: string, warning: string | null = null): Failure {
  return new Failure('unreachable', 'unreachable', error, warning)
}

/** A local daemon that was started and ended at once: trying again would only start it again. */
export function neverStarted(error: string): Failure {
  return new Failure('unreachable', 'daemon_not_started', error, 'See: ewallet daemon logs')
}

/** The success among an answer's two kinds; a refusal ends the command. */
export function granted<Success extends object>(answer: Success | Refusal): Success {
  if (isRefusal(answer)) throw new Refused(answer)
  return answer as Success
}

/** Tells a person, or with --json a program, how a command failed; returns the exit code. */
export async function reportFailure(
  terminal: Terminal,
  style: Style,
  error: unknown,
  verbose = false,
): Promise<number> {
  if (error instanceof Interrupted) return error.exitCode
  if (error instanceof Refused) {
    const { printRefusal } = await import('./output/print.ts')
    await printRefusal(terminal, style, error.refusal)
    const code = (refusals as Record<string, { exit: Exit } | undefined>)[error.refusal.code]
    return exitCodes[code?.exit ?? 'fault']
  }
  const failure = error instanceof Failure ? error : new Failure('fault', 'fault', sentenceOf(error))
  if (style.format === 'json' || style.format === 'ndjson') {
    const { code, message, warning } = failure
    terminal.stderr.write(`${JSON.stringify({ failed: true, code, error: message, warning })}\n`)
  } else {
    const { visible } = await import('./output/sanitise.ts')
    terminal.stderr.write(`${visible(failure.message)}\n`)
    if (failure.warning) terminal.stderr.write(`${visible(failure.warning)}\n`)
    if (verbose && error instanceof Error && failure.exit === 'fault') terminal.stderr.write(`${error.stack ?? ''}\n`)
  }
  return exitCodes[failure.exit]
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
