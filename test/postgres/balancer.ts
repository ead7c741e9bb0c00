import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { aHome } from '../process.ts'
import { freePort } from './server.ts'

const page = join(import.meta.dirname, '..', '..', 'docs', 'operations.md')

/** Why no haproxy runs here; undefined where one does. It is printed, for what is skipped is not tested. */
export function whyNoBalancer(): string | undefined {
  if (spawnSync('haproxy', ['-v']).status === 0) return undefined
  const reason = 'haproxy is not installed here (apt-get install haproxy)'
  process.stderr.write(`skipped: ${reason}\n`)
  return reason
}

/** The configuration that docs/operations.md publishes, for this machine: another port, and three others behind it. */
function published(port: number, behind: readonly number[]): string {
  const config = /```haproxy\n([\s\S]*?)```/.exec(readFileSync(page, 'utf8'))?.[1] ?? ''
  const here = behind.reduce(
    (text, each, place) => text.replace(`10.0.0.${place + 1}:7420`, `127.0.0.1:${each}`),
    config.replace('bind :7420', `bind 127.0.0.1:${port}`),
  )
  if (/7420|10\.0\.0/.test(here)) throw new Error(`Not all of the published configuration was understood: ${here}`)
  return here
}

/** Starts haproxy as the documentation tells, before programs on ports of this machine; gives where it is reached. */
export async function aBalancer(behind: readonly number[]): Promise<{ url: string; pid: number }> {
  const port = await freePort()
  const file = join(aHome(), 'haproxy.cfg')
  writeFileSync(file, published(port, behind))
  const child = spawn('haproxy', ['-db', '-f', file])
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { url: `ws://127.0.0.1:${port}`, pid: child.pid ?? 0 }
}
