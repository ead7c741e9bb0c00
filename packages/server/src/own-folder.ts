import { chmodSync, mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { exitCodes } from '@ewallet/protocol'
import { lockFolder } from './store/lowdb/lock.ts'

/** Why the daemon does not start: one line for whoever started it, and the exit code. */
export class NotStarted extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** What is to be undone at the end, the last thing first. */
export type Ends = (() => Promise<unknown> | undefined)[]

/** Makes a folder this daemon's own, and gives back the folder where sockets can be made for it. */
export async function own(folder: string, ends: Ends): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700)
  const lock = await lockFolder(folder)
  if (lock === 'held') {
    throw new NotStarted(`another daemon${holderOf(folder)} runs with ${folder}.`, exitCodes.conflict)
  }
  const place = dirname(lock.socket)
  ends.push(async () => {
    await lock.release()
    if (basename(place) !== basename(folder)) removeIfEmpty(place)
  })
  return place
}

/** Removes the folder that stood in for one too deep for sockets, unless another daemon uses it already. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

function holderOf(folder: string): string {
  try {
    return ` (pid ${JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')).pid})`
  } catch {
    return ''
  }
}
