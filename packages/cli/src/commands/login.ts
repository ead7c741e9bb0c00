import { granted, misuse } from '../failure.ts'
import { currentPassword } from '../passwords.ts'
import type { Given, SpecialCommand } from './command.ts'

const options = [['--password-stdin', 'read the password from stdin']] as const

/** Logs an account in on this machine. */
export const login: SpecialCommand = {
  args: '[who]',
  options,
  examples: ['ewallet login ada@example.org', 'ewallet login ada --password-stdin < password.txt'],
  run: (given) => identify(given, 'client action login', 'ewallet login'),
}

/** Cancels the deletion of an account. */
export const recover: SpecialCommand = {
  args: '[who]',
  options,
  examples: ['ewallet account recover ada@example.org'],
  run: (given) => identify(given, 'client action recover account', 'ewallet account recover'),
}

async function identify(
  given: Given,
  path: 'client action login' | 'client action recover account',
  line: string,
): Promise<number> {
  const { args, options, terminal, prompts } = given
  const who = args[0] ?? (await askWho(given, line))
  const user_pass = await currentPassword({ terminal, prompts, fromStdin: options.passwordStdin === true })
  const person = who.includes('@') ? { user_email: who } : { user_name: who }
  const answer = granted(await given.link().say(path, { ...person, user_pass }))
  await given.answer(path, answer)
  return 0
}

async function askWho({ prompts }: Given, line: string): Promise<string> {
  if (!prompts.possible) throw misuse('Missing WHO, a name or an email.', `As in: ${line} ada@example.org`)
  return prompts.text('Name or email', (text) => (text === '' ? 'It is needed.' : undefined))
}
