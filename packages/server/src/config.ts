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
  connectionsMax: number
  connectionsPerAddressMax: number
  inFlightPerSessionMax: number
  perSecondPerSessionMax: number
  eventsBufferedMax: number
  checkpointBytes: number
  logLevel: string
}

const HOUR = 3_600_000

/** What holds where nothing is set; folders are the caller's to name. */
export const defaults: Omit<Config, 'dataFolder' | 'runtimeFolder'> = {
  host: '127.0.0.1',
  port: 7420,
  portFallback: false,
  store: 'lowdb',
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
  frameBytesMax: 1_048_576,
  connectionsMax: 4_096,
  connectionsPerAddressMax: 1_024,
  inFlightPerSessionMax: 1_024,
  perSecondPerSessionMax: 50_000,
  eventsBufferedMax: 1_000,
  checkpointBytes: 64 * 1_048_576,
  logLevel: 'info',
}
