import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, isRefusal } from '@ewallet/protocol'
import { BadSetting, type Config, type Environment, readConfig } from './config.ts'
import { openHouse } from './daemon.ts'
import { openAdminSocket } from './listeners/admin-socket.ts'
import { Reception } from './listeners/reception.ts'
import { ListeningSockets } from './listeners/sockets.ts'
import { openLog } from './log.ts'
import { openLowdbStore } from './store/lowdb/lowdb-store.ts'
import { MemoryStore } from './store/memory/memory-store.ts'
import type { Store } from './store/store.ts'
import { machineTime } from './time.ts'

/** How long answers that were accepted, and then connections, may take to end. */
const ANSWERS_MS = 10_000
const CONNECTIONS_MS = 2_000

/** The parts of node's process a daemon has to do with. */
export type Process = Pick<NodeJS.Process, 'pid' | 'env' | 'stdout' | 'stderr' | 'on' | 'off' | 'exit' | 'umask'>

/** Runs the daemon until it is told to stop; gives back its exit code. */
export async function main(env: Environment, process: Process): Promise<number> {
  try {
    return await run(env, process)
  } catch (error) {
    const isExpected = error instanceof BadSetting
    process.stderr.write(`ewalletd: ${isExpected ? error.message : ((error as Error)?.stack ?? error)}\n`)
    return isExpected ? exitCodes.usage : exitCodes.fault
  }
}

async function run(env: Environment, process: Process): Promise<number> {
  const { config, timeZone, held } = await readConfig(env)
  if (timeZone) process.env.TZ = timeZone
  // Nothing this process makes is anybody else's to read.
  process.umask(0o077)
  // Whoever read the output is gone; the daemon goes on.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  const log = openLog(config.logLevel)
  let tellStop = () => {}
  const stopped = new Promise<void>((resolve) => {
    tellStop = resolve
  })

  const isSupplySet = held.some(({ name, origin }) => name === 'EWALLET_SUPPLY' && origin !== 'default')
  const sockets = new ListeningSockets(config, log, (isExposed) => {
    if (!isSupplySet) config.supply = isExposed ? 'granted' : 'open'
  })
  mkdirSync(config.runtimeFolder, { recursive: true, mode: 0o700 })
  let answer: ConstructorParameters<typeof Reception>[0] = () => Promise.reject(new Error('The house is not open yet.'))
  const reception = new Reception((...said) => answer(...said))
  const admin = await openAdminSocket(config, reception)
  if (!admin) {
    process.stderr.write(`ewalletd: another daemon runs with ${config.runtimeFolder}.\n`)
    return exitCodes.conflict
  }
  const daemonFile = join(config.runtimeFolder, 'daemon.json')
  rmSync(daemonFile, { force: true })

  const store = await openStore(config, (sentence) => log.warn('store', { sentence }))
  const house = await openHouse({
    config,
    store,
    sockets,
    random: randomBytes,
    onFault: (error, path?: string) => log.fault('fault', error, { path }),
    stop: tellStop,
  })
  answer = (frame, connection) => house.answer(frame, connection)
  sockets.serve(reception)
  const refused = await sockets.startListener()
  if (isRefusal(refused)) {
    await store.close()
    await admin.close(0)
    process.stderr.write(`ewalletd: ${refused.error} Set EWALLET_PORT, or EWALLET_PORT_FALLBACK=1.\n`)
    return exitCodes.fault
  }
  house.start()
  const { url } = sockets
  writeDaemonFile(daemonFile, {
    pid: process.pid,
    url,
    started_at: new Date().toISOString(),
    admin: admin.path,
  })
  for (const signal of signals) process.on(signal, tellStop)
  process.stdout.write(`listening ${sockets.listeningUrl}\n`)
  log.info('listening', { url })

  await stopped
  log.info('stopping')
  rmSync(daemonFile, { force: true })
  await reception.close(ANSWERS_MS)
  await Promise.all([sockets.end(CONNECTIONS_MS), house.close()])
  await store.close()
  await admin.close(CONNECTIONS_MS)
  log.info('stopped')
  await log.close()
  for (const signal of signals) process.off(signal, tellStop)
  return 0
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

async function openStore(config: Config, report: (sentence: string) => void): Promise<Store> {
  const time = machineTime()
  if (config.store === 'memory') return new MemoryStore(time)
  return openLowdbStore({ folder: config.dataFolder, time, checkpointBytes: config.checkpointBytes, report })
}

/** Writes it whole or not at all: who reads it may do so at any moment. */
function writeDaemonFile(path: string, content: object): void {
  const draft = `${path}.new`
  writeFileSync(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}
