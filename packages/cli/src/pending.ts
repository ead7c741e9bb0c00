import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Path } from '@ewallet/protocol'
import type { Folders } from './folders.ts'
import { writePrivate } from './private-file.ts'
import { identityOf, isAlive } from './process-identity.ts'

/** A money command as far as two of them are identical. */
export interface MoneyCommand {
  context: string
  account: string | undefined
  path: Path
  request: Record<string, unknown>
}

/** A key that lies on the disk until its command is answered. */
export interface PendingKey {
  key: string
  answered(): void
  /** No answer came and none is waited for; an identical command may take the key up. */
  leave(): void
}

/** What is kept beside a key. */
export interface Kept extends MoneyCommand {
  key: string
  since: string
}

const TAKEN_UP_MS = 10 * 60_000
const FORGOTTEN_MS = 7 * 24 * 60 * 60_000
const LISTED_FOR_MS = 1_000

/** Where a link gets the keys of money commands. */
export interface KeySource {
  /** Makes a key and keeps it. */
  create(command: MoneyCommand): PendingKey | Promise<PendingKey>
  /** The latest identical command of the last 10 minutes that was left without an answer, and when it was given. */
  unanswered(command: MoneyCommand): { since: Date; takeUp(): PendingKey | undefined } | undefined
}

/** The keys of money commands, a file each in the state folder. */
export interface PendingKeys extends KeySource {
  create(command: MoneyCommand): PendingKey
  /** Everything left without an answer, oldest first. */
  list(): Kept[]
  /** Leaves a key that was made elsewhere for whoever gives its command again. */
  keep(kept: Kept): void
  /** The same as `unanswered` for many commands: what is left is listed once a second, keys that `isOwn` left out. */
  watch(isOwn: (key: string) => boolean): KeySource['unanswered']
}

/** Opens the folder of keys; `now` is told for the sake of tests. */
export function openPendingKeys(folders: Folders, now = Date.now): PendingKeys {
  const folder = join(folders.state, 'pending')
  const own = identityOf(process.pid)

  // The owner stands in the name, so that taking up a key is one rename that only one process can make.
  const nameOf = (digest: string, key: string) => `${digest}.${key}.${own}.json`

  function read(name: string): Kept | undefined {
    try {
      return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Kept
    } catch {
      return undefined
    }
  }

  function pendingKey(key: string, name: string): PendingKey {
    return {
      key,
      answered: () => rmSync(join(folder, name), { force: true }),
      leave: () => renameSync(join(folder, name), join(folder, name.replace(`.${own}.`, '.nobody.'))),
    }
  }

  function keep(kept: Kept): void {
    writePrivate(join(folder, `${digestOf(kept)}.${kept.key}.nobody.json`), `${JSON.stringify(kept)}\n`)
  }

  /** Makes files of what a script left unanswered when it ended. */
  function takeApartLogs(): void {
    for (const name of namesIn(folder)) {
      if (!name.endsWith('.log') || isAlive(name.split('.')[0] ?? '')) continue
      const mine = join(folder, `${own}.${randomUUID().slice(0, 8)}.log`)
      try {
        renameSync(join(folder, name), mine)
      } catch {
        // Another process was quicker.
        continue
      }
      for (const kept of unsettled(readFileSync(mine, 'utf8'))) keep(kept)
      rmSync(mine, { force: true })
    }
  }

  /** A command whose process lives is still being answered. */
  function left(): { name: string; kept: Kept }[] {
    const found: { name: string; kept: Kept }[] = []
    takeApartLogs()
    for (const name of namesIn(folder)) {
      if (!name.endsWith('.json')) continue
      const owner = name.split('.')[2] ?? ''
      if (owner === own || isAlive(owner)) continue
      const kept = read(name)
      if (!kept || now() - Date.parse(kept.since) > FORGOTTEN_MS) rmSync(join(folder, name), { force: true })
      else found.push({ name, kept })
    }
    return found.sort((one, other) => Date.parse(one.kept.since) - Date.parse(other.kept.since))
  }

  /** The latest of the same command that is young enough to be taken up. */
  function latestOf(among: readonly { name: string; kept: Kept }[], digest: string) {
    const latest = among
      .filter(({ name, kept }) => name.startsWith(`${digest}.`) && now() - Date.parse(kept.since) <= TAKEN_UP_MS)
      .at(-1)
    if (!latest) return undefined
    const { key, since } = latest.kept
    return {
      key,
      since: new Date(since),
      takeUp() {
        const name = nameOf(digest, key)
        try {
          renameSync(join(folder, latest.name), join(folder, name))
        } catch {
          // Another process was quicker; this one is a command of its own.
          return undefined
        }
        return pendingKey(key, name)
      },
    }
  }

  return {
    create(command) {
      const key = randomUUID()
      const name = nameOf(digestOf(command), key)
      const kept: Kept = { key, since: new Date(now()).toISOString(), ...command }
      writePrivate(join(folder, name), `${JSON.stringify(kept)}\n`)
      return pendingKey(key, name)
    },
    unanswered: (command) => latestOf(left(), digestOf(command)),
    watch(isOwn) {
      let listed: { name: string; kept: Kept }[] = []
      let listedAt = Number.NEGATIVE_INFINITY
      return (command) => {
        if (now() - listedAt >= LISTED_FOR_MS) {
          listed = left().filter(({ kept }) => !isOwn(kept.key))
          listedAt = now()
        }
        if (listed.length === 0) return undefined
        const latest = latestOf(listed, digestOf(command))
        if (!latest) return undefined
        const takeUp = () => {
          listed = listed.filter(({ kept }) => kept.key !== latest.key)
          return latest.takeUp()
        }
        return { since: latest.since, takeUp }
      }
    },
    list: () => left().map(({ kept }) => kept),
    keep,
  }
}

/** The keys of a log that it does not say are settled. */
function unsettled(log: string): Iterable<Kept> {
  const open = new Map<string, Kept>()
  for (const line of log.split('\n')) {
    try {
      const { settled, ...kept } = JSON.parse(line) as Kept & { settled?: string }
      if (settled === undefined) open.set(kept.key, kept)
      else open.delete(settled)
    } catch {
      // Nothing was sent before its line was whole.
    }
  }
  return open.values()
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw fault
  }
}

function digestOf({ context, account, path, request }: MoneyCommand): string {
  const fields = Object.entries(request).sort(([one], [other]) => (one < other ? -1 : 1))
  const text = JSON.stringify([context, account ?? null, path, fields])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** How long ago something was, in words: "3 minutes ago". */
export function agoOf(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000))
  if (seconds < 60) return `${seconds} second${seconds === 1 ? '' : 's'} ago`
  const minutes = Math.round(seconds / 60)
  return `${minutes} minute${minutes === 1 ? '' : 's'} ago`
}
