import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Folders } from '../folders.ts'
import { installation } from '../installation.ts'
import type { Terminal } from '../terminal.ts'
import { type Finding, fine, problem, warning } from './finding.ts'

const MIB = 1_048_576
/** A journal that cannot grow stops all writing. */
const DISK_MIN = 100 * MIB
const DISK_EASY = 1_024 * MIB

/** Whether node is new enough. */
export function lookAtNode(running = process.versions.node): Finding {
  const { engines } = JSON.parse(readFileSync(join(installation(), 'package.json'), 'utf8')) as {
    engines: { node: string }
  }
  const wanted = engines.node.replace(/^>=/, '')
  if (isBefore(running, wanted)) {
    return problem('node', `Node ${running} is too old; ewallet needs ${wanted} or later.`, 'Install a newer Node.')
  }
  return fine('node', `Node ${running}.`)
}

function isBefore(one: string, other: string): boolean {
  const parts = other.split('.').map(Number)
  for (const [index, part] of one.split('.').map(Number).entries()) {
    const wanted = parts[index] ?? 0
    if (part !== wanted) return part < wanted
  }
  return false
}

/** Whether there is room where the daemon keeps its store. */
export function lookAtDisk({ data }: Folders): Finding {
  let folder = data
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const found = `${sizeOf(free)} free in ${folder}.`
  const advice = 'Make room: the daemon stops writing when the disk is full, and loses nothing.'
  if (free < DISK_MIN) return problem('disk', found, advice)
  return free < DISK_EASY ? warning('disk', found, advice) : fine('disk', found)
}

function sizeOf(bytes: number): string {
  return bytes < 10_240 * MIB ? `${Math.floor(bytes / MIB)} MiB` : `${Math.floor(bytes / MIB / 1_024)} GiB`
}

/** Whether the terminal can show what is drawn. */
export function lookAtTerminal({ env, stdout }: Terminal, ascii: boolean): Finding {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  const size = stdout.isTerminal ? `${stdout.columns} columns` : 'no terminal'
  const found = `${env.TERM || 'TERM is not set'}, ${size}, locale ${locale || 'not set'}, ${stdout.colour ? 'colour' : 'no colour'}.`
  if (!/utf-?8/i.test(locale) && !ascii) {
    return warning(
      'terminal',
      found,
      'Borders and bars may look broken: set LANG to a UTF-8 locale, or: ewallet config set ascii true.',
    )
  }
  if (stdout.isTerminal && stdout.columns < 40)
    return warning('terminal', found, 'Make the window wider: 60 columns are enough.')
  return fine('terminal', found)
}
