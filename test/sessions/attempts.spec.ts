import { describe, expect, it } from 'vitest'
import { LoginAttempts } from '../../packages/server/src/sessions/attempts.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const HERE = '192.0.2.1'

/** Attempts with so many failures of ada from here, all at moment 0. */
function failed(count: number): LoginAttempts {
  const attempts = new LoginAttempts()
  for (let n = 0; n < count; n += 1) attempts.failed('ada', HERE, 0)
  return attempts
}

describe('login back-off', () => {
  it.each([
    [0, 0],
    [4, 0],
    [5, 2],
    [6, 4],
    [7, 8],
    [8, 16],
    [13, 512],
    [14, 900],
    [40, 900],
  ])('after %i failures it is %i seconds', (failures, seconds) => {
    expect(failed(failures).waitMs('ada', HERE, 0)).toBe(seconds * SECOND)
  })

  it('passes with time', () => {
    const attempts = failed(6)
    expect(attempts.waitMs('ada', HERE, 3 * SECOND)).toBe(SECOND)
    expect(attempts.waitMs('ada', HERE, 4 * SECOND)).toBe(0)
  })

  it('goes on doubling with the next failure after a wait', () => {
    const attempts = failed(6)
    attempts.failed('ada', HERE, 4 * SECOND)
    expect(attempts.waitMs('ada', HERE, 4 * SECOND)).toBe(8 * SECOND)
  })

  it('is of one account from one address', () => {
    const attempts = failed(10)
    expect(attempts.waitMs('ada', '192.0.2.2', 0)).toBe(0)
    expect(attempts.waitMs('bob', HERE, 0)).toBe(0)
    expect(attempts.waitMs('ada', null, 0)).toBe(0)
  })

  it('is over with a success', () => {
    const attempts = failed(6)
    attempts.succeeded('ada', HERE)
    expect(attempts.waitMs('ada', HERE, 0)).toBe(0)
    attempts.failed('ada', HERE, 0)
    expect(attempts.waitMs('ada', HERE, 0)).toBe(0)
  })

  it('begins anew after an hour without a failure', () => {
    const attempts = failed(10)
    attempts.failed('ada', HERE, HOUR)
    expect(attempts.waitMs('ada', HERE, HOUR)).toBe(0)
  })
})

describe('the failures of one hour', () => {
  it('are at most 50 from one address, whoever is meant', () => {
    const attempts = new LoginAttempts()
    for (let n = 0; n < 50; n += 1) {
      expect(attempts.waitMs(`account ${n}`, HERE, n * SECOND)).toBe(0)
      attempts.failed(`account ${n}`, HERE, n * SECOND)
    }
    expect(attempts.waitMs('somebody else', HERE, 50 * SECOND)).toBe(HOUR - 50 * SECOND)
    expect(attempts.waitMs('somebody else', '192.0.2.2', 50 * SECOND)).toBe(0)
    expect(attempts.waitMs('somebody else', HERE, HOUR)).toBe(0)
  })

  it('are at most 200 of one account, from wherever', () => {
    const attempts = new LoginAttempts()
    for (let n = 0; n < 200; n += 1) {
      expect(attempts.waitMs('ada', `192.0.2.${n}`, 0)).toBe(0)
      attempts.failed('ada', `192.0.2.${n}`, 0)
    }
    expect(attempts.waitMs('ada', '198.51.100.1', 0)).toBe(HOUR)
    expect(attempts.waitMs('bob', '198.51.100.1', 0)).toBe(0)
  })

  it('count in any hour, not only from the full one on', () => {
    const attempts = new LoginAttempts()
    for (let n = 0; n < 49; n += 1) attempts.failed(`a${n}`, HERE, HOUR - 1)
    attempts.failed('a', HERE, HOUR + 1)
    expect(attempts.waitMs('somebody else', HERE, HOUR + 1)).toBe(HOUR - 2)
  })
})

describe('what is remembered', () => {
  it('is bounded where everything is over', () => {
    const attempts = new LoginAttempts()
    for (let n = 0; n < 20_000; n += 1) attempts.failed(`a${n}`, `${n}`, 0)
    attempts.failed('ada', HERE, 2 * HOUR)
    const { pairs } = attempts as unknown as { pairs: Map<string, unknown> }
    expect(pairs.size).toBeLessThanOrEqual(10_000)
  })
})
