import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitCodes } from '@ewallet/protocol'
import { type Environment, isDatabase, readConfig } from './config.ts'
import { type Ends, NotStarted, own } from './own-folder.ts'
import { proveBackup, restoreBackup } from './restoration.ts'

const usage = 'it is called as ewalletd, ewalletd verify FOLDER, or ewalletd restore FOLDER [--seq LINE] [--at MS].'

/** Works on a data folder that no daemon uses; tells how far it is and what it came to on stdout, as a line of JSON each. */
export async function workOffline(
  verb: string,
  typed: string[],
  env: Environment,
  process: NodeJS.Process,
  ends: Ends,
): Promise<number> {
  if (verb === 'migrate-store') return moveStore(env, process, ends)
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

/** Moves a store no daemon uses; tells how far it is and what it came to on stdout, as a line of JSON each. */
async function moveStore(env: Environment, process: NodeJS.Process, ends: Ends): Promise<number> {
  process.umask(0o077)
  const { config } = await readConfig(env)
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
