import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Config, defaults, foldersOf, isLoopback, readConfig } from '../packages/server/src/config.ts'
import { aHome } from './process.ts'

const HOUR = 3_600_000

/** A home whose config folder holds a file. */
function aHomeWith(file: string, content: string): string {
  const home = aHome()
  mkdirSync(join(home, 'config'))
  writeFileSync(join(home, 'config', file), content)
  return home
}

/** The sentence that refuses an environment. */
async function refusalOf(env: Record<string, string>): Promise<string> {
  return readConfig({ EWALLET_HOME: '/nowhere', ...env }).then(
    () => '',
    (error: Error) => `${error.name}: ${error.message}`,
  )
}

describe('the settings', () => {
  it('are the defaults where nothing is set', async () => {
    const { config, held, timeZone } = await readConfig({ EWALLET_HOME: '/nowhere' })
    expect(config).toEqual({ ...defaults, dataFolder: '/nowhere/data', runtimeFolder: '/nowhere/runtime' })
    expect(timeZone).toBeUndefined()
    expect(new Set(held.map(({ origin }) => origin))).toEqual(new Set(['default']))
  })

  it.each<[string, string, Partial<Config>]>([
    ['EWALLET_HOST', '::1', { host: '::1' }],
    ['EWALLET_HOST', 'localhost', { host: 'localhost' }],
    ['EWALLET_PORT', '0', { port: 0 }],
    ['EWALLET_PORT_FALLBACK', '1', { portFallback: true }],
    ['EWALLET_STORE', 'memory', { store: 'memory' }],
    [
      'EWALLET_STORE',
      'postgres://ada:pass@db.example:5432/ewallet',
      { store: 'postgres://ada:pass@db.example:5432/ewallet' },
    ],
    ['EWALLET_STORE_CONNECTIONS', '7', { storeConnectionsMax: 7 }],
    ['EWALLET_STORE_TIMEOUT_SECONDS', '7', { storeTimeoutMs: 7_000 }],
    ['EWALLET_SUPPLY', 'granted', { supply: 'granted' }],
    ['EWALLET_WORKERS', '7', { workersMax: 7 }],
    ['EWALLET_SESSIONS_PER_WORKER', '7', { sessionsPerWorkerMax: 7 }],
    ['EWALLET_CLIENT_DAYS', '7', { clientMs: 7 * 24 * HOUR }],
    ['EWALLET_TOKEN_HOURS', '7', { tokenMs: 7 * HOUR }],
    ['EWALLET_SCRYPT_N', '1024', { scryptN: 1_024 }],
    ['EWALLET_INSECURE', 'true', { insecure: true }],
    [
      'EWALLET_ORIGINS',
      'https://a.example, http://localhost:3000',
      { origins: ['https://a.example', 'http://localhost:3000'] },
    ],
    ['EWALLET_TRUSTED_PROXIES', '10.0.0.0/8,::1', { trustedProxies: ['10.0.0.0/8', '::1'] }],
    ['EWALLET_FRAME_BYTES', '2048', { frameBytesMax: 2_048 }],
    ['EWALLET_BODY_BYTES', '2048', { bodyBytesMax: 2_048 }],
    ['EWALLET_JSON_DEPTH', '70', { jsonDepthMax: 70 }],
    ['EWALLET_HEADER_SECONDS', '7', { headerMs: 7_000 }],
    ['EWALLET_UNAUTHENTICATED_SECONDS', '7', { unauthenticatedMs: 7_000 }],
    ['EWALLET_SILENT_SECONDS', '7', { silentMs: 7_000 }],
    ['EWALLET_SESSIONS_PER_ACCOUNT', '7', { sessionsPerAccountMax: 7 }],
    ['EWALLET_QUEUE_PER_WORKER', '7', { queuePerWorkerMax: 7 }],
    ['EWALLET_CONNECTIONS', '7', { connectionsMax: 7 }],
    ['EWALLET_CONNECTIONS_PER_ADDRESS', '7', { connectionsPerAddressMax: 7 }],
    ['EWALLET_IN_FLIGHT_PER_SESSION', '7', { inFlightPerSessionMax: 7 }],
    ['EWALLET_PER_SECOND_PER_SESSION', '7', { perSecondPerSessionMax: 7 }],
    ['EWALLET_EVENTS_BUFFERED', '7', { eventsBufferedMax: 7 }],
    ['EWALLET_CHECKPOINT_MB', '7', { checkpointBytes: 7 * 1_048_576 }],
    ['EWALLET_LOG_LEVEL', 'debug', { logLevel: 'debug' }],
  ])('come from the environment: %s=%s', async (name, value, expected) => {
    const { config, held } = await readConfig({ EWALLET_HOME: '/nowhere', [name]: value })
    expect(config).toEqual({
      ...defaults,
      dataFolder: '/nowhere/data',
      runtimeFolder: '/nowhere/runtime',
      ...expected,
    })
    expect(held.filter(({ origin }) => origin !== 'default')).toEqual([{ name, value, origin: 'environment' }])
  })

  it.each([
    [
      'config.json',
      JSON.stringify({ EWALLET_WORKERS: 7, port: 7_421, origins: ['https://a.example'], output: 'json' }),
    ],
    [
      'config.toml',
      'EWALLET_WORKERS = 7\nport = 7421 # not the usual one\norigins = ["https://a.example"]\noutput = "json"\n',
    ],
  ])('come from %s, under their own names or those of `ewallet config`', async (file, content) => {
    const home = aHomeWith(file, content)
    const { config, held } = await readConfig({ EWALLET_HOME: home })
    expect(config).toMatchObject({ workersMax: 7, port: 7_421, origins: ['https://a.example'] })
    expect(held.filter(({ origin }) => origin === 'file')).toEqual([
      { name: 'EWALLET_PORT', value: '7421', origin: 'file' },
      { name: 'EWALLET_WORKERS', value: '7', origin: 'file' },
      { name: 'EWALLET_ORIGINS', value: 'https://a.example', origin: 'file' },
    ])
  })

  it('of the environment come before those of the file; an empty one counts as unset', async () => {
    const home = aHomeWith('config.json', '{ "port": 7421, "workers": 7 }')
    const { config } = await readConfig({ EWALLET_HOME: home, EWALLET_PORT: '7422', EWALLET_WORKERS: '' })
    expect(config).toMatchObject({ port: 7_422, workersMax: 7 })
  })

  it('name the time zone of the daemon', async () => {
    const { timeZone } = await readConfig({ EWALLET_HOME: '/nowhere', EWALLET_TZ: 'Europe/Bucharest' })
    expect(timeZone).toBe('Europe/Bucharest')
  })
})

