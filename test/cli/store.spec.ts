import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBar } from '../../packages/cli/src/output/bar.ts'
import { aHome, type Home, PASSWORD } from './home.ts'

/** A home where Ada has 100 credits and 4 events, and a backup of that was taken. */
async function aBackedUpHome(): Promise<{ home: Home; backup: string; balance(): Promise<number> }> {
  const home = aHome()
  onTestFinished(async () => void (await home.ewallet('daemon stop')))
  await home.ewallet(['signup', '--name', 'ada', '--email', 'ada@example.org', '--password-stdin'], { stdin: PASSWORD })
  await home.ewallet('supply 100')
  const backup = join(home.folder, 'monday')
  const { code, out } = await home.ewallet(['system', 'backup', backup])
  expect(code).toBe(0)
  expect(out).toMatch(/Copied the store to .*monday, up to journal line \d+\./)
  return {
    home,
    backup,
    async balance() {
      const { out, err } = await home.ewallet('wallet --json')
      if (!out) throw new Error(err)
      return JSON.parse(out).ewallet_data.credits
    },
  }
}

const login = (home: Home) => home.ewallet(['login', 'ada@example.org', '--password-stdin'], { stdin: PASSWORD })

describe('ewallet system', () => {
  it('verify proves the store of the daemon and a backup, and names the place of damage', async () => {
    const { home, backup } = await aBackedUpHome()
    const proof = JSON.parse((await home.ewallet('system verify --json')).out)
    expect(proof).toMatchObject({ failed: false, postings: 1, entries: 2, wallets: 2 })
    const copied = await home.ewallet(['system', 'verify', backup])
    expect(copied).toMatchObject({ code: 0, err: '' })
    expect(copied.out).toContain('The store agrees with itself')
    const name = readdirSync(join(backup, 'stores')).find((each) => each.startsWith('wallets')) as string
    const path = join(backup, 'stores', name)
    writeFileSync(path, readFileSync(path, 'utf8').replace('"Credit', '"Kredit'))
    const damaged = await home.ewallet(['system', 'verify', backup])
    expect(damaged.code).toBe(1)
    expect(damaged.err).toContain(`stores/${name}, line 2: `)
    expect(await home.ewallet(['system', 'verify', join(home.folder, 'nowhere')])).toMatchObject({ code: 5 })
  })

  it('restore brings a backup back, ends all sessions, keeps what it replaced, and lowers no id', async () => {
    const { home, backup, balance } = await aBackedUpHome()
    await home.ewallet('supply 11')
    const later = JSON.parse((await home.ewallet('supply 7 --json')).out)
    expect(await balance()).toBe(118)
    expect(await home.ewallet(['system', 'restore', backup, '--yes'])).toMatchObject({ code: 8 })
    await home.ewallet('daemon stop')
    expect(await home.ewallet(['system', 'restore', backup])).toMatchObject({ code: 2 })
    const restored = await home.ewallet(['system', 'restore', backup, '--yes', '--json'])
    expect(restored.code).toBe(0)
    const { before } = JSON.parse(restored.out)
    expect(existsSync(join(before, 'journal'))).toBe(true)

    expect(await home.ewallet('wallet')).toMatchObject({ code: 4 })
    expect(await login(home)).toMatchObject({ code: 0 })
    expect(await balance()).toBe(100)
    const next = JSON.parse((await home.ewallet('supply 1 --json')).out)
    expect(next.transfer_record).toBeGreaterThan(later.transfer_record)
    expect(JSON.parse((await home.ewallet('system verify --json')).out)).toMatchObject({ postings: 2 })

    // What was replaced is a store like any other.
    await home.ewallet('daemon stop')
    expect(await home.ewallet(['system', 'restore', before, '--yes'])).toMatchObject({ code: 0 })
    await login(home)
    expect(await balance()).toBe(118)
  })

  it('restore goes back to a line or to a moment, and to none that is not there', async () => {
    const { home, backup, balance } = await aBackedUpHome()
    const moment = new Date(Date.now() + 1).toISOString()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await home.ewallet('supply 11')
    const second = join(home.folder, 'tuesday')
    const { seq } = JSON.parse((await home.ewallet(['system', 'backup', second, '--json'])).out)
    await home.ewallet('daemon stop')
    const restore = (...point: string[]) => home.ewallet(['system', 'restore', second, '--yes', ...point])
    for (const [point, code] of [
      [['--seq', `${seq + 1}`], 5],
      [['--at', '2001-01-01T00:00:00Z'], 5],
      [['--at', 'noon'], 2],
    ] as const) {
      expect([point, (await restore(...point)).code]).toEqual([point, code])
    }
    for (const [point, credits] of [
      [['--at', moment], 100],
      [['--seq', `${seq}`], 111],
    ] as const) {
      expect(await restore(...point)).toMatchObject({ code: 0 })
      await login(home)
      expect([point, await balance()]).toEqual([point, credits])
      await home.ewallet('daemon stop')
    }
    const segment = readdirSync(join(backup, 'journal')).find((name) => name.endsWith('.gz')) as string
    const path = join(backup, 'journal', segment)
    const bytes = readFileSync(path)
    bytes.writeUInt8(bytes.readUInt8(99) ^ 1, 99)
    writeFileSync(path, bytes)
    const refused = await home.ewallet(['system', 'restore', backup, '--yes'])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain(`journal/${segment}`)
    await login(home)
    expect(await balance()).toBe(111)
  })
})

function aStream(isTerminal: boolean) {
  const texts: string[] = []
  const stream = { write: (text: string) => void texts.push(text), isTerminal, colour: false, columns: 40 }
  return { stream, written: () => texts.join('') }
}

describe('a bar', () => {
  it('fills on a terminal as far as something is, and goes', () => {
    const { stream, written } = aStream(true)
    const bar = openBar(stream, 'Verifying', true)
    bar.at(1, 4)
    expect(written()).toBe(`\rVerifying ${'#'.repeat(5)}${'.'.repeat(18)}  25%`)
    bar.at(4, 4)
    expect(written()).toContain(`${'#'.repeat(23)} 100%`)
    bar.end()
    expect(written().endsWith(`\r${' '.repeat(38)}\r`)).toBe(true)
  })

  it('is not drawn where nobody looks', () => {
    const { stream, written } = aStream(false)
    const bar = openBar(stream, 'Verifying', true)
    bar.at(1, 2)
    bar.end()
    expect(written()).toBe('')
  })
})
