import { existsSync, readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The daemon's settings, each with its unit in its name; decisions.md, Settings, lists the variables they come from. */
export interface Config {
  /** Where data, state and runtime files live. */
  dataFolder: string
  runtimeFolder: string
  host: string
  port: number
  /** Whether another port will do if that one is taken. */
  portFallback: boolean
  /** `lowdb`, `memory`, or a `postgres://…` address. */
  store: string
  /** How many connections to a database there are at the most, and how long it may take to answer. */
  storeConnectionsMax: number
  storeTimeoutMs: number
  supply: 'open' | 'granted'
  workersMax: number
  sessionsPerWorkerMax: number
  clientMs: number
  tokenMs: number
  scryptN: number
  tlsCert: string | undefined
  tlsKey: string | undefined
  insecure: boolean
  origins: readonly string[]
  trustedProxies: readonly string[]
  frameBytesMax: number
  bodyBytesMax: number
  jsonDepthMax: number
  connectionsMax: number
  connectionsPerAddressMax: number
  /** How long a request's header may take, and a TLS handshake. */
  headerMs: number
  /** How long a WebSocket may stay open on which no session has spoken. */
  unauthenticatedMs: number
  /** How long a connection may give no sign of life: read nothing of an answer, leave a ping without its pong. */
  silentMs: number
  sessionsPerAccountMax: number
  inFlightPerSessionMax: number
  perSecondPerSessionMax: number
  queuePerWorkerMax: number
  eventsBufferedMax: number
  checkpointBytes: number
  logLevel: string
}

const SECOND = 1_000
const HOUR = 3_600 * SECOND
const MIB = 1_048_576

/** What holds where nothing is set; folders are the caller's to name. */
export const defaults: Omit<Config, 'dataFolder' | 'runtimeFolder'> = {
  host: '127.0.0.1',
  port: 7420,
  portFallback: false,
  store: 'lowdb',
  storeConnectionsMax: 6,
  storeTimeoutMs: 10_000,
  supply: 'open',
  workersMax: 100,
  sessionsPerWorkerMax: 100,
  clientMs: 30 * 24 * HOUR,
  tokenMs: 12 * HOUR,
  scryptN: 16_384,
  tlsCert: undefined,
  tlsKey: undefined,
  insecure: false,
  origins: [],
  trustedProxies: [],
  frameBytesMax: MIB,
  bodyBytesMax: MIB,
  jsonDepthMax: 100,
  connectionsMax: 4_096,
  connectionsPerAddressMax: 1_024,
  headerMs: 10_000,
  unauthenticatedMs: 60_000,
  silentMs: 60_000,
  sessionsPerAccountMax: 1_000,
  inFlightPerSessionMax: 1_024,
  perSecondPerSessionMax: 50_000,
  queuePerWorkerMax: 10_000,
  eventsBufferedMax: 1_000,
  checkpointBytes: 64 * MIB,
  logLevel: 'info',
}

export type Environment = Readonly<Record<string, string | undefined>>

/** A setting that cannot be used; the message is one line and names it. */
export class BadSetting extends Error {
  override name = 'BadSetting'
}

/** Where a setting's value comes from. */
export type Origin = 'environment' | 'file' | 'default'

/** A setting as it holds. */
export interface HeldSetting {
  name: string
  value: string
  origin: Origin
}

/** The settings, and where each comes from. */
export interface ReadConfig {
  config: Config
  /** Time zone of the daemon's timestamps; undefined where the machine's is meant. */
  timeZone: string | undefined
  held: readonly HeldSetting[]
}

interface Setting {
  name: string
  preset: string
  /** What a value should be. */
  should: string
  /** Puts a value into the settings; false where it is not what it should be. */
  put(text: string, config: Config): boolean
}

const isPowerOfTwo = (value: number) => (value & (value - 1)) === 0

function whole(text: string, from: number, to: number): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return value >= from && value <= to ? value : undefined
}

function number(
  name: string,
  key: { [K in keyof Config]: Config[K] extends number ? K : never }[keyof Config],
  { from = 1, to = 1_000_000_000, unit = 1, also = (_: number): boolean => true, should = '' } = {},
): Setting {
  return {
    name,
    preset: String(defaults[key] / unit),
    should: should || `a whole number from ${from} to ${to}`,
    put(text, config) {
      const value = whole(text, from, to)
      if (value === undefined || !also(value)) return false
      config[key] = value * unit
      return true
    },
  }
}

function yesNo(name: string, key: 'portFallback' | 'insecure'): Setting {
  return {
    name,
    preset: 'false',
    should: 'true or false',
    put(text, config) {
      const said = { true: true, '1': true, yes: true, false: false, '0': false, no: false }[text.toLowerCase()]
      if (said === undefined) return false
      config[key] = said
      return true
    },
  }
}

function text(
  name: string,
  key: 'host' | 'store' | 'tlsCert' | 'tlsKey' | 'logLevel',
  should: string,
  fits: (text: string) => boolean,
): Setting {
  return {
    name,
    preset: defaults[key] ?? '',
    should,
    put(value, config) {
      if (fits(value)) config[key] = value
      return fits(value)
    },
  }
}

