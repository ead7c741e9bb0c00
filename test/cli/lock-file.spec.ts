import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tryLock, withLock } from '../../packages/cli/src/lock-file.ts'
import { identityOf, isAlive } from '../../packages/cli/src/process-identity.ts'
import { aFolder } from './stand.ts'

describe('a lock', () => {
  it('is held by one at a time', () => {
    const path = join(aFolder(), 'lock')
    const release = tryLock(path)
    expect(release).toBeTypeOf('function')
    expect(tryLock(path)).toBeUndefined()
    release?.()
    expect(tryLock(path)).toBeTypeOf('function')
  })

  it('of a process that is gone is taken over, and leaves nothing beside it', () => {
    const folder = aFolder()
    writeFileSync(join(folder, 'lock'), '999999999-1 dead')
    expect(tryLock(join(folder, 'lock'))).toBeTypeOf('function')
    expect(readdirSync(folder)).toEqual(['lock'])
  })

  it('of an earlier process with the same pid is taken over', () => {
    const path = join(aFolder(), 'lock')
    writeFileSync(path, `${process.pid}-1 earlier`)
    expect(tryLock(path)).toBeTypeOf('function')
  })

  it('lets works go one after the other', async () => {
    const path = join(aFolder(), 'lock')
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 5))
      inside -= 1
    }
    await Promise.all(Array.from({ length: 5 }, () => withLock(path, 10_000, work)))
    expect(most).toBe(1)
  })
})

describe('the identity of a process', () => {
  it('is alive as long as the process', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(child, 'spawn')
    const identity = identityOf(child.pid ?? 0)
    expect(isAlive(identity)).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(isAlive(identity)).toBe(false)
  })

  it.each(['', 'nobody', '0', '-1'])('is not alive when it is "%s"', (identity) => {
    expect(isAlive(identity)).toBe(false)
  })
})
