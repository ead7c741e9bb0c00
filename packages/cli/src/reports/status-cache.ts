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

/** What answers tell of the timer and the credits, kept for `ewallet status`. */
export interface StatusMemory {
  /** Hears an answer of a context's daemon. */
  hear(context: string, path: Path, request: object, answer: object): void
  /** Writes what is not written yet. */
  keep(): void
}

/** How long what was heard may wait for the disk: thousands of answers a second are one write. */
const KEPT_WITHIN_MS = 250

/** Opens the memory of one process; a cache, so a failure to write is none of the command's. */
export function openStatusMemory(folders: Folders, now = Date.now): StatusMemory {
  const heard = new Map<string, KnownStatus>()
  let keeping: NodeJS.Timeout | undefined

  function keep(): void {
    clearTimeout(keeping)
    keeping = undefined
    if (heard.size === 0) return
    write(folders, { ...readContexts(folders), ...Object.fromEntries(heard) })
    // Other processes hear answers too; what comes next builds on what they kept.
    heard.clear()
  }

  return {
    hear(context, path, request, answer) {
      const before = heard.get(context) ?? readStatus(folders, context)
      const after = learned(before, path, request, answer, now())
      if (after === before) return
      heard.set(context, after)
      keeping ??= setTimeout(keep, KEPT_WITHIN_MS).unref()
    },
    keep,
  }
}

function write(folders: Folders, contexts: Contexts): void {
  const file = fileOf(folders)
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    makeFolder(folders.state)
    writeFileSync(temporary, JSON.stringify(contexts), { mode: 0o600, flag: 'wx' })
    renameSync(temporary, file)
  } catch {
    rmSync(temporary, { force: true })
  }
}