describe('a bad setting', () => {
  it.each([
    ['EWALLET_HOST', 'not a host', 'an address or the name of this machine'],
    ['EWALLET_PORT', '65536', 'a whole number from 0 to 65535'],
    ['EWALLET_PORT', '-1', 'a whole number from 0 to 65535'],
    ['EWALLET_PORT', '7420.5', 'a whole number from 0 to 65535'],
    ['EWALLET_PORT', 'http', 'a whole number from 0 to 65535'],
    ['EWALLET_PORT_FALLBACK', 'maybe', 'true or false'],
    ['EWALLET_STORE', 'floppy', 'lowdb, memory or an address as postgres://user:password@host:5432/database'],
    ['EWALLET_STORE_CONNECTIONS', '3', 'a whole number from 4 to 1000'],
    ['EWALLET_SUPPLY', 'free', 'open or granted'],
    ['EWALLET_WORKERS', '0', 'a whole number from 1 to 100000'],
    ['EWALLET_SCRYPT_N', '1000', 'a power of two from 2 to 1048576'],
    ['EWALLET_TZ', 'Mars/Olympus', 'a time zone, as Europe/Bucharest'],
    ['EWALLET_INSECURE', 'perhaps', 'true or false'],
    ['EWALLET_ORIGINS', 'wallet.example.org', 'origins with commas between them, as https://wallet.example.org'],
    ['EWALLET_TRUSTED_PROXIES', '10.0.0.0/33', 'addresses with commas between them, as 10.0.0.1 or 10.0.0.0/8'],
    ['EWALLET_FRAME_BYTES', '100', 'a whole number from 1024 to 268435456'],
    ['EWALLET_LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal, silent'],
  ])('is refused in one line that names it: %s=%s', async (name, value, should) => {
    expect(await refusalOf({ [name]: value })).toBe(
      `BadSetting: ${name} should be ${should}; it is ${JSON.stringify(value)}.`,
    )
  })

  it('is told without the password it holds', async () => {
    expect(await refusalOf({ EWALLET_STORE: 'mysql://ada:hunter2@db.example/ewallet' })).toBe(
      'BadSetting: EWALLET_STORE should be lowdb, memory or an address as postgres://user:password@host:5432/database; it is "mysql://…@db.example/ewallet".',
    )
  })

  it('of the file is refused with its place', async () => {
    const home = aHomeWith('config.json', '{ "port": "http" }')
    expect(await refusalOf({ EWALLET_HOME: home })).toBe(
      `BadSetting: port in ${home}/config/config.json should be a whole number from 0 to 65535; it is "http".`,
    )
  })

  it.each([
    ['config.json', '{ "port": ', /config\.json cannot be read: .+\.$/],
    ['config.json', '[1]', /config\.json should hold one object\.$/],
    ['config.toml', 'port = = 1', /config\.toml cannot be read: .+\.$/],
  ])('is a %s that cannot be read: %s', async (file, content, sentence) => {
    const refused = await refusalOf({ EWALLET_HOME: aHomeWith(file, content) })
    expect(refused).toMatch(sentence)
    expect(refused).not.toContain('\n')
  })

  it('are two config files at once', async () => {
    const home = aHomeWith('config.json', '{}')
    writeFileSync(join(home, 'config', 'config.toml'), '')
    expect(await refusalOf({ EWALLET_HOME: home })).toMatch(/are both there; keep one of them\.$/)
  })
})

