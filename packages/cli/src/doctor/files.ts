import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Failure } from '../failure.ts'
import type { Folders } from '../folders.ts'
import type { Keyring } from '../keyring.ts'
import { agoOf, type PendingKeys } from '../pending.ts'
import { settings as known, type Settings, variableOf } from '../settings.ts'
import { nearest } from '../spelling.ts'
import { linesOf } from '../words.ts'
import { type Finding, fine, problem, warning } from './finding.ts'

/** Whether the folders and the files in them are there, can be used, and by their owner alone. */
export function lookAtFolders(folders: Folders): Finding[] {
  const found = Object.entries(folders).flatMap(([name, folder]) => lookAtFolder(name, folder))
  const files = [join(folders.state, 'sessions.json'), join(folders.runtime, 'daemon.json')].flatMap(lookAtPrivateFile)
  const wrong = [...found, ...files]
  return wrong.length > 0 ? wrong : [fine('folders', `${[...new Set(Object.values(folders))].join(', ')}.`)]
}

function lookAtFolder(name: string, folder: string): Finding[] {
  const stats = statsOf(folder)
  if (!stats) return []
  const check = `${name} folder`
  if (!stats.isDirectory()) return [problem(check, `${folder} is no folder.`, 'Move it away.')]
  const wrong = strangerOf(check, folder, stats)
  if (wrong) return [wrong]
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0 && name !== 'config') {
    return [
      problem(check, `${folder} can be entered by others (mode ${octal(stats)}).`, `Close it: chmod 700 ${folder}`),
    ]
  }
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return [problem(check, `${folder} cannot be written.`, `Allow it: chmod u+rwx ${folder}`)]
  }
  return []
}

function lookAtPrivateFile(file: string): Finding[] {
  const stats = statsOf(file)
  if (!stats) return []
  const wrong = strangerOf('private files', file, stats)
  if (wrong) return [wrong]
  if (process.platform === 'win32' || (stats.mode & 0o077) === 0) return []
  return [
    problem(
      'private files',
      `${file} can be used by others (mode ${octal(stats)}), so it is not read.`,
      `If nobody touched it: chmod 600 ${file}`,
    ),
  ]
}

function strangerOf(check: string, path: string, { uid }: Stats): Finding | undefined {
  if (!process.getuid || uid === process.getuid()) return undefined
  return problem(check, `${path} belongs to another user.`, 'Was it made with sudo? Give it back with chown.')
}

function statsOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function octal({ mode }: Stats): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}

/** Whether the config file can be read at all. */
export function canBeRead(settings: Settings): boolean {
  try {
    settings.names()
    return true
  } catch {
    return false
  }
}

/** Whether the config file can be read, holds values that can be used, and says nothing nobody understands. */
export function lookAtConfig(settings: Settings): Finding[] {
  try {
    const names = known.flatMap(({ name }) => [name, variableOf(name)])
    const strange = settings.names().filter((name) => name !== 'contexts' && !names.includes(name))
    const found = [...known.flatMap(({ name }) => lookAtSetting(settings, name))]
    for (const name of strange) {
      const meant = nearest(name, names)
      const advice = meant ? `Did you mean ${meant}?` : 'See: ewallet config list'
      found.push(warning('settings', `${settings.file} sets "${name}", which is no setting.`, advice))
    }
    return found.length > 0 ? found : [fine('settings', `${settings.file}.`)]
  } catch (fault) {
    const { message, warning: advice } = fault as Failure
    return [problem('settings', message, `${advice ?? ''} No other command that reads it runs before.`.trim())]
  }
}

function lookAtSetting(settings: Settings, name: string): Finding[] {
  try {
    settings.get(name)
    return []
  } catch (fault) {
    const { message, warning: advice } = fault as Failure
    return [problem('settings', message, advice ?? 'See: ewallet config list --origin')]
  }
}

/** Whether what is kept of sessions can be understood. */
export function lookAtKeyring(keyring: Keyring): Finding[] {
  try {
    keyring.read('')
    return []
  } catch (fault) {
    const { code, message, warning: advice } = fault as Failure
    // Who else may use the file is told with the folders.
    return code === 'keyring_invalid' ? [problem('sessions', message, advice ?? '')] : []
  }
}

/** Whether money commands wait for somebody to give them again. */
export function lookAtPending(pending: PendingKeys, now = Date.now()): Finding[] {
  return pending.list().map(({ path, since }) => {
    const line = `ewallet ${linesOf(path)[0] ?? path}`
    return warning(
      'unanswered commands',
      `"${line}", given ${agoOf(now - Date.parse(since))}, was never answered.`,
      'Whether it was done is not known: see ewallet statement. Given again within 10 minutes, it is done once.',
    )
  })
}
