import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Path } from '@ewallet/protocol'
import { type Folders, makeFolder } from '../folders.ts'
import { type KnownStatus, learned } from './known-status.ts'

type Contexts = Record<string, KnownStatus>

function fileOf(folders: Folders): string {
  return join(folders.state, 'status.json')
}

function readContexts(folders: Folders): Contexts {
  try {
    const value: unknown = JSON.parse(readFileSync(fileOf(folders), 'utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Contexts) : {}
  } catch {
    // What was not kept, or cannot be read, is not known.
    return {}
  }
}

/** What is known of a context without asking its daemon. */
export function readStatus(folders: Folders, context: string): KnownStatus {
  const known: unknown = readContexts(folders)[context]
  return typeof known === 'object' && known !== null ? (known as KnownStatus) : {}
}

/** Keeps what an answer of a context's daemon tells for `ewallet status`; a cache, so a failure to write is none of the command's. */
export function rememberStatus(
  folders: Folders,
  context: string,
  { path, request, answer }: { path: Path; request: object; answer: object },
  now = Date.now(),
): void {
  const contexts = readContexts(folders)
  const before = contexts[context] ?? {}
  const after = learned(before, path, request, answer, now)
  if (after === before) return
  const file = fileOf(folders)
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    makeFolder(folders.state)
    writeFileSync(temporary, JSON.stringify({ ...contexts, [context]: after }), { mode: 0o600, flag: 'wx' })
    renameSync(temporary, file)
  } catch {
    rmSync(temporary, { force: true })
  }
}
