import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCodes, isRefusal } from '@ewallet/protocol'
import { BadSetting, type Config, type Environment, isDatabase, readConfig, withoutPassword } from './config.ts'
import { openHouse } from './daemon.ts'
import { openAdminSocket } from './listeners/admin-socket.ts'
import { Reception } from './listeners/reception.ts'
import { ListeningSockets } from './listeners/sockets.ts'
import { type Log, openLog } from './log.ts'
import { Metrics } from './metrics/metrics.ts'
import { proveBackup, restoreBackup } from './restoration.ts'
import { CannotOpen } from './store/lowdb/cannot-open.ts'
import { lockFolder } from './store/lowdb/lock.ts'
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

/** Why the daemon does not start: one line for whoever started it, and the exit code. */
class NotStarted extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** What is to be undone at the end, the last thing first. */
type Ends = (() => Promise<unknown> | undefined)[]

/** Runs the daemon until it is told to stop; gives back its exit code. */
export async function main(env: Environment, process: NodeJS.Process): Promise<number> {
  const ends: Ends = []
  let exitCode: number
  const [, , verb, ...typed] = process.argv
  try {
    exitCode = verb === undefined ? await run(env, process, ends) : await work(verb, typed, env, process, ends)
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
  const isForPeople = kinds.some((kind) => error instanceof kind)
  return isForPeople ? error.message : (error.stack ?? error.message)
}

async function run(env: Environment, process: NodeJS.Process, ends: Ends): Promise<number> {
  const { config, timeZone, held } = await readConfig(env)
  if (process.argv[2] === 'migrate-store') return moveStore(config, env, process, ends)
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

  const reception: Reception = new Reception(
    (...said) => house.answer(...said),
    (error) => log.fault('fault', error),
    async () => {
      const { expose } = await import('./metrics/exposition.ts')
      const [{ connections }, unsentBytes] = [sockets, reception.backlog.bytes]
      return expose(metrics, { ...(await house.gauges()), connections, unsentBytes })
    },
  )
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

/** Works on a data folder that no daemon uses; tells how far it is and what it came to on stdout, as a line of JSON each. */
async function work(
  verb: string,
  typed: string[],
  env: Environment,
  process: NodeJS.Process,
  ends: Ends,
): Promise<number> {
  const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
  const progress = (done: number, of: number) => tell({ done, of })
  const options = { seq: { type: 'string' }, at: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args: typed, options, allowPositionals: true, strict: false })
  const [folder, ...more] = positionals
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(options, name))
  const numbers = [values.seq, values.at].filter((value) => value !== undefined)
  if (!folder || more.length > 0 || unknown.length > 0 || !numbers.every((value) => /^\d{1,15}$/.test(String(value))))
    throw new NotStarted(usage, exitCodes.usage)
  if (!existsSync(join(folder, 'journal'))) {
    throw new NotStarted(`${folder} holds no store: it has no folder "journal".`, exitCodes.missing)
  }
  const { config } = await readConfig(env)
  process.umask(0o077)
  if (verb === 'verify') tell(proveBackup(folder, progress))
  else if (verb === 'restore') {
    await own(config.dataFolder, ends)
    const point = {
      ...(values.seq !== undefined && { seq: Number(values.seq) }),
      ...(values.at !== undefined && { at: Number(values.at) }),
    }
    tell(await restoreBackup(config, folder, point, progress))
  } else throw new NotStarted(usage, exitCodes.usage)
  return 0
}

const usage = 'it is called as ewalletd, ewalletd verify FOLDER, or ewalletd restore FOLDER [--seq LINE] [--at MS].'

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

/** Makes a folder this daemon's own, and gives back the folder where sockets can be made for it. */
async function own(folder: string, ends: Ends): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700)
  const lock = await lockFolder(folder)
  if (lock === 'held') {
    throw new NotStarted(`another daemon${holderOf(folder)} runs with ${folder}.`, exitCodes.conflict)
  }
  const place = dirname(lock.socket)
  ends.push(async () => {
    await lock.release()
    if (basename(place) !== basename(folder)) removeIfEmpty(place)
  })
  return place
}

/** Removes the folder that stood in for one too deep for sockets, unless another daemon uses it already. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

function holderOf(folder: string): string {
  try {
    return ` (pid ${JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')).pid})`
  } catch {
    return ''
  }
}

async function openStore(config: Config, metrics: Metrics, report: (sentence: string) => void): Promise<Store> {
  const time = machineTime()
  if (config.store === 'memory') return new MemoryStore(time)
  if (isDatabase(config.store)) {
    // Who keeps files needs no driver.
    const { openPostgresStore } = await import('./store/postgres/postgres-store.ts')
    const { store: url, storeConnectionsMax: connectionsMax, storeTimeoutMs: timeoutMs } = config
    return openPostgresStore({ url, connectionsMax, timeoutMs, time, report })
  }
  if (isBeingMovedInto(config.dataFolder)) {
    const sentence = 'A move into the data folder has not ended: run ewallet system migrate-store again.'
    throw new NotStarted(sentence, exitCodes.conflict)
  }
  const { dataFolder: folder, checkpointBytes } = config
  const onSynced = (lines: number, ms: number) => metrics.synced(lines, ms)
  return openLowdbStore({ folder, time, checkpointBytes, report, onSynced })
}

/** Moves a store no daemon uses; tells how far it is and what it came to on stdout, as a line of JSON each. */
async function moveStore(config: Config, env: Environment, process: NodeJS.Process, ends: Ends): Promise<number> {
  process.umask(0o077)
  const to = env.EWALLET_MIGRATE_TO || ''
  const from = env.EWALLET_MIGRATE_FROM || (isDatabase(to) ? 'lowdb' : config.store)
  for (const place of [from, to]) {
    if (place === 'lowdb' || isDatabase(place)) continue
    throw new NotStarted('a store is moved between lowdb and an address as postgres://….', exitCodes.usage)
  }
  if (from === to) throw new NotStarted('it is there already.', exitCodes.usage)
  if (from === 'lowdb' && !existsSync(join(config.dataFolder, 'journal'))) {
    throw new NotStarted(`${config.dataFolder} holds no store.`, exitCodes.missing)
  }
  if ([from, to].includes('lowdb')) await own(config.dataFolder, ends)
  const { relocate } = await import('./store/relocation/relocation.ts')
  const { checkpointBytes, storeConnectionsMax: connectionsMax, storeTimeoutMs: timeoutMs } = config
  const placeOf = (store: string) =>
    store === 'lowdb' ? { folder: config.dataFolder, checkpointBytes } : { url: store, connectionsMax, timeoutMs }
  const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
  tell(await relocate(placeOf(from), placeOf(to), (done, of) => tell({ done, of })))
  return 0
}

/** Writes a file whole or not at all: others may read it at any moment. */
function writeWhole(path: string, content: object): void {
  const draft = `${path}.new`
  writeFileSync(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}
