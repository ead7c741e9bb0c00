import type { Request } from '@ewallet/protocol'
import { granted, misuse } from '../failure.ts'
import { newPassword } from '../passwords.ts'
import type { Given, SpecialCommand } from './command.ts'

const path = 'client action new account'

/** Opens an account and logs in. */
export const signup: SpecialCommand = {
  options: [
    ['--name <text>', 'the name to log in by'],
    ['--email <text>', 'the email others reach the account by'],
    ['--phone <text>', 'a phone number'],
    ['--alias <text>', 'another name to show'],
    ['--license <version>', 'the version of the licence that is accepted'],
    ['--password-stdin', 'read the password from stdin'],
    ['--no-login', 'do not log in afterwards'],
  ],
  examples: ['ewallet signup', 'ewallet signup --name ada --email ada@example.org --password-stdin < password.txt'],
  async run(given) {
    const { options, globals, terminal, prompts } = given
    const user_name = await typedOrAsked(given, 'name', 'Name')
    const user_email = await typedOrAsked(given, 'email', 'Email')
    const user_pass = await newPassword({ terminal, prompts, fromStdin: options.passwordStdin === true })
    const request: Request<typeof path> = { user_name, user_email, user_pass }
    if (typeof options.phone === 'string') request.user_phone = options.phone
    if (typeof options.alias === 'string') request.user_alias = options.alias
    if (typeof options.license === 'string') request.license = options.license

    const link = given.link()
    const opened = granted(await link.say(path, request))
    if (options.login !== false) {
      granted(await link.say('client action login', { user_email, user_pass }))
    }
    await given.answer(path, opened)
    if (options.login !== false && !globals.json) given.say(`Logged in as ${opened.account}.`)
    return 0
  },
}

async function typedOrAsked({ options, prompts }: Given, name: string, question: string): Promise<string> {
  const typed = options[name]
  if (typeof typed === 'string') return typed
  if (!prompts.possible) throw misuse(`Missing --${name}.`, 'See: ewallet signup --help')
  return prompts.text(question, (text) => (text === '' ? 'It is needed.' : undefined))
}
