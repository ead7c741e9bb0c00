import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from './failure.ts'
import type { Folders } from './folders.ts'
import { withLock } from './lock-file.ts'
import { readPrivate, writePrivate } from './private-file.ts'
import { isAlive, shellIdentity } from './process-identity.ts'

/** What is kept about one context: how this machine is known to that daemon, and who logged in last. */
export interface Kept {
  clientId: string
  sessionToken: string
  /** The email of the account that was active last, by any shell. */
  account?: string
}

/** Client id, session token and account per context, in the state folder. */
export interface Keyring {
  read(context: string): Kept | undefined
  /**
   * Replaces the session that is worn out (none: there was none), one process at a time; whoever comes second gets what the first
   * obtained.
   */
  replace(context: string, worn: string | undefined, obtain: () => Promise<Kept>): Promise<Kept>
  /** Remembers who is active, for this shell and for shells that never logged in; undefined forgets. */
  remember(context: string, account: string | undefined): Promise<void>
  /** Who became active by this shell's last login, else by the last one of all. */
  accountHere(context: string): string | undefined
  /** Forgets a context. */
  remove(context: string): Promise<void>
}

interface Sessions {
  contexts: Record<string, Kept>
}

const LOCK_PATIENCE_MS = 10_000

/** Opens the keyring; nothing is created before there is something to keep. */
export function openKeyring(folders: Folders): Keyring {
  const file = join(folders.state, 'sessions.json')
  const lock = join(folders.state, 'sessions.lock')
  const shells = join(folders.state, 'shells')

  function load(): Sessions {
    refuseLooseFolder(folders.state)
    const text = readPrivate(file)
    if (text === undefined) return { contexts: {} }
    try {
      const { contexts } = JSON.parse(text) as Sessions
      if (typeof contexts === 'object' && contexts !== null) return { contexts }
    } catch {
      // Said below, as for JSON of another shape.
    }
    throw new Failure('input', 'keyring_invalid', `${file} cannot be understood.`, 'Remove it, and log in again.')
  }

  function keep(context: string, kept: Kept | undefined): void {
    const { [context]: _, ...others } = load().contexts
    const contexts = kept ? { ...others, [context]: kept } : others
    writePrivate(file, `${JSON.stringify({ contexts }, null, 2)}\n`)
  }

  function rememberHere(context: string, account: string | undefined): void {
    const own = join(shells, `${shellIdentity()}.json`)
    const { [context]: _, ...others } = accountsOf(own)
    mkdirSync(shells, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(shells)) {
      if (!isAlive(name.split('.')[0] ?? '')) rmSync(join(shells, name), { force: true })
    }
    writePrivate(own, JSON.stringify(account === undefined ? others : { ...others, [context]: account }))
  }

  return {
    read: (context) => load().contexts[context],
    replace: (context, worn, obtain) =>
      withLock(lock, LOCK_PATIENCE_MS, async () => {
        const present = load().contexts[context]
        if (present && present.sessionToken !== worn) return present
        const kept = await obtain()
        keep(context, kept)
        return kept
      }),
    remember: (context, account) =>
      withLock(lock, LOCK_PATIENCE_MS, async () => {
        rememberHere(context, account)
        const present = load().contexts[context]
        if (!present || present.account === account) return
        const { account: _, ...kept } = present
        keep(context, account === undefined ? kept : { ...kept, account })
      }),
    accountHere: (context) =>
      accountsOf(join(shells, `${shellIdentity()}.json`))[context] ?? load().contexts[context]?.account,
    remove: (context) => withLock(lock, LOCK_PATIENCE_MS, async () => keep(context, undefined)),
  }
}

/** The same keyring, read once: what other processes change meanwhile is seen when the daemon refuses a session. */
export function remembering(keyring: Keyring): Keyring {
  const kept = new Map<string, Kept | undefined>()
  const accounts = new Map<string, string | undefined>()
  const anew = <Done>(done: Promise<Done>): Promise<Done> =>
    done.finally(() => {
      kept.clear()
      accounts.clear()
    })
  return {
    read(context) {
      if (!kept.has(context)) kept.set(context, keyring.read(context))
      return kept.get(context)
    },
    accountHere(context) {
      if (!accounts.has(context)) accounts.set(context, keyring.accountHere(context))
      return accounts.get(context)
    },
    replace: (context, worn, obtain) => anew(keyring.replace(context, worn, obtain)),
    remember: (context, account) => anew(keyring.remember(context, account)),
    remove: (context) => anew(keyring.remove(context)),
  }
}

function accountsOf(file: string): Record<string, string> {
  return JSON.parse(readPrivate(file) ?? '{}') as Record<string, string>
}

/** A folder others may write to lets them put another file in the place of a private one. */
function refuseLooseFolder(folder: string): void {
  let mode: number
  try {
    mode = statSync(folder).mode
  } catch {
    return
  }
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  const octal = (mode & 0o777).toString(8).padStart(4, '0')
  throw new Failure(
    'permission',
    'folder_not_private',
    `${folder} can be entered by others (mode ${octal}).`,
    `No session was read from it. If nobody touched it: chmod 700 ${folder}`,
  )
}
