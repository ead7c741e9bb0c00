import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, isRefusal } from '@ewallet/protocol'
import {
  BadSetting,
  type Config,
  type Environment,
  flagged,
  isDatabase,
  readConfig,
  withoutPassword,
} from './config.ts'
import { openHouse } from './daemon.ts'
import { openAdminSocket } from './listeners/admin-socket.ts'
import { Reception } from './listeners/reception.ts'
import { ListeningSockets } from './listeners/sockets.ts'
import { TurnedAway } from './listeners/turned-away.ts'
import { type Log, openLog } from './log.ts'
import { Metrics } from './metrics/metrics.ts'
import { workOffline } from './offline.ts'
import { type Ends, NotStarted, own } from './own-folder.ts'
import { CannotOpen } from './store/lowdb/cannot-open.ts'
import { openLowdbStore } from './store/lowdb/lowdb-store.ts'
import { NoSuchPoint } from './store/lowdb/restore.ts'
import { MemoryStore } from './store/memory/memory-store.ts'
import { isBeingMovedInto } from './store/relocation/lowdb-side.ts'
import { type Store, StoreUnavailable } from './store/store.ts'
import { machineTime } from './time.ts'

/** How long what was accepted may take to be answered at the end, and then connections to close. */
const ANSWERS_MS = 10_000
const CONNECTIONS_MS = 2_000
/** How long all of the end may take, the last checkpoint included. */
const FAREWELL_MS = 80_000
/** How long after its end the daemon leaves even where something still goes on. */
const LINGER_MS = 1_000

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** Runs the daemon until it is told to stop; gives back its exit code. */
export async function main(env: Environment, process: NodeJS.Process): Promise<number> {
  const ends: Ends = []
  let exitCode: number
  const [, , verb, ...typed] = process.argv
  const isDaemon = verb === undefined || verb.startsWith('-')
  try {
    exitCode = isDaemon ? await run(env, process, ends) : await workOffline(verb, typed, env, process, ends)
  } catch (error) {
    exitCode = error instanceof NotStarted ? error.exitCode : exitCodes.fault
    if (error instanceof BadSetting) exitCode = exitCodes.usage
    if (error instanceof NoSuchPoint) exitCode = exitCodes.missing
    process.stderr.write(`ewalletd: ${wordsOf(error)}\n`)
  }
  // Whatever hangs, the daemon ends; what was acknowledged is on disk.
  setTimeout(() => process.exit(exitCodes.fault), FAREWELL_MS).unref()
  for (const end of ends.reverse()) {
    try {
      await end()
    } catch (error) {
      process.stderr.write(`ewalletd: ${wordsOf(error)}\n`)
      exitCode = exitCodes.fault
    }
  }
  setTimeout(() => process.exit(exitCode), LINGER_MS).unref()
  return exitCode
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const kinds = [NotStarted, BadSetting, CannotOpen, NoSuchPoint, StoreUnavailable]
  const isForPeople = kinds.some((kind) => error instanceof kind) || isOfMachine(error)
  return isForPeople ? error.message : (error.stack ?? error.message)
}

/** Whether the machine refused a file or a folder: its sentence says what is wrong, and names the path. */
function isOfMachine({ syscall, path }: NodeJS.ErrnoException): boolean {
  return syscall !== undefined && path !== undefined
}

