import { configFileIn } from './config-file.ts'
import { misuse } from './failure.ts'
import type { Folders } from './folders.ts'
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
  /** Where the config file is, or what it must not hold. */
  environmentOnly?: true
}

const daemon = (name: string, preset: string, says: string): Setting => ({ name, default: preset, says, daemon: true })

/** Every setting there is; decisions.md lists those of the daemon. */
export const settings: readonly Setting[] = [
  { name: 'home', default: '', says: 'the folder of everything, in place of the XDG folders', environmentOnly: true },
  { name: 'context', default: 'local', says: 'which daemon is spoken to' },
  { name: 'url', default: '', says: 'the address of a daemon, in place of a context' },
  { name: 'output', default: '', says: 'how answers look', among: ['table', 'plain', 'json', 'ndjson', 'csv'] },
  { name: 'color', default: 'auto', says: 'when colour is written', among: ['auto', 'always', 'never'] },
  { name: 'ascii', default: 'false', says: 'draw with ASCII only', among: ['true', 'false'] },
  { name: 'tz', default: '', says: 'the time zone of times shown' },
  { name: 'timeout', default: '30', says: 'seconds to wait for an answer' },
  { name: 'input', default: 'true', says: 'ask for what was not typed', among: ['true', 'false'] },
  { name: 'password_file', default: '', says: 'the file a password is read from', environmentOnly: true },
  { name: 'start', default: 'true', says: 'start a daemon where none runs', among: ['true', 'false'] },
  daemon('host', '127.0.0.1', 'the address the daemon listens on'),
  daemon('port', '7420', 'the port the daemon listens on'),
  daemon('port_fallback', 'false', 'whether another port will do where that one is taken'),
  daemon('store', 'lowdb', 'where the daemon keeps its store'),
  daemon('store_connections', '6', 'how many connections to a database there may be'),
  daemon('store_timeout_seconds', '10', 'how long a database may take to answer'),
  daemon('supply', 'open', 'whether everybody may supply credits: open or granted'),
  daemon('workers', '100', 'how many workers there may be'),
  daemon('sessions_per_worker', '100', 'how many sessions a worker holds'),
  daemon('client_days', '30', 'how long a client id lives'),
  daemon('token_hours', '12', 'how long a session token lives'),
  daemon('scrypt_n', '16384', 'the cost of hashing a password'),
  daemon('tls_cert', '', 'the file of the certificate'),
  daemon('tls_key', '', "the file of the certificate's key"),
  daemon('insecure', 'false', 'listen beyond this machine without TLS'),
  daemon('origins', '', 'the web origins that may connect'),
  daemon('trusted_proxies', '', 'the proxies whose X-Forwarded-For counts'),
  daemon('frame_bytes', '1048576', 'the largest frame'),
  daemon('body_bytes', '1048576', 'the largest body of an HTTP request'),
  daemon('json_depth', '100', 'how deep the JSON of a request may be'),
  daemon('connections', '4096', 'how many connections there may be'),
  daemon('connections_per_address', '1024', 'how many connections one address may have'),
  daemon('header_seconds', '10', 'how long the header of a request may take'),
  daemon('unauthenticated_seconds', '60', 'how long a connection may stay on which no session speaks'),
  daemon('silent_seconds', '60', 'how long a connection may leave a ping or an answer unread'),
  daemon('sessions_per_account', '1000', 'how many sessions an account may be logged in on'),
  daemon('in_flight_per_session', '1024', 'how many requests of a session may be open'),
  daemon('per_second_per_session', '50000', 'how many requests a session may make in a second'),
  daemon('queue_per_worker', '10000', "how many requests of a worker's sessions may wait"),
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
  /** The names the config file has values for. */
  names(): readonly string[]
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

/** Checks that a setting may hold a value; `hint` says where it came from. */
export function checkSetting(name: string, value: string, hint: string | null = null): string {
  const { among } = settingOf(name)
  if (among && !among.includes(value)) throw misuse(`${name} should be one of ${among.join(', ')}.`, hint)
  if (name === 'timeout' && !(Number(value) > 0)) throw misuse('timeout should be a number of seconds above 0.', hint)
  if (name === 'tz') checkTimeZone(value, hint)
  return value
}

/** Checks that there is such a time zone. */
export function checkTimeZone(zone: string, hint: string | null = null): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch {
    throw misuse(`There is no time zone "${zone}".`, hint ?? 'Write it as Europe/Bucharest or UTC.')
  }
}

/** The settings where they can be used, and what stands where none is set elsewhere: for who is to find out what is wrong. */
export function usableSettings(settings: Settings): Pick<Settings, 'get'> {
  return {
    get(name) {
      try {
        return settings.get(name)
      } catch {
        return { value: settingOf(name).default, origin: 'default' }
      }
    },
  }
}

/** Reads the settings; nothing is created. */
export function readSettings(folders: Folders, env: Environment): Settings {
  const file = configFileIn(folders.config)
  const contexts = () => {
    const { contexts } = file.read()
    return typeof contexts === 'object' && contexts !== null ? (contexts as Record<string, string>) : {}
  }
  return {
    file: file.path,
    names: () => Object.keys(file.read()),
    get contexts() {
      return contexts()
    },
    get(name) {
      const setting = settingOf(name)
      const fromEnvironment = env[variableOf(name)]
      if (fromEnvironment) {
        const hint = `${variableOf(name)} says "${fromEnvironment}": change or unset it.`
        return { value: checkSetting(name, fromEnvironment, hint), origin: 'environment' }
      }
      const values = setting.environmentOnly ? {} : file.read()
      const fromFile = values[variableOf(name)] ?? values[name]
      if (fromFile !== undefined && fromFile !== null && fromFile !== '') {
        const hint = `${file.path} says "${fromFile}"; mend it with: ewallet config set ${name} VALUE`
        return { value: checkSetting(name, String(fromFile), hint), origin: 'file' }
      }
      return { value: setting.default, origin: 'default' }
    },
    set(name, value) {
      const { environmentOnly } = settingOf(name)
      if (environmentOnly) throw misuse(`${variableOf(name)} is set in the environment only.`)
      if (value !== undefined) checkSetting(name, value)
      // Both names mean the same, and the long one goes before.
      const key = file.read()[variableOf(name)] === undefined ? name : variableOf(name)
      file.put(key, value)
    },
    setContext: (name, url) => file.put(name, url, 'contexts'),
  }
}

/** The variable of a setting. */
export function variableOf(name: string): string {
  return `EWALLET_${name.toUpperCase()}`
}
