import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeFolder } from './folders.ts'
import { identityOf, isAlive } from './process-identity.ts'

/** Takes the lock of that path if nobody living holds it; returns how to give it back. */
export function tryLock(path: string): (() => void) | undefined {
  makeFolder(dirname(path))
  const own = `${identityOf(process.pid)} ${randomBytes(8).toString('hex')}`
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(temporary, own, { mode: 0o600, flag: 'wx' })
  try {
    if (link(temporary, path) || (retireDead(path) && link(temporary, path))) {
      return () => {
        if (contentOf(path) === own) rmSync(path, { force: true })
      }
    }
    return undefined
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Does the work while holding the lock, waiting for it at most so long; after that it goes on without. */
export async function withLock<T>(path: string, patienceMs: number, work: () => Promise<T>): Promise<T> {
  const until = Date.now() + patienceMs
  let release = tryLock(path)
  while (!release && Date.now() < until) {
    await pause(20 + Math.random() * 20)
    release = tryLock(path)
  }
  try {
    return await work()
  } finally {
    release?.()
  }
}

/** A link appears with its content or not at all, and only where nothing is. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw fault
  }
}

function retireDead(path: string): boolean {
  const held = contentOf(path)
  if (held === undefined) return true
  if (isAlive(held.split(' ')[0] ?? '')) return false
  const aside = `${path}.dead.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    renameSync(path, aside)
  } catch {
    return true
  }
  // Between the look and the move somebody living may have taken it: that lock goes back.
  const moved = contentOf(aside)
  if (moved !== held) link(aside, path)
  rmSync(aside, { force: true })
  return moved === held
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
