import { readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Folders } from '../../packages/cli/src/folders.ts'
import { type MoneyCommand, openPendingKeys } from '../../packages/cli/src/pending.ts'
import { someFolders } from './stand.ts'

const NINE = Date.UTC(2026, 0, 5, 9)
const MINUTE = 60_000

const command: MoneyCommand = {
  context: 'local',
  account: 'ada@example.org',
  path: 'client action pay',
  request: { pay: 'bob@example.org', credits: 10 },
}

const files = (folders: Folders) => readdirSync(join(folders.state, 'pending'))

/** The process that kept these keys is gone. */
function theOwnerIsGone(folders: Folders): void {
  for (const name of files(folders)) {
    const [digest, key] = name.split('.')
    renameSync(
      join(folders.state, 'pending', name),
      join(folders.state, 'pending', `${digest}.${key}.999999999-1.json`),
    )
  }
}

describe('a pending key', () => {
  it('lies on the disk, for the owner only, until it is answered', () => {
    const folders = someFolders()
    const key = openPendingKeys(folders).create(command)
    const [name = ''] = files(folders)
    expect(name).toContain(key.key)
    expect(statSync(join(folders.state, 'pending', name)).mode & 0o777).toBe(0o600)
    key.answered()
    expect(files(folders)).toEqual([])
  })

  it('is not taken up while its command is still being answered', () => {
    const keys = openPendingKeys(someFolders())
    keys.create(command)
    expect(keys.unanswered(command)).toBeUndefined()
  })

  it.each([
    ['whose process is gone', theOwnerIsGone],
    ['that was given up', undefined],
  ])('%s is taken up by the same command', (_, end) => {
    const folders = someFolders()
    const left = openPendingKeys(folders, () => NINE).create(command)
    if (end) end(folders)
    else left.leave()
    const before = openPendingKeys(folders, () => NINE + 9 * MINUTE).unanswered({
      ...command,
      request: { credits: 10, pay: 'bob@example.org' },
    })
    expect(before?.since).toEqual(new Date(NINE))
    const taken = before?.takeUp()
    expect(taken?.key).toBe(left.key)
    taken?.answered()
    expect(files(folders)).toEqual([])
  })

  it('is taken up by one of two that ask at once', () => {
    const folders = someFolders()
    const keys = openPendingKeys(folders)
    keys.create(command).leave()
    const [one, other] = [keys.unanswered(command), keys.unanswered(command)]
    expect(one?.takeUp()).toBeDefined()
    expect(other?.takeUp()).toBeUndefined()
  })

  it('is not taken up after 10 minutes, but still listed', () => {
    const folders = someFolders()
    openPendingKeys(folders, () => NINE)
      .create(command)
      .leave()
    const later = openPendingKeys(folders, () => NINE + 11 * MINUTE)
    expect(later.unanswered(command)).toBeUndefined()
    expect(later.list()).toMatchObject([{ path: 'client action pay', request: command.request }])
  })

  it.each([
    ['context', { context: 'work' }],
    ['account', { account: 'bob@example.org' }],
    ['instruction', { path: 'client action transfer credits' }],
    ['request', { request: { pay: 'bob@example.org', credits: 11 } }],
  ] as const)('is not taken up by a command of another %s', (_, other) => {
    const keys = openPendingKeys(someFolders())
    keys.create(command).leave()
    expect(keys.unanswered({ ...command, ...other } as MoneyCommand)).toBeUndefined()
  })
})
