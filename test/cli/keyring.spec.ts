import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openKeyring } from '../../packages/cli/src/keyring.ts'
import { shellIdentity } from '../../packages/cli/src/process-identity.ts'
import { someFolders } from './stand.ts'

const kept = (n: number) => ({ clientId: `ewsm-uid:${n}`, sessionToken: `ewsm-st:${n}` })

describe('the keyring', () => {
  it('keeps a session per context, for the owner only', async () => {
    const folders = someFolders()
    const keyring = openKeyring(folders)
    expect(keyring.read('local')).toBeUndefined()
    await keyring.replace('local', undefined, async () => kept(1))
    await keyring.replace('work', undefined, async () => kept(2))
    expect(openKeyring(folders).read('local')).toEqual(kept(1))
    expect(openKeyring(folders).read('work')).toEqual(kept(2))
    expect(statSync(join(folders.state, 'sessions.json')).mode & 0o777).toBe(0o600)
    expect(statSync(folders.state).mode & 0o777).toBe(0o700)
  })

  it('is refused with a sentence when others could read it', async () => {
    const folders = someFolders()
    await openKeyring(folders).replace('local', undefined, async () => kept(1))
    chmodSync(join(folders.state, 'sessions.json'), 0o644)
    expect(() => openKeyring(folders).read('local')).toThrow(/can be used by others \(mode 0644\)/)
  })

  it('is refused when others could enter its folder', async () => {
    const folders = someFolders()
    await openKeyring(folders).replace('local', undefined, async () => kept(1))
    chmodSync(folders.state, 0o755)
    expect(() => openKeyring(folders).read('local')).toThrow(/can be entered by others \(mode 0755\)/)
  })

  it('is refused when it cannot be understood', () => {
    const folders = someFolders()
    mkdirSync(folders.state, { recursive: true, mode: 0o700 })
    writeFileSync(join(folders.state, 'sessions.json'), '{', { mode: 0o600 })
    expect(() => openKeyring(folders).read('local')).toThrow(/cannot be understood/)
  })

  it('replaces a worn-out session once, however many ask at once', async () => {
    const folders = someFolders()
    let obtained = 0
    const obtain = async () => kept(++obtained)
    const asked = Array.from({ length: 8 }, () => openKeyring(folders).replace('local', undefined, obtain))
    expect(new Set((await Promise.all(asked)).map(({ sessionToken }) => sessionToken))).toEqual(new Set(['ewsm-st:1']))
    expect(await openKeyring(folders).replace('local', 'ewsm-st:1', obtain)).toEqual(kept(2))
    expect(await openKeyring(folders).replace('local', 'ewsm-st:1', obtain)).toEqual(kept(2))
  })

  it('loses nothing when many write at once', async () => {
    const folders = someFolders()
    const names = Array.from({ length: 12 }, (_, index) => `context-${index}`)
    await Promise.all(
      names.map((name, index) => openKeyring(folders).replace(name, undefined, async () => kept(index))),
    )
    const { contexts } = JSON.parse(readFileSync(join(folders.state, 'sessions.json'), 'utf8'))
    expect(Object.keys(contexts).sort()).toEqual(names.sort())
  })

  it('remembers who logged in last, for this shell and for those that never did', async () => {
    const folders = someFolders()
    const keyring = openKeyring(folders)
    await keyring.replace('local', undefined, async () => kept(1))
    await keyring.remember('local', 'ada@example.org')
    expect(keyring.accountHere('local')).toBe('ada@example.org')
    expect(keyring.read('local')?.account).toBe('ada@example.org')
    await keyring.remember('local', undefined)
    expect(keyring.accountHere('local')).toBeUndefined()
  })

  it('goes by what this shell did, whatever another shell did since', async () => {
    const folders = someFolders()
    const keyring = openKeyring(folders)
    await keyring.replace('local', undefined, async () => kept(1))
    await keyring.remember('local', 'ada@example.org')
    const file = join(folders.state, 'sessions.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('ada@', 'bob@'))
    expect(keyring.read('local')?.account).toBe('bob@example.org')
    expect(keyring.accountHere('local')).toBe('ada@example.org')
  })

  it('forgets shells that are gone', async () => {
    const folders = someFolders()
    const gone = join(folders.state, 'shells', '999999999-1.json')
    mkdirSync(join(folders.state, 'shells'), { recursive: true, mode: 0o700 })
    writeFileSync(gone, '{}', { mode: 0o600 })
    await openKeyring(folders).remember('local', 'ada@example.org')
    expect(() => statSync(gone)).toThrow('ENOENT')
    expect(statSync(join(folders.state, 'shells', `${shellIdentity()}.json`)).mode & 0o777).toBe(0o600)
  })
})
