import { readFileSync } from 'node:fs'
import { misuse } from './failure.ts'
import type { Prompts } from './prompts.ts'
import type { Terminal } from './terminal.ts'

/** Where the passwords of one command line come from, in this order: stdin, if asked for, EWALLET_PASSWORD_FILE, a prompt. */
export interface PasswordSources {
  terminal: Terminal
  prompts: Prompts
  /** Whether --password-stdin was typed. */
  fromStdin: boolean
}

/** The password of an account that exists. */
export async function currentPassword(sources: PasswordSources, question = 'Password'): Promise<string> {
  const given = sources.fromStdin ? (await stdinLines(sources.terminal))[0] : fromFile(sources.terminal)
  if (given !== undefined) return given
  if (!sources.prompts.possible) throw missing()
  return sources.prompts.secret(question)
}

/** A password that is to be; at a terminal it is asked for twice. */
export async function newPassword({ terminal, prompts, fromStdin }: PasswordSources): Promise<string> {
  const given = fromStdin ? (await stdinLines(terminal))[0] : fromFile(terminal)
  if (given !== undefined) return given
  return askTwice(prompts)
}

/** Asks for a new password until both times it is the same. */
export async function askTwice(prompts: Prompts): Promise<string> {
  if (!prompts.possible) throw missing()
  let question = 'New password (8 characters or more, with a letter, a digit and a symbol)'
  for (;;) {
    const first = await prompts.secret(question)
    if (first === (await prompts.secret('The same again'))) return first
    question = 'They differ. New password'
  }
}

function missing() {
  return misuse('A password is needed.', 'Give it with --password-stdin, or name a file in EWALLET_PASSWORD_FILE.')
}

/** The password in the file that EWALLET_PASSWORD_FILE names. */
export function fromFile({ env }: Terminal): string | undefined {
  const file = env.EWALLET_PASSWORD_FILE
  if (!file) return undefined
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[0] ?? ''
  } catch (fault) {
    throw misuse(`EWALLET_PASSWORD_FILE cannot be read: ${(fault as Error).message}.`)
  }
}

/** The lines of stdin, for the secrets that come that way. */
export async function stdinLines({ stdin }: Terminal): Promise<string[]> {
  if (stdin.isTTY)
    throw misuse('Secrets are not read from a terminal as they would be seen.', 'Leave the flag out to be asked.')
  let text = ''
  stdin.setEncoding('utf8')
  for await (const piece of stdin) text += piece
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  if (lines.length === 0) throw misuse('There was nothing on stdin.')
  return lines
}
