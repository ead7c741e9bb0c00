import type { Request } from '@ewallet/protocol'
import { granted, misuse } from '../failure.ts'
import { askTwice, currentPassword, fromFile, stdinLines } from '../passwords.ts'
import type { Given, SpecialCommand } from './command.ts'

const path = 'client action edit account'

const plain = { name: 'user_name', email: 'user_email', phone: 'user_phone', alias: 'user_alias' } as const

/** Changes the account; a new password or email needs the current password. */
export const accountEdit: SpecialCommand = {
  options: [
    ['--name <text>', 'another name to log in by'],
    ['--email <text>', 'another email; asks for the current password'],
    ['--phone <text>', 'another phone number'],
    ['--alias <text>', 'another name to show'],
    ['--password', 'ask for a new password, without echo'],
    ['--password-stdin', 'read the new password from stdin; the current one from its second line, or else as ever'],
    ['--current-password-stdin', 'read the current password from stdin'],
  ],
  examples: ['ewallet account edit --alias Countess', 'ewallet account edit --password'],
  dryRun: true,
  async run(given) {
    const request = await requestOf(given)
    if (Object.keys(request).length === 0) {
      throw misuse('Nothing to change was named.', 'Name it with --name, --email, --phone, --alias or --password.')
    }
    const extras = given.globals.dryRun ? { dryRun: true } : {}
    const answer = granted(await given.link().say(path, request, extras))
    await given.answer(path, answer)
    return 0
  },
}

async function requestOf(given: Given): Promise<Request<typeof path>> {
  const { options, terminal, prompts } = given
  const request: Request<typeof path> = {}
  for (const [flag, field] of Object.entries(plain)) {
    const typed = options[flag]
    if (typeof typed === 'string') request[field] = typed
  }
  const changesPassword = options.password === true || options.passwordStdin === true
  if (!changesPassword && request.user_email === undefined) return request

  const lines = options.passwordStdin || options.currentPasswordStdin ? await stdinLines(terminal) : []
  const next = options.passwordStdin ? lines.shift() : undefined
  const current = lines.shift() ?? fromFile(terminal)
  request.current_pass = current ?? (await currentPassword({ terminal, prompts, fromStdin: false }, 'Current password'))
  if (changesPassword) request.user_pass = next ?? (await askTwice(prompts))
  return request
}
