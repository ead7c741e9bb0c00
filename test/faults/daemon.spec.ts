import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PASSWORD } from '../harness.ts'
import { aLine, type Heard, type Line } from '../listening.ts'
import { anEndedDaemon, aRunningDaemon, type RunningDaemon } from '../process.ts'
import { rewrite } from './folder.ts'

const chain = (action: string, rest: object) => ({ controller: 'client', ctype: 'action', action, ...rest })
const system = (action: string, rest: object) => ({ controller: 'system', ctype: 'action', action, ...rest })

interface Held {
  client_id: string
  session_token: string
}

/** Ada, logged in over a line. */
async function ada(line: Line, isNew = true): Promise<Held> {
  const { client_id } = (await line.says(chain('request', { request: 'client_id' }))) as unknown as Held
  const asked = chain('request', { request: 'session_token', client_id })
  const { session_token } = (await line.says(asked)) as unknown as Held
  const held = { client_id, session_token }
  const person = { user_name: 'ada', user_email: 'ada@example.org', user_pass: PASSWORD }
  if (isNew) await line.says({ ...held, ...chain('new', { new: 'account', ...person }) })
  await line.says({ ...held, ...chain('login', { user_email: person.user_email, user_pass: PASSWORD }) })
  return held
}

/** Supplies one credit after the other, many at once, until something is refused or enough were acknowledged. */
async function supply(line: Line, held: Held, most: number): Promise<{ acknowledged: number; refused: unknown }> {
  const said = { acknowledged: 0, refused: undefined as unknown }
  let asked = 0
  const lanes = Array.from({ length: 50 }, async () => {
    while (asked < most && said.refused === undefined) {
      asked += 1
      const answer = await line.says({ ...held, ...chain('supply', { supply: 'credits', credits: 1 }) })
      if (answer.failed) said.refused ??= answer.code
      else said.acknowledged += 1
    }
  })
  await Promise.all(lanes)
  return said
}

async function creditsOf(daemon: RunningDaemon): Promise<number> {
  const line = await aLine(daemon.url)
  const held = await ada(line, false)
  const { ewallet_data } = await line.says({ ...held, ...chain('view', { view: 'credit', credit: 'ewallet' }) })
  return (ewallet_data as { credits: number }).credits
}

/** Says something on the admin channel and gives back its answer, with how far it said to be meanwhile. */
async function operate(daemon: RunningDaemon, frame: object): Promise<Heard & { progress: number[] }> {
  const line = await aLine(`ws+unix://${daemon.admin}:/`)
  line.sends(JSON.stringify(frame))
  const progress: number[] = []
  for (;;) {
    const heard = (await line.next()) as { response?: Heard; event?: string; data?: { done: number; of: number } }
    if (heard.response) return { ...heard.response, progress }
    if (heard.data) progress.push(heard.data.done / heard.data.of)
  }
}

