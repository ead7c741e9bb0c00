import { type Answer, declarationOf, isRefusal, type Path } from '@ewallet/protocol'
import { forgetCompletions } from './completion-cache.ts'
import { misuse, unreachable } from './failure.ts'
import { type Folders, foldersOf } from './folders.ts'
import { type Globals, timeoutOf } from './globals.ts'
import { type Keyring, openKeyring, remembering } from './keyring.ts'
import { type Link, openLink } from './link.ts'
import { type KeySource, openPendingKeys, type PendingKeys } from './pending.ts'
import { noPrompts, type Prompts, promptsOf } from './prompts.ts'
import { openStatusMemory } from './reports/status-cache.ts'
import { readSettings, type Settings } from './settings.ts'
import { nearest } from './spelling.ts'
import type { Terminal } from './terminal.ts'

/** What stays the same from one command line to the next. */
export interface Stage {
  terminal: Terminal
  folders: Folders
  settings: Settings
  keyring: Keyring
  pending: PendingKeys
  prompts: Prompts
  /** Hears every answer. */
  heard?: Heard
  /** The name under which the daemon of a command line is known, and its address where it is not the local one. */
  target(globals: Globals): { context: string; url?: string }
  /** The way to the daemon a command line means. */
  link(globals: Globals): Link
  close(): void
}

/** The context of the daemon on this machine that needs no address. */
export const LOCAL = 'local'

/** What a stage may have besides a terminal. */
export interface StageParts {
  /** Where the keys of money commands are kept; in files of their own unless told otherwise. */
  keys?: KeySource
  /** Whether many command lines are run in a row, so that sessions are not read from their file for each. */
  isScript?: boolean
  /** Hears every answer, with what was said and to which daemon. */
  heard?: Heard | undefined
}

/** Hears an answer, with what was said and in which context. */
export type Heard = (context: string, path: Path, request: object, answer: Answer<Path>) => void

/** Sets up what commands work with; nothing is created or connected. */
export function openStage(terminal: Terminal, parts: StageParts = {}): Stage {
  const folders = foldersOf(terminal.env)
  const settings = readSettings(folders, terminal.env)
  const keyring = parts.isScript ? remembering(openKeyring(folders)) : openKeyring(folders)
  const pending = openPendingKeys(folders)
  const links = new Map<string, Link>()
  const known = openStatusMemory(folders)
  let isChanged = false

  function target({ context, url }: Globals): { context: string; url?: string } {
    const set = settings.get('url')
    const address = url ?? (context === undefined ? set.value : '')
    if (address) return { context: nameOf(checkUrl(address, settings), settings.contexts), url: address }
    const name = context ?? settings.get('context').value
    if (name === LOCAL) return { context: LOCAL }
    const known = settings.contexts[name]
    if (known) return { context: name, url: checkUrl(known, settings) }
    const meant = nearest(name, [LOCAL, ...Object.keys(settings.contexts)])
    throw misuse(`There is no context "${name}".`, meant ? `Did you mean ${meant}?` : 'See: ewallet context list')
  }

  async function localDaemon(globals: Globals) {
    const { findDaemon, startDaemon } = await import('./daemon-start.ts')
    const mayStart = globals.start && settings.get('start').value === 'true'
    if (mayStart) {
      const timeoutMs = timeoutOf(globals, settings)
      return (await startDaemon(folders, { env: terminal.env, timeoutMs })).daemon
    }
    const daemon = await findDaemon(folders)
    if (!daemon) throw unreachable('No daemon is running.', 'Start it with: ewallet daemon start')
    return daemon
  }

  const stage: Stage = {
    terminal,
    folders,
    settings,
    keyring,
    pending,
    prompts: promptsOf(terminal),
    ...(parts.heard && { heard: parts.heard }),
    target,
    link(globals) {
      const { context, url } = target(globals)
      const { timeout, as, again, start, input, yes, quiet } = globals
      // Lines that mean the same share a connection.
      const key = JSON.stringify([context, url, timeout, as, again, start, input, yes, quiet])
      const before = links.get(key)
      if (before && !before.isClosed) return before
      const prompts = promptsFor(globals, stage)
      const link = openLink({
        context,
        locate: async () => url ?? (await localDaemon(globals)).url,
        isLocal: url === undefined,
        locateAdmin: async () => {
          if (url) throw misuse('System instructions are for the daemon on this machine only.')
          return (await localDaemon({ ...globals, start: false })).admin
        },
        keyring,
        pending: parts.keys ?? pending,
        timeoutMs: timeoutOf(globals, settings),
        as: globals.as,
        again: globals.again,
        heard(path, request, answer) {
          known.hear(context, path, request, answer)
          if (declarationOf(path).changes && !isRefusal(answer)) isChanged = true
          stage.heard?.(context, path, request, answer)
        },
        say: (sentence) => {
          if (!globals.quiet) terminal.stderr.write(`${sentence}\n`)
        },
        repeats: async (question) => !prompts.possible || globals.yes || prompts.confirm(question, true),
      })
      links.set(key, link)
      return link
    },
    close() {
      for (const link of links.values()) link.close()
      links.clear()
      known.keep()
      if (isChanged) forgetCompletions(folders)
    },
  }
  return stage
}

/** Who may be asked on a command line. */
export function promptsFor(
  { input }: Globals,
  { prompts, settings }: { prompts: Prompts; settings: Pick<Settings, 'get'> },
): Prompts {
  return input && settings.get('input').value === 'true' ? prompts : noPrompts
}

/** Checks the address of a daemon: a WebSocket one, and one that no password can be overheard on. */
export function checkUrl(url: string, settings: Settings): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw misuse(`"${url}" is no address of a daemon.`, 'Write it as ws://127.0.0.1:7420 or wss://wallet.example.org.')
  }
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw misuse(`A daemon's address begins with ws:// or wss://, not ${parsed.protocol}//.`)
  }
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(parsed.hostname)
  const insecure = settings.get('insecure').value.toLowerCase()
  if (parsed.protocol === 'ws:' && !loopback && !['1', 'true', 'yes'].includes(insecure)) {
    throw misuse(
      `Passwords and tokens would travel to ${parsed.hostname} in the clear.`,
      'Use wss://, or set EWALLET_INSECURE=1 where the way there is safe.',
    )
  }
  return url
}

/** The context an address has a name for, else the address itself. */
function nameOf(url: string, contexts: Readonly<Record<string, string>>): string {
  return Object.entries(contexts).find(([, known]) => known === url)?.[0] ?? url
}
