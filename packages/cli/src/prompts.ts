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
  /** Asks for one of several things. */
  choose<Value extends string>(question: string, choices: readonly Choice<Value>[]): Promise<Value>
}

/** One of several things, and how it is told. */
export interface Choice<Value extends string> {
  value: Value
  name: string
}

const never = (): Promise<never> => Promise.reject(new Error('Nobody can be asked here.'))

/** Where nobody can be asked. */
export const noPrompts: Prompts = { possible: false, text: never, secret: never, confirm: never, choose: never }

/** Prompts on a terminal; none where stdin or stderr is not one. */
export function promptsOf(terminal: Terminal): Prompts {
  if (!terminal.stdin.isTTY || !terminal.stderr.isTerminal) return noPrompts
  return {
    possible: true,
    async text(message, check) {
      const validate = (text: string) => check?.(text.trim()) ?? true
      return (await ask<string>(terminal, { type: 'input', message, validate })).trim()
    },
    secret: (message) => ask<string>(terminal, { type: 'password', message, mask: false, toggleMask: false }),
    confirm: (message, preset = false) => ask<boolean>(terminal, { type: 'confirm', message, default: preset }),
    choose: (message, choices) => ask(terminal, { type: 'select', message, choices }),
  }
}

async function ask<Value>({ env }: Terminal, question: object): Promise<Value> {
  const [{ default: inquirer }, { colourFor }] = await Promise.all([import('inquirer'), import('./output/colour.ts')])
  const theme = colourFor(true, env, 'auto') ? {} : { theme: uncoloured }
  const prompt = inquirer.createPromptModule({ output: process.stderr })
  try {
    const answers: { value?: unknown } = await prompt([{ ...question, ...theme, name: 'value' }] as never)
    return answers.value as Value
  } catch (fault) {
    if (fault instanceof Error && fault.name === 'ExitPromptError') throw new Interrupted()
    throw fault
  }
}

const asItIs = (text: string) => text
const inked = ['answer', 'message', 'error', 'help', 'highlight', 'key', 'defaultAnswer']
const uncoloured = {
  prefix: { idle: '?', done: '?' },
  style: Object.fromEntries(inked.map((name) => [name, asItIs])),
}
