import { execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Client, connect, isRefusal, type SocketConstructor } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { aRunningDaemon, type RunningDaemon } from '../process.ts'
import { told } from './database.ts'
import { freePort } from './server.ts'
import { expectSound } from './sound.ts'

const run = promisify(execFile)
const PASSWORD = 'correct-horse-1'
const DEBIAN = '/usr/lib/postgresql'

/** Where Debian keeps the newest server with the programs that copy it; the server that the other specs start comes without them. */
function programs(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []
  const folders = versions.map((version) => join(DEBIAN, version, 'bin'))
  const found = folders.find((folder) =>
    ['postgres', 'pg_dump', 'pg_restore'].every((each) => existsSync(join(folder, each))),
  )
  const reason = !found
    ? 'pg_dump is not installed here (apt-get install postgresql)'
    : process.env.EWALLET_TEST_STORE !== 'postgres' && 'the restore drill is a part of npm run test:postgres'
  if (reason) process.stderr.write(`skipped: ${reason}\n`)
  return reason ? undefined : found
}

const folder = programs()

/** The user that a server may run as: not root. */
function servant(): { uid: number; gid: number } | object {
  if (process.getuid?.() !== 0) return {}
  const { uid, gid } = statSync('/var/lib/postgresql')
  return { uid, gid }
}

/** Debian's own server with two empty databases; gives the addresses. */
async function aServer(bin: string): Promise<[string, string]> {
  const place = mkdtempSync(join(tmpdir(), 'ewallet-drill-'))
  chmodSync(place, 0o755)
  const user = servant()
  if ('uid' in user) chownSync(place, user.uid, user.gid)
  const data = join(place, 'data')
  const flags = ['-D', data, '-U', 'ewallet', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), flags, { ...user, cwd: place, stdio: 'ignore' })
  const port = await freePort()
  const settings = ['fsync=off', 'unix_socket_directories=', `port=${port}`].flatMap((setting) => ['-c', setting])
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...settings], { ...user, cwd: place, stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()))
  onTestFinished(async () => {
    server.kill('SIGQUIT')
    await ended
    rmSync(place, { recursive: true, force: true })
  })
  const at = (database: string) => `postgres://ewallet@127.0.0.1:${port}/${database}`
  await vi.waitFor(() => told(at('postgres'), 'SELECT 1'), { timeout: 20_000 })
  for (const name of ['first', 'second']) await told(at('postgres'), `CREATE DATABASE ${name}`)
  return [at('first'), at('second')]
}

const connected = (url: string) => connect(url, { WebSocket: WebSocket as unknown as SocketConstructor })

function granted<T extends object>(answer: T): Exclude<T, { failed: true }> {
  if (isRefusal(answer)) throw new Error(JSON.stringify(answer))
  return answer as Exclude<T, { failed: true }>
}

async function entered(url: string, name: string, isNew = true): Promise<Client> {
  const client = await connected(url)
  const { client_id } = granted(await client.say('client action request client_id', {}))
  client.identify(client_id)
  const { session_token } = granted(await client.say('client action request session_token', { client_id }))
  client.identify(client_id, session_token)
  const credentials = { user_email: `${name}@example.org`, user_pass: PASSWORD }
  if (isNew) granted(await client.say('client action new account', { user_name: name, ...credentials }))
  granted(await client.say('client action login', credentials))
  return client
}

async function expectProven({ admin }: RunningDaemon): Promise<void> {
  const operator = await connected(`ws+unix://${admin}:/`)
  expect(await operator.say('system action verify store', {})).toMatchObject({ failed: false, seq: 0 })
  operator.close()
}

const pay = (client: Client, idempotencyKey: string) =>
  client.say('client action pay', { pay: 'bob@example.org', credits: 1 }, { idempotencyKey })

describe.skipIf(!folder)('a database that is lost', () => {
  it('comes back from a copy that pg_dump made while the daemon went on: all that was acknowledged before it, and it proves itself', async () => {
    const bin = folder ?? ''
    const [first, second] = await aServer(bin)
    const dump = join(mkdtempSync(join(tmpdir(), 'ewallet-drill-')), 'ewallet.dump')
    onTestFinished(() => rmSync(join(dump, '..'), { recursive: true, force: true }))
    const serve = (store: string) => aRunningDaemon({ env: { EWALLET_STORE: store, EWALLET_LOG_LEVEL: 'silent' } })
    const daemon = await serve(first)
    const [ada, bob] = [await entered(daemon.url, 'ada'), await entered(daemon.url, 'bob')]
    granted(await ada.say('client action supply credits', { credits: 10_000 }))
    const before = new Map<string, unknown>()
    for (let n = 0; n < 20; n += 1) before.set(`before ${n}`, granted(await pay(ada, `before ${n}`)))

    let isOver = false
    const paying = (async () => {
      let n = 0
      for (; !isOver; n += 1) granted(await pay(ada, `meanwhile ${n}`))
      return n
    })()
    await run(join(bin, 'pg_dump'), ['--format=custom', '--serializable-deferrable', `--file=${dump}`, first])
    isOver = true
    expect(await paying).toBeGreaterThan(0)
    for (const client of [ada, bob]) client.close()
    await daemon.stop('SIGKILL')

    await run(join(bin, 'pg_restore'), ['--exit-on-error', '--single-transaction', `--dbname=${second}`, dump])
    const again = await serve(second)
    await expectProven(again)
    await expectSound(second)
    const back = await entered(again.url, 'ada', false)
    for (const [key, answer] of before) expect(await pay(back, key)).toEqual(answer)
    // Nothing that is new gets an id that the copy knows already.
    const { transfer_record } = granted(await pay(back, 'after'))
    const [known] = await told(second, 'SELECT max(id)::int AS last, count(*)::int FROM transfer_records')
    expect(known).toMatchObject({ last: transfer_record + 1 })
    await expectProven(again)
    back.close()
  }, 120_000)
})
