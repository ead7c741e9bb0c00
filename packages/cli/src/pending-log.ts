import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Folders, makeFolder } from './folders.ts'
import type { Kept, KeySource, PendingKey, PendingKeys } from './pending.ts'
import { identityOf } from './process-identity.ts'

/** The keys of many money commands that are on their way at once. */
export interface PendingLog extends KeySource {
  /** Ends it; keys that were not answered stay for whoever gives the command again. */
  close(): Promise<void>
}

/**
 * Keeps the keys of a script in one file, where a single write makes many of them safe; a key of its own file costs a wait for the
 * disk each. Once the process is gone, what is unanswered in the file is left like any other key.
 */
export function openPendingLog(folders: Folders, keys: PendingKeys): PendingLog {
  const folder = join(folders.state, 'pending')
  const path = join(folder, `${identityOf(process.pid)}.${randomUUID().slice(0, 8)}.log`)
  const unanswered = new Set<string>()
  /** What this script itself leaves is not its own repetition: two lines alike are two commands. */
  const left = new Set<string>()
  let lines: string[] = []
  let settled: string[] = []
  let file: Promise<FileHandle> | undefined
  let handle: FileHandle | undefined
  let flushing: Promise<void> | undefined

  async function flush(): Promise<void> {
    // Whatever is added until the write before is on the disk goes together.
    await flushing
    flushing ??= write().finally(() => {
      flushing = undefined
    })
    await flushing
  }

  async function write(): Promise<void> {
    if (!file) makeFolder(folder)
    file ??= open(path, 'ax', 0o600)
    handle = await file
    const text = lines.join('')
    if (text === '') return
    lines = []
    await handle.appendFile(text)
    await handle.datasync()
  }

  /** Writes down what is settled at once, that a script which is killed is not told again what it was told; need not wait for the disk. */
  function writeSettled(): void {
    const text = settled.join('')
    settled = []
    if (handle && text !== '') writeSync(handle.fd, text)
  }

  function pendingKey(kept: Kept): PendingKey {
    const settle = () => {
      unanswered.delete(kept.key)
      if (settled.length === 0) queueMicrotask(writeSettled)
      settled.push(`{"settled":"${kept.key}"}\n`)
    }
    return {
      key: kept.key,
      answered: settle,
      leave() {
        keys.keep(kept)
        left.add(kept.key)
        settle()
      },
    }
  }

  return {
    async create(command) {
      const kept: Kept = { key: randomUUID(), since: new Date().toISOString(), ...command }
      unanswered.add(kept.key)
      lines.push(`${JSON.stringify(kept)}\n`)
      await flush()
      return pendingKey(kept)
    },
    unanswered: keys.watch((key) => left.has(key)),
    async close() {
      await flushing
      if (!file) return
      writeSettled()
      await (await file).close()
      handle = undefined
      if (unanswered.size === 0) await rm(path, { force: true })
    },
  }
}
