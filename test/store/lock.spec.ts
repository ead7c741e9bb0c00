import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Lock, lockFolder } from '../../packages/server/src/store/lowdb/lock.ts'

const made: string[] = []
const locks: Lock[] = []

function aFolder(...below: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-lock-'))
  made.push(folder)
  const deep = join(folder, ...below)
  mkdirSync(deep, { recursive: true })
  return deep
}

async function taken(folder: string): Promise<Lock> {
  const lock = await lockFolder(folder)
  if (lock === 'held') throw new Error('The folder is held.')
  locks.push(lock)
  return lock
}

afterEach(async () => {
  for (const lock of locks.splice(0)) await lock.release()
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe('the lock of a data folder', () => {
  it('is had by one at a time', async () => {
    const folder = aFolder()
    const lock = await taken(folder)
    expect(await lockFolder(folder)).toBe('held')
    expect(await lockFolder(join(folder, '..', folder.split('/').at(-1) as string))).toBe('held')
    await lock.release()
    await taken(folder)
  })

  it('goes to exactly one of many who ask at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const folder = aFolder()
      const answers = await Promise.all(Array.from({ length: 8 }, () => lockFolder(folder)))
      const won = answers.filter((answer) => answer !== 'held')
      expect(won).toHaveLength(1)
      for (const lock of won) await lock.release()
    }
  })

  it('is asked for again under another name where somebody took the first for a stale one', async () => {
    const folder = aFolder()
    const taking = taken(folder)
    // It is bound, and nothing of this process ran since.
    const [first] = readdirSync(folder)
    rmSync(join(folder, first as string))
    const lock = await taking
    expect(lock.socket).not.toBe(join(folder, first as string))
    expect(statSync(lock.socket).mode & 0o777).toBe(0o600)
    expect(await lockFolder(folder)).toBe('held')
  })

  it('is not kept by a process that was killed', async () => {
    const folder = aFolder()
    const socket = join(folder, '.lock-00000000dead.sock')
    const listens = `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log('listening'))`
    const child = spawn(process.execPath, ['-e', listens])
    // The file is there before anybody listens.
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect(await lockFolder(folder)).toBe('held')
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(existsSync(socket)).toBe(true)
    await taken(folder)
    expect(existsSync(socket)).toBe(false)
  })

  it('is held by one that listens and is too busy to answer', async () => {
    const folder = aFolder()
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(join(folder, '.lock-ffffffffffff.sock'), resolve))
    expect(await lockFolder(folder)).toBe('held')
    server.close()
  })

  it('tells people which process has it, and nobody else may use it', async () => {
    const folder = aFolder()
    const lock = await taken(folder)
    expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toEqual({ pid: process.pid, socket: lock.socket })
    expect(statSync(join(folder, 'lock')).mode & 0o777).toBe(0o600)
    expect(statSync(lock.socket).mode & 0o777).toBe(0o600)
    await lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('works in a folder whose name is too long for a socket', async () => {
    const folder = aFolder('a-name-of-forty-letters-0123456789-012345', 'a-name-of-forty-letters-0123456789-012345')
    const lock = await taken(folder)
    expect(Buffer.byteLength(lock.socket)).toBeLessThanOrEqual(103)
    expect(lock.socket.startsWith(folder)).toBe(false)
    expect(await lockFolder(folder)).toBe('held')
  })
})