function list(name: string, key: 'origins' | 'trustedProxies', should: string, fits: (part: string) => boolean) {
  return {
    name,
    preset: '',
    should,
    put(value: string, config: Config) {
      const parts = value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
      if (!parts.every(fits)) return false
      config[key] = parts
      return true
    },
  }
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
const isHost = (host: string) => isIP(host) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(host)
const isOrigin = (origin: string) => URL.canParse(origin) && new URL(origin).origin === origin
const isTimeZone = (zone: string) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined
  } catch {
    return false
  }
}

const supply: Setting = {
  name: 'EWALLET_SUPPLY',
  preset: 'open',
  should: 'open or granted',
  put(value, config) {
    if (value !== 'open' && value !== 'granted') return false
    config.supply = value
    return true
  },
}

const timeZone: Setting = {
  name: 'EWALLET_TZ',
  preset: '',
  should: 'a time zone, as Europe/Bucharest',
  put: isTimeZone,
}

const settings: readonly Setting[] = [
  text('EWALLET_HOST', 'host', 'an address or the name of this machine', isHost),
  number('EWALLET_PORT', 'port', { from: 0, to: 65_535 }),
  yesNo('EWALLET_PORT_FALLBACK', 'portFallback'),
  text('EWALLET_STORE', 'store', 'lowdb, memory or an address as postgres://user:password@host:5432/database', isStore),
  number('EWALLET_STORE_CONNECTIONS', 'storeConnectionsMax', { from: 4, to: 1_000 }),
  number('EWALLET_STORE_TIMEOUT_SECONDS', 'storeTimeoutMs', { to: 3_600, unit: 1_000 }),
  supply,
  number('EWALLET_WORKERS', 'workersMax', { to: 100_000 }),
  number('EWALLET_SESSIONS_PER_WORKER', 'sessionsPerWorkerMax', { to: 100_000 }),
  number('EWALLET_CLIENT_DAYS', 'clientMs', { to: 36_500, unit: 24 * HOUR }),
  number('EWALLET_TOKEN_HOURS', 'tokenMs', { to: 876_000, unit: HOUR }),
  number('EWALLET_SCRYPT_N', 'scryptN', {
    from: 2,
    to: 1_048_576,
    also: isPowerOfTwo,
    should: 'a power of two from 2 to 1048576',
  }),
  timeZone,
  text('EWALLET_TLS_CERT', 'tlsCert', 'a file', () => true),
  text('EWALLET_TLS_KEY', 'tlsKey', 'a file', () => true),
  yesNo('EWALLET_INSECURE', 'insecure'),
  list('EWALLET_ORIGINS', 'origins', 'origins with commas between them, as https://wallet.example.org', isOrigin),
  list(
    'EWALLET_TRUSTED_PROXIES',
    'trustedProxies',
    'addresses with commas between them, as 10.0.0.1 or 10.0.0.0/8',
    isNetwork,
  ),
  number('EWALLET_FRAME_BYTES', 'frameBytesMax', { from: 1_024, to: 256 * MIB }),
  number('EWALLET_BODY_BYTES', 'bodyBytesMax', { from: 1_024, to: 256 * MIB }),
  // What goes through a request recursively overflows at about 5,000.
  number('EWALLET_JSON_DEPTH', 'jsonDepthMax', { from: 10, to: 1_000 }),
  number('EWALLET_CONNECTIONS', 'connectionsMax'),
  number('EWALLET_CONNECTIONS_PER_ADDRESS', 'connectionsPerAddressMax'),
  number('EWALLET_HEADER_SECONDS', 'headerMs', { to: 3_600, unit: SECOND }),
  number('EWALLET_UNAUTHENTICATED_SECONDS', 'unauthenticatedMs', { to: 86_400, unit: SECOND }),
  number('EWALLET_SILENT_SECONDS', 'silentMs', { from: 5, to: 86_400, unit: SECOND }),
  number('EWALLET_SESSIONS_PER_ACCOUNT', 'sessionsPerAccountMax'),
  number('EWALLET_IN_FLIGHT_PER_SESSION', 'inFlightPerSessionMax'),
  number('EWALLET_PER_SECOND_PER_SESSION', 'perSecondPerSessionMax'),
  number('EWALLET_QUEUE_PER_WORKER', 'queuePerWorkerMax'),
  number('EWALLET_EVENTS_BUFFERED', 'eventsBufferedMax'),
  number('EWALLET_CHECKPOINT_MB', 'checkpointBytes', { to: 1_000_000, unit: MIB }),
  text('EWALLET_LOG_LEVEL', 'logLevel', `one of ${logLevels.join(', ')}`, (value) => logLevels.includes(value)),
]

/** Whether a store is in a database that other daemons may share. */
export function isDatabase(store: string): boolean {
  return /^postgres(ql)?:\/\//.test(store)
}

function isStore(store: string): boolean {
  return store === 'lowdb' || store === 'memory' || (isDatabase(store) && URL.canParse(store))
}

/** An address without the password in it. */
export function withoutPassword(address: string): string {
  return address.replace(/:\/\/[^@/]*@/, '://…@').replace(/([?&]password=)[^&]*/, '$1…')
}

