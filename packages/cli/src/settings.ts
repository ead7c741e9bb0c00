import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, misuse } from './failure.ts'
import type { Folders } from './folders.ts'
import { writePrivate } from './private-file.ts'
import { nearest } from './spelling.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** One setting: its name in the config file; in the environment it is EWALLET_ and the name in capitals. */
interface Setting {
  name: string
  says: string
  default: string
  among?: readonly string[]
  /** Read by the daemon, not by the terminal. */
  daemon?: true
}

const daemon = (name: string, preset: string, says: string): Setting => ({ name, default: preset, says, daemon: true })

/** Every setting there is; decisions.md lists those of the daemon. */
export const settings: readonly Setting[] = [
  { name: 'context', default: 'local', says: 'which daemon is spoken to' },
  { name: 'url', default: '', says: 'the address of a daemon, in place of a context' },
  { name: 'output', default: '', says: 'how answers look', among: ['table', 'plain', 'json', 'ndjson', 'csv'] },
  { name: 'color', default: 'auto', says: 'when colour is written', among: ['auto', 'always', 'never'] },
  { name: 'ascii', default: 'false', says: 'draw with ASCII only', among: ['true', 'false'] },
  { name: 'tz', default: '', says: 'the time zone of times shown' },
  { name: 'timeout', default: '30', says: 'seconds to wait for an answer' },
  { name: 'input', default: 'true', says: 'ask for what was not typed', among: ['true', 'false'] },
  { name: 'start', default: 'true', says: 'start a daemon where none runs', among: ['true', 'false'] },
  daemon('host', '127.0.0.1', 'the address the daemon listens on'),
  daemon('port', '7420', 'the port the daemon listens on'),
  daemon('store', 'lowdb', 'where the daemon keeps its store'),
  daemon('supply', 'open', 'whether everybody may supply credits: open or granted'),
  daemon('workers', '100', 'how many workers there may be'),
  daemon('sessions_per_worker', '100', 'how many sessions a worker holds'),
  daemon('client_days', '30', 'how long a client id lives'),
  daemon('token_hours', '12', 'how long a session token lives'),
  daemon('scrypt_n', '16384', 'the cost of hashing a password'),
  daemon('tls_cert', '', 'the file of the certificate'),
  daemon('tls_key', '', "the file of the certificate's key"),
  daemon('insecure', '', 'listen beyond this machine without TLS'),
  daemon('origins', '', 'the web origins that may connect'),
  daemon('trusted_proxies', '', 'the proxies whose X-Forwarded-For counts'),
  daemon('frame_bytes', '1048576', 'the largest frame'),
  daemon('connections', '4096', 'how many connections there may be'),
  daemon('connections_per_address', '1024', 'how many connections one address may have'),
  daemon('in_flight_per_session', '1024', 'how many requests of a session may be open'),
  daemon('per_second_per_session', '50000', 'how many requests a session may make in a second'),
  daemon('events_buffered', '1000', 'how many events wait for a slow listener'),
  daemon('checkpoint_mb', '64', 'how much journal makes a checkpoint'),
  daemon('log_level', 'info', 'how much the daemon logs'),
]

/** What a setting holds, and who said so. */
export interface Held {
  value: string
  origin: 'environment' | 'file' | 'default'
}

/** The settings as the environment and the config file say them; flags go before both. */
export interface Settings {
  get(name: string): Held
  /** The urls by context. */
  contexts: Readonly<Record<string, string>>
  /** Changes the config file; undefined takes a value out. */
  set(name: string, value: string | undefined): void
  setContext(name: string, url: string | undefined): void
  /** The config file's path. */
  file: string
}

/** The setting of that name; an unknown one ends the command. */
export function settingOf(name: string): Setting {
  const setting = settings.find((each) => each.name === name)
  if (setting) return setting
  const meant = nearest(
    name,
    settings.map((each) => each.name),
  )
  throw misuse(`There is no setting "${name}".`, meant ? `Did you mean ${meant}?` : 'See: ewallet config list')
}

/** Checks that a setting may hold a value. */
export function checkSetting(name: string, value: string): string {
  const { among } = settingOf(name)
  if (among && !among.includes(value)) throw misuse(`${name} should be one of ${among.join(', ')}.`)
  if (name === 'timeout' && !(Number(value) > 0)) throw misuse('timeout should be a number of seconds above 0.')
  return value
}

/** Reads the settings; nothing is created. */
export function readSettings(folders: Folders, env: Environment): Settings {
  const file = join(folders.config, 'config.json')
  let held: Record<string, unknown> | undefined
  const load = () => {
    held ??= loadFile(file)
    return held
  }
  const contexts = () => {
    const { contexts } = load()
    return typeof contexts === 'object' && contexts !== null ? (contexts as Record<string, string>) : {}
  }
  const keep = (next: Record<string, unknown>) => {
    held = next
    writePrivate(file, `${JSON.stringify(next, null, 2)}\n`)
  }
  return {
    file,
    get contexts() {
      return contexts()
    },
    get(name) {
      const setting = settingOf(name)
      const fromEnvironment = env[`EWALLET_${name.toUpperCase()}`]
      if (fromEnvironment) return { value: checkSetting(name, fromEnvironment), origin: 'environment' }
      const fromFile = load()[name]
      if (fromFile !== undefined) return { value: checkSetting(name, String(fromFile)), origin: 'file' }
      return { value: setting.default, origin: 'default' }
    },
    set(name, value) {
      settingOf(name)
      const { [name]: _, ...others } = load()
      keep(value === undefined ? others : { ...others, [name]: checkSetting(name, value) })
    },
    setContext(name, url) {
      const { [name]: _, ...others } = contexts()
      keep({ ...load(), contexts: url === undefined ? others : { ...others, [name]: url } })
    },
  }
}

function loadFile(file: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw fault
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Said below, as for JSON that holds no object.
  }
  throw new Failure('input', 'config_invalid', `${file} does not hold a JSON object.`, 'Mend or remove it.')
}