async function run(env: Environment, process: NodeJS.Process, ends: Ends): Promise<number> {
  const { config, timeZone, held } = await readConfig(flagged(env, process.argv.slice(2)))
  if (timeZone) process.env.TZ = timeZone
  // Nothing this process makes is anybody else's to read.
  process.umask(0o077)
  // Whoever read the output is gone; the daemon goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

  const log = openLog(config.logLevel)
  ends.push(() => {
    log.info('stopped')
    return log.close()
  })
  const stopping = stopOf(process, log)

  const place = await own(config.runtimeFolder, ends)
  if (config.store === 'lowdb') await own(config.dataFolder, ends)
  const daemonFile = join(config.runtimeFolder, 'daemon.json')
  // One that a killed daemon left would name a port that may be somebody else's by now.
  rmSync(daemonFile, { force: true })

  const metrics = new Metrics()
  const store = await openStore(config, metrics, (sentence) => log.warn('store', { sentence }))
  ends.push(() => store.close())
  const isSupplySet = held.some(({ name, origin }) => name === 'EWALLET_SUPPLY' && origin !== 'default')
  const sockets = new ListeningSockets(config, log, (isExposed) => {
    if (!isSupplySet) config.supply = isExposed ? 'granted' : 'open'
  })
  const house = await openHouse({
    config,
    store,
    sockets,
    random: randomBytes,
    onFault: (error, path, request) => log.fault('fault', error, { request, path }),
    ...(log.isDetailed && { onAnswer: (answered) => log.debug('answered', { ...answered }) }),
    metrics,
    stop: stopping.stop,
  })
  ends.push(() => house.close())

  const turnedAway = new TurnedAway(metrics, log)
  ends.push(async () => turnedAway.sumUp())
  const reception: Reception = new Reception((...said) => house.answer(...said), {
    onFault: (error) => log.fault('fault', error),
    onRefused: (reason, address) => turnedAway.add(reason, address),
    isWell: () => house.isWell(),
    async metrics() {
      const { expose } = await import('./metrics/exposition.ts')
      const [{ connections }, unsentBytes] = [sockets, reception.backlog.bytes]
      return expose(metrics, { ...(await house.gauges()), connections, unsentBytes })
    },
  })
  const admin = await openAdminSocket(place, config, reception)
  ends.push(() => admin.close(CONNECTIONS_MS))
  sockets.serve(reception)
  ends.push(() => sockets.end(CONNECTIONS_MS))
  const refused = await sockets.startListener()
  if (isRefusal(refused)) {
    throw new NotStarted(`${refused.error} Set EWALLET_PORT, or EWALLET_PORT_FALLBACK=true.`, exitCodes.fault)
  }
  house.start()
  // What was accepted is answered before anything else ends.
  ends.push(() => reception.close(ANSWERS_MS))

  const { url } = sockets
  const startedAt = new Date().toISOString()
  writeWhole(daemonFile, { pid: process.pid, url, started_at: startedAt, admin: admin.path })
  ends.push(async () => rmSync(daemonFile, { force: true }))
  process.stdout.write(`listening ${sockets.listeningUrl}\n`)
  log.info('listening', { url, store: withoutPassword(config.store) })

  const exitCode = await stopping.stopped
  log.info('stopping')
  return exitCode
}

/** How the daemon is asked to end: by the operator, by a signal, or by a fault that nobody caught. */
function stopOf(process: NodeJS.Process, log: Log): { stop: () => void; stopped: Promise<number> } {
  let tell: (exitCode: number) => void = () => {}
  const stopped = new Promise<number>((resolve) => {
    tell = resolve
  })
  let isAsked = false
  for (const signal of signals) {
    process.on(signal, () => {
      // Asked twice, it does not wait for anybody: what was acknowledged is on disk.
      if (isAsked) process.exit(exitCodes.fault)
      isAsked = true
      tell(0)
    })
  }
  process.on('uncaughtException', (error) => {
    log.fault('uncaught', error)
    tell(exitCodes.fault)
  })
  return { stop: () => tell(0), stopped }
}

async function openStore(config: Config, metrics: Metrics, report: (sentence: string) => void): Promise<Store> {
  const time = machineTime()
  const onSynced = (transactions: number, ms: number) => metrics.synced(transactions, ms)
  if (config.store === 'memory') return new MemoryStore(time)
  if (isDatabase(config.store)) {
    // Who keeps files needs no driver.
    const { openPostgresStore } = await import('./store/postgres/postgres-store.ts')
    const { store: url, storeConnectionsMax: connectionsMax, storeTimeoutMs: timeoutMs } = config
    return openPostgresStore({ url, connectionsMax, timeoutMs, time, report, onSynced })
  }
  if (isBeingMovedInto(config.dataFolder)) {
    const sentence = 'A move into the data folder has not ended: run ewallet system migrate-store again.'
    throw new NotStarted(sentence, exitCodes.conflict)
  }
  const { dataFolder: folder, checkpointBytes } = config
  return openLowdbStore({ folder, time, checkpointBytes, report, onSynced })
}

/** Writes a file whole or not at all: others may read it at any moment. */
function writeWhole(path: string, content: object): void {
  const draft = `${path}.new`
  writeFileSync(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}
