import { exitCodes } from '@ewallet/protocol'
import { lookAtCertificate, lookAtDaemon, lookAtSession, lookForDaemon } from '../doctor/connection.ts'
import { canBeRead, lookAtConfig, lookAtFolders, lookAtKeyring, lookAtPending } from '../doctor/files.ts'
import type { Finding } from '../doctor/finding.ts'
import { problem, warning } from '../doctor/finding.ts'
import { lookAtDisk, lookAtNode, lookAtTerminal } from '../doctor/machine.ts'
import { installation, versionHere } from '../installation.ts'
import { paint } from '../output/colour.ts'
import { jsonText } from '../output/json.ts'
import { printRows } from '../output/print.ts'
import { visible } from '../output/sanitise.ts'
import { measureFor, wrap } from '../output/width.ts'
import type { Given, SpecialCommand } from './command.ts'

/** Looks for what may be wrong and says what to do about it. */
export const doctor: SpecialCommand = {
  mendsSettings: true,
  examples: ['ewallet doctor', 'ewallet doctor --json'],
  notes: `It looks at Node, the folders and who may read them, the settings, the daemon and its clock and version, the certificate,
the session, the disk and the terminal. It changes nothing and starts nothing. Exit 3 where something is in the way.`,
  async run(given) {
    const findings = await look(given)
    const isHealthy = findings.every(({ state }) => state !== 'problem')
    await tell(given, findings, isHealthy)
    return isHealthy ? 0 : exitCodes.no
  },
}

async function look({ stage, terminal, style, globals }: Given): Promise<readonly Finding[]> {
  const { folders, settings, pending } = stage
  const machine = [lookAtNode(), ...lookAtFolders(folders), ...lookAtConfig(settings), ...lookAtKeyring(stage.keyring)]
  const surroundings = [lookAtDisk(folders), lookAtTerminal(terminal, style.ascii)]
  const unanswered = await attempt('unanswered commands', () => lookAtPending(pending))
  const connection = await lookAtConnection(stage, globals)
  // What is in the way of several looks is told once.
  const news = connection.filter(({ found }) => machine.every((each) => each.found !== found))
  return [...machine, ...news, ...unanswered, ...surroundings]
}

async function lookAtConnection(stage: Given['stage'], globals: Given['globals']): Promise<readonly Finding[]> {
  return attempt('daemon', async () => {
    if (!canBeRead(stage.settings))
      return [warning('daemon', 'Not looked for: the settings tell where it is.', 'Mend them first.')]
    const { context, url } = stage.target(globals)
    const local = url === undefined ? await lookForDaemon(stage) : undefined
    const address = url ?? local?.url
    const found = local ? [local.finding] : []
    if (address === undefined) return found
    const link = stage.link({ ...globals, start: false, input: false, quiet: true, timeout: globals.timeout ?? '5' })
    const answers = await lookAtDaemon(address)
    const isThere = answers.every(({ check, state }) => check !== 'answer' || state === 'ok')
    const session = isThere
      ? await attempt('session', async () => [await lookAtSession(link, stage.keyring.read(context) !== undefined)])
      : []
    return [...found, ...answers, ...(await lookAtCertificate(address)), ...session]
  })
}

/** A look that fails is itself a finding. */
async function attempt(check: string, work: () => readonly Finding[] | Promise<readonly Finding[]>) {
  try {
    return await work()
  } catch (fault) {
    return [problem(check, (fault as Error).message, (fault as { warning?: string | null }).warning ?? '')]
  }
}

async function tell({ terminal, style, globals }: Given, findings: readonly Finding[], isHealthy: boolean) {
  const { stdout } = terminal
  if (style.format === 'json') {
    stdout.write(`${jsonText({ failed: false, version: versionHere(), healthy: isHealthy, checks: findings })}\n`)
    return
  }
  if (style.format === 'csv' || style.format === 'ndjson' || style.fields) {
    const columns = ['check', 'state', 'found', 'advice'].map((key) => ({ key }))
    await printRows(terminal, style, columns, findings as unknown as Record<string, unknown>[])
    return
  }
  const pen = await paint(stdout)
  const measure = await measureFor(JSON.stringify(findings))
  const marks = style.ascii ? { ok: 'ok', warning: '! ', problem: 'x ' } : { ok: '✓', warning: '!', problem: '✗' }
  const tints = { ok: 'green', warning: 'yellow', problem: 'red' } as const
  const gutter = Math.max(...findings.map(({ check }) => check.length))
  const indent = gutter + (style.ascii ? 5 : 4)
  const fold = (text: string) => wrap(visible(text), Math.max(20, stdout.columns - indent), measure)
  if (!globals.quiet) stdout.write(`${pen.dim(`ewallet ${versionHere()} in ${installation()}`)}\n`)
  for (const { check, state, found, advice } of findings) {
    if (globals.quiet && state === 'ok') continue
    const told = [...fold(found), ...(advice ? fold(advice).map((line) => pen.bold(line)) : [])]
    const [first = '', ...rest] = told
    stdout.write(`${pen[tints[state]](marks[state])} ${pen.dim(check.padEnd(gutter))}  ${first}\n`)
    for (const line of rest) stdout.write(`${' '.repeat(indent)}${line}\n`)
  }
}
