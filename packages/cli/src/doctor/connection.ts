import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { isRefusal } from '@ewallet/protocol'
import { findDaemon } from '../daemon-start.ts'
import { versionHere } from '../installation.ts'
import type { Link } from '../link.ts'
import { isAlive } from '../process-identity.ts'
import type { Stage } from '../stage.ts'
import { type Finding, fine, problem, warning } from './finding.ts'

/** A daemon that is somewhere else takes no longer than this to answer a look. */
const PATIENCE_MS = 5_000
/** Sessions and timers bear a clock that is a little off. */
const SKEW_MAX_MS = 5_000
const CERTIFICATE_DAYS_MIN = 14
const DAY_MS = 86_400_000

/** Whether the daemon of this machine runs, and its address where it does. */
export async function lookForDaemon({ folders }: Stage): Promise<{ finding: Finding; url?: string }> {
  const file = join(folders.runtime, 'daemon.json')
  let daemon: Awaited<ReturnType<typeof findDaemon>>
  try {
    daemon = await findDaemon(folders)
  } catch (fault) {
    return { finding: problem('daemon', (fault as Error).message, `Remove ${file} if it is not yours.`) }
  }
  if (daemon) return { finding: fine('daemon', `Process ${daemon.pid} at ${daemon.url}.`), url: daemon.url }
  const pid = pidIn(file)
  if (pid === undefined && existsSync(file)) {
    const found = `${file} cannot be understood, so no daemon is found by it.`
    return { finding: problem('daemon', found, 'End the daemon if one runs (ps -C node), then remove the file.') }
  }
  if (pid === undefined) {
    return { finding: fine('daemon', 'None is running; the next command that needs one starts it.') }
  }
  if (isAlive(String(pid))) {
    const found = `Process ${pid} does not answer, though ${file} says it is the daemon.`
    return { finding: problem('daemon', found, `See ewallet daemon logs; if it hangs: kill ${pid}`) }
  }
  const found = `${file} is left from a daemon that was killed (process ${pid}).`
  return { finding: warning('daemon', found, 'Nothing is lost; the next command starts a daemon.') }
}

function pidIn(file: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: unknown }
    return typeof pid === 'number' ? pid : undefined
  } catch {
    return undefined
  }
}

/** Whether a daemon answers, goes by the same time, and is of the same version. */
export async function lookAtDaemon(url: string, now = Date.now): Promise<Finding[]> {
  const base = url.replace(/^ws/, 'http').replace(/\/$/, '')
  const asked = now()
  let response: Response
  try {
    response = await fetch(`${base}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch (fault) {
    const { cause } = fault as { cause?: { code?: string; message?: string } }
    const why = cause?.code ?? cause?.message ?? 'no answer in time'
    return [
      problem('answer', `${url} cannot be reached: ${why}.`, 'Is the address right, and the daemon running there?'),
    ]
  }
  const answered = now()
  const health = response.ok
    ? fine('answer', `${url} answers in ${answered - asked} ms.`)
    : problem(
        'answer',
        `${url} answers with status ${response.status}.`,
        'It may be stopping or overloaded: try again.',
      )
  return [health, ...skewOf(response, (asked + answered) / 2), ...(await lookAtVersion(base))]
}

function skewOf(response: Response, at: number): Finding[] {
  const told = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(told)) return []
  // The header has whole seconds.
  const skew = Math.abs(told + 500 - at)
  const found = `The daemon's clock and this one differ by ${Math.round(skew / 1_000)} s.`
  if (skew <= SKEW_MAX_MS) return [fine('clock', 'The daemon and this machine agree on the time.')]
  return [warning('clock', found, 'What is charged goes by the daemon; set the clock that is wrong, as with NTP.')]
}

async function lookAtVersion(base: string): Promise<Finding[]> {
  try {
    const response = await fetch(`${base}/openapi.json`, { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (!response.ok) return []
    const { info } = (await response.json()) as { info: { version: string } }
    const here = versionHere()
    if (info.version === here) return [fine('versions', `Both are ${here}.`)]
    return [
      warning(
        'versions',
        `The daemon is ${info.version}, this is ${here}.`,
        'On this machine: ewallet daemon stop, then ewallet daemon start.',
      ),
    ]
  } catch {
    // What does not tell its version is not asked twice.
    return []
  }
}

/** Whether a daemon beyond this machine is who it says, and for how long. */
export async function lookAtCertificate(url: string, now = Date.now()): Promise<Finding[]> {
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'wss:') return []
  return new Promise((resolve) => {
    const options = { host: hostname, port: Number(port || 443), servername: hostname, rejectUnauthorized: false }
    const socket = connectTls(options, () => {
      const { valid_to: until } = socket.getPeerCertificate()
      const days = Math.floor((Date.parse(until) - now) / DAY_MS)
      const { authorized, authorizationError } = socket
      socket.destroy()
      const advice = 'Ask whoever runs the daemon for a certificate that fits.'
      if (!authorized) return resolve([problem('certificate', `It is not trusted: ${authorizationError}.`, advice)])
      const found = `Trusted, and good for ${days} days.`
      resolve([days < CERTIFICATE_DAYS_MIN ? warning('certificate', found, advice) : fine('certificate', found)])
    })
    const end = () => {
      socket.destroy()
      resolve([])
    }
    // That it cannot be reached is told elsewhere.
    socket.setTimeout(PATIENCE_MS, end)
    socket.once('error', end)
  })
}

/** Whether somebody is logged in, and for how long. */
export async function lookAtSession(link: Link, isKnown: boolean): Promise<Finding> {
  const login = 'Log in with: ewallet login'
  if (!isKnown) return warning('session', 'Nobody ever logged in here.', 'Begin with: ewallet signup, or ewallet login')
  try {
    const answer = await link.say('client action view session', {})
    if (isRefusal(answer)) return warning('session', answer.error, login)
    const { session_user_account: account } = answer.session_data
    if (account === null) return warning('session', 'Nobody is logged in.', login)
    const hours = (Date.parse(answer.valid_to) - Date.now()) / 3_600_000
    return fine('session', `${account}, good for ${hours < 1 ? 'less than an hour' : `${Math.floor(hours)} h`} more.`)
  } catch (fault) {
    return problem('session', (fault as Error).message, 'See what is said of the daemon above.')
  }
}