describe('a host that other machines reach', () => {
  it.each(['0.0.0.0', '::', '192.0.2.7', 'wallet.example.org'])('is refused without TLS: %s', async (host) => {
    expect(await refusalOf({ EWALLET_HOST: host })).toMatch(
      /^BadSetting: EWALLET_HOST is ".+", which other machines can reach: set EWALLET_TLS_CERT and EWALLET_TLS_KEY, or EWALLET_INSECURE=true\.$/,
    )
  })

  it('is taken with TLS, or where the operator insists', async () => {
    expect(await refusalOf({ EWALLET_HOST: '0.0.0.0', EWALLET_TLS_CERT: 'c', EWALLET_TLS_KEY: 'k' })).toBe('')
    expect(await refusalOf({ EWALLET_HOST: '0.0.0.0', EWALLET_INSECURE: '1' })).toBe('')
  })

  it('grants supply one by one, unless the operator says it is open', async () => {
    const env = { EWALLET_HOME: '/nowhere', EWALLET_HOST: '0.0.0.0', EWALLET_INSECURE: '1' }
    expect((await readConfig(env)).config.supply).toBe('granted')
    expect((await readConfig({ ...env, EWALLET_SUPPLY: 'open' })).config.supply).toBe('open')
  })

  it('needs certificate and key together', async () => {
    expect(await refusalOf({ EWALLET_TLS_CERT: 'cert.pem' })).toMatch(/go together; only one of them is set\.$/)
  })

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['127.example.org', false],
    ['10.0.0.1', false],
  ])('is told from loopback: %s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })
})

describe('the folders', () => {
  it.each([
    [{ EWALLET_HOME: '/e' }, { config: '/e/config', data: '/e/data', runtime: '/e/runtime' }],
    [
      { HOME: '/h' },
      { config: '/h/.config/ewallet', data: '/h/.local/share/ewallet', runtime: '/h/.local/state/ewallet/run' },
    ],
    [
      { HOME: '/h', XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_RUNTIME_DIR: '/r', XDG_STATE_HOME: '/s' },
      { config: '/c/ewallet', data: '/d/ewallet', runtime: '/r/ewallet' },
    ],
    [
      { HOME: '/h', XDG_STATE_HOME: '/s' },
      { config: '/h/.config/ewallet', data: '/h/.local/share/ewallet', runtime: '/s/ewallet/run' },
    ],
  ])('are where %j says', (env, expected) => {
    expect(foldersOf(env)).toEqual(expected)
  })
})
