import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { chainOf } from '@ewallet/protocol'
import pg from 'pg'
import WebSocket from 'ws'
import { preparePgbench, startDatabase } from './pgbench.ts'
import { program } from './process.ts'

// Transfers a second on one, two and three daemons against one database, contended and not, each beside pgbench's TPC-B-like on the
// same server, round by round. Every commit reaches the disk.

const SECONDS = Number(process.argv[2] ?? 3)
const ROUNDS = Number(process.argv[3] ?? 5)
const COUNTS = (process.argv[4] ?? '1,2,3').split(',').map(Number)
/** How long daemons warm up, for they begin uncompiled. */
const WARM_SECONDS = 4
const CLIENTS = 8
const IN_FLIGHT = 32
const ended = []

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
  const child = spawn(process.execPath, [...profiled, program('ewalletd')], {
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

const say = (path, request = {}) => ({ command_chain: chainOf(path, request) })

async function person(url, name) {
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

/** Daemons on a schema of their own, and people on each who send to one another. */
async function aStage(server, count, isContended) {
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => {})
  await client.connect()
  const schema = `b${Date.now()}`
  await client.query(`CREATE SCHEMA ${schema}`)
  const store = `${server.url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`
  const daemons = []
  for (let n = 0; n < count; n += 1) daemons.push(await aDaemon(store))
  const numbers = Array.from({ length: CLIENTS * count * 2 }, (_, n) => n)
  const people = await Promise.all(numbers.map((n) => person(daemons[n % count].url, `p${n}`)))
  await client.query('ANALYZE')
  // Uncontended, nobody's partner is anybody else's; contended, all send to one.
  const partnerOf = (n) => (isContended ? people.at(-1) : people[people.length - 1 - n]).user_email
  let [failed, sent, wal] = [0, 0, 0]
  const number = async (sql) => Number(Object.values((await client.query(sql)).rows[0])[0])
  const walNow = () => number("SELECT pg_current_wal_insert_lsn() - '0/0'")
  const tableBytes = () =>
    number(
      `SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE relkind = 'r' AND relnamespace = '${schema}'::regnamespace`,
    )
  const bytesBefore = await tableBytes()

  /** Has everybody send for so many seconds; gives how many a second were acknowledged. */
  async function measure(seconds) {
    let kept = 0
    let isOver = false
    const walBefore = await walNow()
    const sends = async (n) => {
      const chain = say('client action transfer credits', { transfer_to: partnerOf(n), credits: 1 })
      while (!isOver) {
        const answer = await people[n].caller.says(chain)
        if (answer.failed) failed += 1
        else kept += 1
      }
    }
    const began = performance.now()
    const loops = Array.from({ length: CLIENTS * count * IN_FLIGHT }, (_, place) => sends(place % (CLIENTS * count)))
    await pause(seconds)
    const rate = (kept / (performance.now() - began)) * 1_000
    isOver = true
    await Promise.all(loops)
    wal += (await walNow()) - walBefore
    sent += kept
    return rate
  }

  return {
    measure,
    failed: () => failed,
    /** What a transfer added, in bytes: to the tables and their indexes, and to the WAL. */
    added: async () => ({ tables: ((await tableBytes()) - bytesBefore) / sent, wal: wal / sent }),
    async end() {
      for (const { caller } of people) caller.leave()
      for (const daemon of daemons) await daemon.stop()
      await client.query(`DROP SCHEMA ${schema} CASCADE`)
      await client.end()
    },
  }
}

function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
}

function medianOf(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

/** The load of the machine over the last minute; what else runs on it shows here. */
const loadNow = () => loadavg()[0].toFixed(1)

try {
  const server = await startDatabase()
  ended.push(() => server.stop())
  const bench = await preparePgbench(server, { clients: CLIENTS, seconds: SECONDS })
  if (!bench) console.log("pgbench is not here (Debian's postgresql-contrib has it); measured without it")
  const cores = cpus()
  console.log(
    `${cores.length} × ${cores[0]?.model}; medians of ${ROUNDS} rounds of ${SECONDS} s, pgbench and transfers in turn; ${CLIENTS} connections a daemon, ${IN_FLIGHT} in flight each; load ${loadNow()} before`,
  )
  const rows = []
  for (const isContended of [false, true]) {
    for (const count of COUNTS) {
      const stage = await aStage(server, count, isContended)
      await stage.measure(WARM_SECONDS)
      const [ours, theirs] = [[], []]
      for (let round = 0; round < ROUNDS; round += 1) {
        if (bench) theirs.push(await bench())
        ours.push(await stage.measure(SECONDS))
      }
      const added = await stage.added()
      await stage.end()
      const [rate, tps] = [medianOf(ours), medianOf(theirs)]
      rows.push({
        what: `${count} daemon${count > 1 ? 's' : ''}, ${isContended ? 'all to one' : 'everybody to another'}`,
        'transfers/s': Math.round(rate),
        'a daemon': Math.round(rate / count),
        pgbench: tps === undefined ? 'not here' : Math.round(tps),
        'of pgbench': tps === undefined ? undefined : Number((rate / tps).toFixed(2)),
        refused: stage.failed(),
        'bytes each': Math.round(added.tables),
        'WAL each': Math.round(added.wal),
        load: loadNow(),
      })
      console.log(JSON.stringify(rows.at(-1)))
    }
  }
  console.table(rows)
} finally {
  for (const end of ended.reverse()) await end()
}
