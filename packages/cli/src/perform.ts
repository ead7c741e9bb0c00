import { type Answer, declarationOf, isRefusal, type Path, type Request, usageOf } from '@ewallet/protocol'
import { coloured } from './coloured.ts'
import type { Given } from './commands/command.ts'
import { Failure, misuse, Refused } from './failure.ts'
import { type Field, fieldsOf, place, readTyped, shownAs } from './fields.ts'
import { type Globals, styleOf } from './globals.ts'
import { visible } from './output/sanitise.ts'
import { currentPassword, stdinLines } from './passwords.ts'
import { missingFields, type Spoken, secretLabel } from './program.ts'
import type { Prompts } from './prompts.ts'
import { type Settings, usableSettings } from './settings.ts'
import { promptsFor, type Stage } from './stage.ts'
import { linesOf } from './words.ts'

/** Does one understood command line and returns its exit code. */
export async function perform(stage: Stage, spoken: Spoken): Promise<number> {
  if ('command' in spoken) {
    const { command, args, options, globals } = spoken
    const settings = command.mendsSettings ? usableSettings(stage.settings) : stage.settings
    return command.run({ ...(await givenFor(stage, globals, command.outputs, settings)), args, options })
  }
  const { path, request, secrets, all, globals } = spoken
  const given = await givenFor(stage, globals)
  await ask(given, path, request, secrets)
  return instruct(given, path, request, all)
}

/** Says one instruction and prints its answer, every page of it if asked to. */
export async function instruct(
  given: Given,
  path: Path,
  request: Record<string, unknown>,
  all = false,
): Promise<number> {
  await clear(given, path, request)
  return tell(given, path, await said(given, path, request, all))
}

/** Makes sure before anything is said that its answer can be shown as asked for, and that a deletion is meant. */
export async function clear({ style, globals, prompts }: Given, path: Path, request: object): Promise<void> {
  if (style.fields) {
    const { checkFields } = await import('./output/fields.ts')
    checkFields(path, style.fields)
  }
  if (deletes(path) && !globals.yes && !globals.dryRun) await confirmed(prompts, path, request)
}

/** Says one instruction. */
export function said(given: Given, path: Path, request: Record<string, unknown>, all = false): Promise<Answer<Path>> {
  if (all) return everyPage(given, path, request)
  return given.link().say(path, request as Request<Path>, given.globals.dryRun ? { dryRun: true } : {})
}

/** Prints the answer to an instruction; a refusal is thrown. */
export async function tell(given: Given, path: Path, answer: Answer<Path>): Promise<number> {
  if (isRefusal(answer)) throw new Refused(answer)
  if (given.globals.dryRun) given.say('A dry run: this is what would come of it, and nothing was kept.')
  await given.answer(path, answer)
  return 0
}

/** What a command line works with. */
export async function givenFor(
  stage: Stage,
  globals: Globals,
  outputs?: readonly string[],
  settings: Pick<Settings, 'get'> = stage.settings,
): Promise<Given> {
  const terminal = coloured(stage.terminal, globals.color ?? settings.get('color').value)
  const style = styleOf(globals, settings, terminal, outputs)
  return {
    stage,
    terminal,
    style,
    globals,
    args: [],
    options: {},
    prompts: promptsFor(globals, { prompts: stage.prompts, settings }),
    link: () => stage.link(globals),
    say(sentence) {
      if (!globals.quiet) terminal.stderr.write(`${visible(sentence, '\n')}\n`)
    },
    async answer(path, response) {
      const { print } = await import('./output/print.ts')
      const paged = globals.input && terminal.stdin.isTTY
      await print(terminal, style, path, response, { quiet: globals.quiet, paged })
    },
  }
}

async function everyPage(given: Given, path: Path, request: Record<string, unknown>) {
  const { listingOf } = await import('./views/views.ts')
  const key = listingOf(path)?.key ?? 'records'
  const rows: unknown[] = []
  let cursor = request.cursor
  for (;;) {
    const asked = { limit: 1_000, ...request, ...(cursor !== undefined && { cursor }) }
    const answer = await given.link().say(path, asked as Request<Path>)
    if (isRefusal(answer)) return answer
    const page = answer as unknown as Record<string, unknown>
    rows.push(...(page[key] as unknown[]))
    if (page.cursor === null) return { ...page, [key]: rows } as unknown as typeof answer
    cursor = page.cursor
  }
}

/** Asks for what was not typed; where nobody can be asked, it ends the command naming it. */
export async function ask(
  given: Given,
  path: Path,
  request: Record<string, unknown>,
  secrets: Record<string, 'prompt' | 'stdin'>,
): Promise<void> {
  await fillIdentity(given, path, request)
  const missing = missingFields(path, request)
  if (missing.length > 0) {
    if (!given.prompts.possible) {
      throw misuse(`Missing ${missing.map(shownAs).join(' and ')}.`, `See: ewallet ${linesOf(path)[0]} --help`)
    }
    for (const field of missing) place(request, field, await askField(given.prompts, field))
  }
  for (const field of fieldsOf(path)) {
    if (!field.usage.secret || request[field.name] !== undefined) continue
    const from = secrets[field.name] ?? (field.required ? 'prompt' : undefined)
    if (from) request[field.name] = await secretOf(given, field, from)
  }
}

/** What is asked about client ids and tokens is about one's own, unless typed. */
async function fillIdentity(given: Given, path: Path, request: Record<string, unknown>): Promise<void> {
  const { fields } = usageOf(path)
  if (declarationOf(path).access === 'system' || !('client_id' in fields) || request.client_id !== undefined) return
  const { clientId, sessionToken } = await given.link().identity()
  request.client_id = clientId
  if ('session_token' in fields) request.session_token = sessionToken
}

async function askField(prompts: Prompts, field: Field): Promise<unknown> {
  const words = field.label.toLowerCase().replaceAll('-', ' ')
  const label = `${words.charAt(0).toUpperCase()}${words.slice(1)}`
  const check = (text: string) => {
    if (text === '') return 'It is needed.'
    try {
      readTyped(field, text)
      return undefined
    } catch (fault) {
      return (fault as Error).message.replace(shownAs(field), label)
    }
  }
  return readTyped(field, await prompts.text(label, check))
}

async function secretOf({ terminal, prompts }: Given, field: Field, from: 'prompt' | 'stdin'): Promise<string> {
  const label = secretLabel(field)
  if (label.endsWith('password')) return currentPassword({ terminal, prompts, fromStdin: from === 'stdin' })
  if (from === 'stdin') return (await stdinLines(terminal))[0] ?? ''
  if (!prompts.possible) throw misuse(`Missing --${label}-stdin.`)
  return prompts.secret(label.charAt(0).toUpperCase() + label.slice(1).replaceAll('-', ' '))
}

/** Whether an instruction is typed with the word delete. */
export function deletes(path: Path): boolean {
  return linesOf(path).some((line) => line.endsWith(' delete'))
}

async function confirmed(prompts: Prompts, path: Path, request: object): Promise<void> {
  const line = ['ewallet', linesOf(path)[0], ...Object.values(request).map(String)].join(' ')
  if (!prompts.possible) throw misuse(`"${line}" needs a confirmation.`, 'Say --yes.')
  if (await prompts.confirm(`${declarationOf(path).summary} Go on?`)) return
  throw new Failure('no', 'declined', 'Nothing was done.')
}