/** Whether a text names an address or a range of addresses (`10.0.0.0/8`). */
function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || whole(bits, 0, family === 4 ? 32 : 128) !== undefined
}

/** The addresses and ranges of a list, to look addresses up in. */
export function networksOf(list: readonly string[]): BlockList {
  const networks = new BlockList()
  for (const text of list) {
    const [address = '', bits] = text.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) networks.addAddress(address, family)
    else networks.addSubnet(address, Number(bits), family)
  }
  return networks
}

/** Whether only this machine can reach a host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Where the daemon's files are: all under EWALLET_HOME, else where XDG says; the command line follows the same rules. */
export function foldersOf(env: Environment): { config: string; data: string; runtime: string } {
  if (env.EWALLET_HOME) {
    const home = resolve(env.EWALLET_HOME)
    return { config: join(home, 'config'), data: join(home, 'data'), runtime: join(home, 'runtime') }
  }
  const home = env.HOME || homedir()
  const state = join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'ewallet')
  return {
    config: join(env.XDG_CONFIG_HOME || join(home, '.config'), 'ewallet'),
    data: join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'ewallet'),
    runtime: env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'ewallet') : join(state, 'run'),
  }
}

/** The environment with what stands on the command line of `ewalletd`: `--insecure` and nothing else. Throws a BadSetting. */
export function flagged(env: Environment, flags: readonly string[]): Environment {
  const stray = flags.find((flag) => flag !== '--insecure')
  if (stray !== undefined) throw new BadSetting(`${JSON.stringify(stray)} is unknown; ewalletd takes --insecure alone.`)
  return flags.length === 0 ? env : { ...env, EWALLET_INSECURE: 'true' }
}

/** Reads every setting from the environment, then the config file, then the defaults. Throws a BadSetting. */
export async function readConfig(env: Environment): Promise<ReadConfig> {
  const folders = foldersOf(env)
  const file = await readConfigFile(folders.config)
  const config: Config = { ...defaults, dataFolder: folders.data, runtimeFolder: folders.runtime }
  const held: HeldSetting[] = []
  for (const setting of settings) {
    const { value, origin, where } = heldIn(setting, env, file)
    if (origin !== 'default' && !setting.put(value, config)) {
      throw new BadSetting(`${where} should be ${setting.should}; it is ${JSON.stringify(withoutPassword(value))}.`)
    }
    held.push({ name: setting.name, value, origin })
  }
  const holds = (name: string) => held.find((setting) => setting.name === name)
  checkExposure(config)
  // Whoever can reach it from elsewhere is not let in on free credits, unless the operator said so.
  if (holds(supply.name)?.origin === 'default' && !isLoopback(config.host)) config.supply = 'granted'
  return { config, timeZone: holds(timeZone.name)?.value || undefined, held }
}

function checkExposure(config: Config): void {
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
    throw new BadSetting('EWALLET_TLS_CERT and EWALLET_TLS_KEY go together; only one of them is set.')
  }
  if (!mayListenOn(config.host, config)) {
    throw new BadSetting(
      `EWALLET_HOST is ${JSON.stringify(config.host)}, which other machines can reach: set EWALLET_TLS_CERT and EWALLET_TLS_KEY, or EWALLET_INSECURE=true.`,
    )
  }
}

/** Whether the daemon may listen on a host: on loopback, with TLS, or where the operator insists. */
export function mayListenOn(host: string, { tlsCert, insecure }: Config): boolean {
  return isLoopback(host) || tlsCert !== undefined || insecure
}

interface ConfigFile {
  path: string
  values: Record<string, unknown>
}

function heldIn({ name, preset }: Setting, env: Environment, file: ConfigFile | undefined) {
  const said = env[name]
  if (said) return { value: said, origin: 'environment' as const, where: name }
  const short = name.slice('EWALLET_'.length).toLowerCase()
  for (const key of [name, short]) {
    const value = file?.values[key]
    if (value === undefined || value === null || value === '') continue
    const text = Array.isArray(value) ? value.join(',') : String(value)
    return { value: text, origin: 'file' as const, where: `${key} in ${file?.path}` }
  }
  return { value: preset, origin: 'default' as const, where: name }
}

/** Reads `config.json` or `config.toml`, whichever is there. */
async function readConfigFile(folder: string): Promise<ConfigFile | undefined> {
  const [json, toml] = [join(folder, 'config.json'), join(folder, 'config.toml')]
  const path = existsSync(toml) ? toml : json
  if (!existsSync(path)) return undefined
  if (path === toml && existsSync(json)) throw new BadSetting(`${json} and ${toml} are both there; keep one of them.`)
  let values: unknown
  try {
    const content = readFileSync(path, 'utf8')
    values = path === toml ? (await import('smol-toml')).parse(content) : JSON.parse(content)
  } catch (error) {
    const [reason] = (error as Error).message.split('\n')
    throw new BadSetting(`${path} cannot be read: ${reason}.`)
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new BadSetting(`${path} should hold one object.`)
  }
  return { path, values: values as Record<string, unknown> }
}
