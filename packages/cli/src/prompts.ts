import { Interrupted } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** Asks a person; what is asked appears on stderr. */
export interface Prompts {
  /** False where nobody can be asked; then nothing here may be called. */
  possible: boolean
  /** Asks for a line; `check` returns what is wrong with it. */
  text(question: string, check?: (text: string) => string | undefined): Promise<string>
  /** Asks for a secret, without echo. */
  secret(question: string): Promise<string>
  confirm(question: string, preset?: boolean): Promise<boolean>
}

const never = (): Promise<never> => Promise.reject(new Error('Nobody can be asked here.'))

/** Where nobody can be asked. */
export const noPrompts: Prompts = { possible: false, text: never, secret: never, confirm: never }

/** Prompts on a terminal; none where stdin or stderr is not one. */
export function promptsOf(terminal: Terminal): Prompts {
  if (!terminal.stdin.isTTY || !terminal.stderr.isTerminal) return noPrompts
  return {
    possible: true,
    text: (message, check) =>
      ask<string>({ type: 'input', message, validate: (text: string) => check?.(text.trim()) ?? true }).then((text) =>
        text.trim(),
      ),
    secret: (message) => ask<string>({ type: 'password', message, mask: false }),
    confirm: (message, preset = false) => ask<boolean>({ type: 'confirm', message, default: preset }),
  }
}

async function ask<Value>(question: object): Promise<Value> {
  const { default: inquirer } = await import('inquirer')
  const prompt = inquirer.createPromptModule({ output: process.stderr })
  try {
    const answers: { value?: unknown } = await prompt([{ ...question, name: 'value' }] as never)
    return answers.value as Value
  } catch (fault) {
    if (fault instanceof Error && fault.name === 'ExitPromptError') throw new Interrupted()
    throw fault
  }
}
