import { isRefusal } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PassHash } from '../../packages/server/src/domain/rows.ts'
import { PasswordThread } from '../../packages/server/src/sessions/password-hash.ts'

function aPasswordThread(N = 16): PasswordThread {
  const passwords = new PasswordThread(N)
  onTestFinished(() => passwords.close())
  return passwords
}

async function hashed(passwords: PasswordThread, password: string): Promise<PassHash> {
  const pass = await passwords.hash(password)
  if (isRefusal(pass)) throw new Error(pass.code)
  return pass
}

describe('a password', () => {
  it('is kept with the parameters of scrypt beside salt and hash, never itself', async () => {
    const pass = await hashed(aPasswordThread(32), 'correct-horse-1')
    expect(pass).toEqual({ N: 32, r: 8, p: 1, salt: expect.any(String), hash: expect.any(String) })
    expect(Buffer.from(pass.hash, 'base64')).toHaveLength(32)
    expect(JSON.stringify(pass)).not.toContain('horse')
  })

  it('is salted: the same one twice has two hashes', async () => {
    const passwords = aPasswordThread()
    const [a, b] = [await hashed(passwords, 'correct-horse-1'), await hashed(passwords, 'correct-horse-1')]
    expect(a.hash).not.toBe(b.hash)
  })

  it.each([
    ['itself', 'correct-horse-é1', true],
    ['itself in another spelling of Unicode', 'correct-horse-é1'.normalize('NFD'), true],
    ['itself in another case', 'Correct-horse-é1', false],
    ['another', 'wrong', false],
  ])('fits %s', async (_, typed, fits) => {
    const passwords = aPasswordThread()
    expect(await passwords.verify(typed, await hashed(passwords, 'correct-horse-é1'))).toBe(fits)
  })

  it('is compared with the parameters it was kept with, whatever is set now', async () => {
    const pass = await hashed(aPasswordThread(16), 'correct-horse-1')
    expect(await aPasswordThread(64).verify('correct-horse-1', pass)).toBe(true)
  })

  it('never fits an account that does not exist', async () => {
    expect(await aPasswordThread().verify('correct-horse-1', null)).toBe(false)
  })
})

describe('the thread', () => {
  it('refuses more than its queue holds, and goes on afterwards', async () => {
    const passwords = aPasswordThread()
    const answers = await Promise.all(Array.from({ length: 120 }, () => passwords.hash('correct-horse-1')))
    expect(answers.filter(isRefusal)).toHaveLength(20)
    expect(answers.find(isRefusal)).toMatchObject({ code: 'too_busy' })
    expect(await passwords.verify('wrong', null)).toBe(false)
  })

  it('refuses to compare where its queue is full', async () => {
    const passwords = aPasswordThread()
    const waiting = Array.from({ length: 100 }, () => passwords.hash('correct-horse-1'))
    expect(await passwords.verify('wrong', null)).toMatchObject({ code: 'too_busy' })
    await Promise.all(waiting)
  })

  it('does not hold up the main thread', async () => {
    const passwords = aPasswordThread(16_384)
    await passwords.hash('warm')
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 1)
    await Promise.all(Array.from({ length: 4 }, () => passwords.hash('correct-horse-1')))
    clearInterval(timer)
    expect(turns).toBeGreaterThan(10)
  })

  it('fails what waits when it is closed', async () => {
    const passwords = new PasswordThread(16_384)
    const waiting = passwords.hash('correct-horse-1')
    await passwords.close()
    await expect(waiting).rejects.toThrow('ended')
  })
})