describe('a daemon', () => {
  it('draws checkpoints and packs the journal while it serves, and is proved the same by itself and after kill -9', async () => {
    const daemon = await aRunningDaemon({ env: { EWALLET_CHECKPOINT_MB: '1' } })
    const line = await aLine(daemon.url)
    const held = await ada(line)
    const { acknowledged, refused } = await supply(line, held, 2_500)
    expect([acknowledged, refused]).toEqual([2_500, undefined])
    const journal = join(daemon.home, 'data', 'journal')
    const isPacked = () => readdirSync(journal).some((name) => name.endsWith('.gz'))
    while (!isPacked()) await new Promise((resolve) => setTimeout(resolve, 20))
    while (!existsSync(join(daemon.home, 'data', 'manifest.json')))
      await new Promise((resolve) => setTimeout(resolve, 20))

    const proof = await operate(daemon, system('verify', { verify: 'store' }))
    expect(proof).toMatchObject({ failed: false, postings: 2_500, entries: 5_000 })
    expect(proof.progress.length).toBeGreaterThan(0)
    expect(proof.progress).toEqual([...proof.progress].sort((a, b) => a - b))
    const copy = join(daemon.home, 'copy')
    expect(await operate(daemon, system('backup', { backup: 'store', path: copy }))).toMatchObject({ path: copy })
    await daemon.stop('SIGKILL')

    const next = await aRunningDaemon({ home: daemon.home })
    expect(await creditsOf(next)).toBe(2_500)
    expect(await operate(next, system('verify', { verify: 'store' }))).toMatchObject({ postings: 2_500 })
    expect(await next.stop()).toBe(0)
  })

  it('lets nobody else read what it keeps', async () => {
    const daemon = await aRunningDaemon()
    await supply(await aLine(daemon.url), await ada(await aLine(daemon.url)), 5)
    const modes = () =>
      readdirSync(daemon.home, { recursive: true, withFileTypes: true }).map((entry) => {
        const mode = (statSync(join(entry.parentPath, entry.name)).mode & 0o777).toString(8)
        return [entry.name, mode, entry.isDirectory() ? '700' : '600'] as const
      })
    for (const [name, mode, expected] of modes()) expect([name, mode]).toEqual([name, expected])
    await daemon.stop()
    for (const [name, mode, expected] of modes()) expect([name, mode]).toEqual([name, expected])
  })

  it('does not start on a journal that was changed, and says where in one line', async () => {
    const daemon = await aRunningDaemon()
    const line = await aLine(daemon.url)
    const held = await ada(line)
    for (let n = 0; n < 3; n += 1) await supply(line, held, 1)
    await daemon.stop('SIGKILL')
    const journal = join(daemon.home, 'data', 'journal')
    const name = readdirSync(journal)[0] as string
    rewrite(join(journal, name), (bytes) => Buffer.from(bytes.toString().replace('ada@example.org', 'eve@example.org')))
    const before = readFileSync(join(journal, name))
    const ended = await anEndedDaemon({ EWALLET_HOME: daemon.home, EWALLET_PORT: '0' })
    expect(ended.exitCode).toBe(1)
    expect(ended.stderr).toMatch(new RegExp(`^ewalletd: journal/${name}, line \\d+: .*restore a backup\\.\n`))
    expect(readFileSync(join(journal, name))).toEqual(before)
    expect(existsSync(join(daemon.home, 'data', 'lock'))).toBe(false)
  })

  it.each(['data', 'runtime'])('ends when it is told to though its %s folder is gone', async (folder) => {
    const daemon = await aRunningDaemon()
    const line = await aLine(daemon.url)
    const held = await ada(line)
    expect(await supply(line, held, 5)).toMatchObject({ acknowledged: 5 })
    rmSync(join(daemon.home, folder), { recursive: true })
    // Nothing is acknowledged that goes into a file nobody will find.
    if (folder === 'data')
      expect(await supply(line, held, 1)).toEqual({ acknowledged: 0, refused: 'store_unavailable' })
    const code = await daemon.stop()
    if (folder === 'data') expect(code).toBe(1)
    else expect(code).not.toBeNull()
  })

  it('on a disk that is full refuses all, loses nothing, ends when told, and goes on where there is room', async ({
    skip,
  }) => {
    const home = aSmallDisk(1)
    if (!home) return skip('this machine mounts no tmpfs')
    const daemon = await aRunningDaemon({ home })
    const line = await aLine(daemon.url)
    const { acknowledged, refused } = await supply(line, await ada(line), 100_000)
    expect(refused).toBe('store_unavailable')
    expect(acknowledged).toBeGreaterThan(100)
    expect(await operate(daemon, system('stop', { stop: 'daemon' }))).toMatchObject({ stopping: true })
    expect(await daemon.exited).toBe(1)
    execFileSync('mount', ['-o', 'remount,size=16m', home])
    const next = await aRunningDaemon({ home })
    const credits = await creditsOf(next)
    expect(credits).toBeGreaterThanOrEqual(acknowledged)
    // At most those that were asked for and not answered are there besides.
    expect(credits).toBeLessThanOrEqual(acknowledged + 50)
    expect(await operate(next, system('verify', { verify: 'store' }))).toMatchObject({ postings: credits })
    expect(await next.stop()).toBe(0)
  })
})

/** A disk of some MiB in memory, taken away when the test is over; undefined where none can be mounted. */
function aSmallDisk(mebibytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-disk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'ewallet-test', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', [folder]))
  return folder
}
