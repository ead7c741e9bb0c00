import { describe, expect, it } from 'vitest'
import { settings } from '../../packages/cli/src/settings.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { aListeningDaemon, post } from '../listening.ts'
import { aHome } from '../process.ts'

/** The settings the decisions name, each with what holds where nothing is set. */
const named: Record<string, string> = {
  HOST: '127.0.0.1',
  PORT: '7420',
  STORE: 'lowdb',
  SUPPLY: 'open',
  WORKERS: '100',
  SESSIONS_PER_WORKER: '100',
  CLIENT_DAYS: '30',
  TOKEN_HOURS: '12',
  SCRYPT_N: '16384',
  TZ: '',
  TLS_CERT: '',
  TLS_KEY: '',
  INSECURE: 'false',
  ORIGINS: '',
  TRUSTED_PROXIES: '',
  FRAME_BYTES: '1048576',
  CONNECTIONS: '4096',
  CONNECTIONS_PER_ADDRESS: '1024',
  IN_FLIGHT_PER_SESSION: '1024',
  PER_SECOND_PER_SESSION: '50000',
  EVENTS_BUFFERED: '1000',
  CHECKPOINT_MB: '64',
  LOG_LEVEL: 'info',
}

describe('settings', () => {
  it.each(Object.entries(named))(
    'EWALLET_%s is read by the daemon, and is %j where nothing is set',
    async (name, preset) => {
      const { held } = await readConfig({ EWALLET_HOME: aHome() })
      const setting = held.find((one) => one.name === `EWALLET_${name}`)
      expect(setting).toMatchObject({ origin: 'default' })
      // A switch that is not set is off.
      expect(preset === 'false' ? setting?.value || 'false' : setting?.value).toBe(preset)
    },
  )

  it.each(Object.entries(named))('EWALLET_%s is listed by `ewallet config list`, with %j', (name, preset) => {
    const setting = settings.find((one) => one.name === name.toLowerCase())
    expect(setting?.default).toBe(preset)
  })

  it('the environment, or the same names in the config file', async () => {
    const { held, config } = await readConfig({ EWALLET_HOME: aHome(), EWALLET_WORKERS: '7' })
    expect(config.workersMax).toBe(7)
    expect(held.find(({ name }) => name === 'EWALLET_WORKERS')).toMatchObject({ origin: 'environment', value: '7' })
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'HTTP needs `application/json`: not %j',
    async (type) => {
      const { port } = await aListeningDaemon()
      const ask = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }
      expect((await post({ port }, ask, { 'content-type': type })).status).toBe(415)
      expect((await post({ port }, ask)).status).toBe(200)
    },
  )
})
