import { randomBytes } from 'node:crypto'
import { isRefusal } from '@ewallet/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { defaults } from '../../packages/server/src/config.ts'
import type { Session } from '../../packages/server/src/domain/rows.ts'
import { Lanes } from '../../packages/server/src/sessions/lanes.ts'
import { Sessions } from '../../packages/server/src/sessions/session-manager.ts'
import { MemoryStore } from '../../packages/server/src/store/memory/memory-store.ts'
import type { Transaction } from '../../packages/server/src/store/store.ts'
import { aHandTurnedClock, NINE } from '../harness.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const time = { ...aHandTurnedClock() }
let store: MemoryStore
let sessions: Sessions

/** Two workers with room for two sessions each. */
beforeEach(() => {
  Object.assign(time, aHandTurnedClock())
  store = new MemoryStore(time)
  sessions = new Sessions(
    { ...defaults, dataFolder: '', runtimeFolder: '', workersMax: 2, sessionsPerWorkerMax: 2 },
    new Lanes({ inFlightPerSessionMax: 10, queuePerWorkerMax: 10_000 }),
    randomBytes,
  )
})

const inside = <T>(work: (tx: Transaction) => Promise<T>) => store.transaction(work)

/** A new session with its client id and token. */
async function opened(clientId = sessions.newClientId(time.now())) {
  const answer = await inside((tx) => sessions.open(tx, { clientId, address: '127.0.0.1' }))
  if (isRefusal(answer)) throw new Error(answer.code)
  return { ...answer, clientId }
}

/** Workers as they stand, with how many sessions each holds. */
async function workers() {
  return inside(async (tx) => {
    const all = []
    for (const { id, state } of await tx.workers.list('all', [])) {
      all.push({ id, state, sessions: (await tx.sessions.list('worker', [id])).length })
    }
    return all
  })
}

const theSession = (id: number) => inside(async (tx) => tx.sessions.get(id))
const validTo = (session: Session) => inside((tx) => sessions.validTo(tx, session))

describe('opening a session', () => {
  it('stores the client id, the SHA-256 of the token and never the token', async () => {
    const { token, clientId, session } = await opened()
    const [client, kept] = await inside(async (tx) => [await tx.clients.get(1), await tx.tokens.get(1)])
    expect(client).toMatchObject({ clientId, token: 1, session: session.id, validTo: NINE + 30 * DAY })
    expect(kept).toMatchObject({ label: token.slice(0, 12), client: 1, session: session.id, validTo: NINE + 12 * HOUR })
    expect(JSON.stringify([client, kept])).not.toContain(token)
  })

  it('fills a worker before it makes another', async () => {
    for (let n = 0; n < 3; n += 1) await opened()
    expect(await workers()).toEqual([
      { id: 1, state: 2, sessions: 2 },
      { id: 2, state: 1, sessions: 1 },
    ])
  })

  it('takes the place of the oldest session where nobody ever logged in once all workers are full', async () => {
    const first = await opened()
    await inside((tx) => sessions.logIn(tx, first.session.id, 1, null))
    for (let n = 0; n < 3; n += 1) {
      time.turn(1)
      await opened()
    }
    time.turn(1)
    const { session } = await opened()
    expect(session.worker).toBe(1)
    expect(await theSession(1)).toBeDefined()
    expect(await theSession(2)).toBeUndefined()
    expect((await workers()).map(({ sessions }) => sessions)).toEqual([2, 2])
  })

  it('is refused where somebody logged in on every session', async () => {
    for (let n = 0; n < 4; n += 1) {
      const { session } = await opened()
      await inside((tx) => sessions.logIn(tx, session.id, 1, null))
    }
    const answer = await inside((tx) => sessions.open(tx, { clientId: sessions.newClientId(NINE), address: null }))
    expect(answer).toMatchObject({ code: 'server_full' })
    expect(await inside((tx) => sessions.openVacant(tx, 'Session'))).toMatchObject({ code: 'server_full' })
  })

  it('takes the place of a session that is over, swept or not, before that of one that lives', async () => {
    for (let n = 0; n < 4; n += 1) {
      time.turn(1)
      const { session } = await opened()
      if (n < 2) await inside((tx) => sessions.logIn(tx, session.id, 1, null))
    }
    time.turn(12 * HOUR - 3)
    // The third and fourth are older by what is stored, and in use.
    for (const id of [3, 4]) sessions.used(id, time.now())
    await opened()
    expect(await theSession(1)).toBeUndefined()
    for (const id of [2, 3, 4]) expect(await theSession(id)).toBeDefined()
  })

  it('ends the session of a token that is over', async () => {
    const { clientId, token } = await opened()
    time.turn(10 * MINUTE)
    const again = await opened(clientId)
    expect(again.session.id).toBe(2)
    expect(await theSession(1)).toBeUndefined()
    expect(await inside((tx) => sessions.tokenStatus(tx, token))).toMatchObject({ valid: false, token: undefined })
  })
})

describe('ending a session', () => {
  it('writes every login down as a logout, frees its client id, and makes its worker vacant', async () => {
    const { session, clientId } = await opened()
    await inside(async (tx) => {
      await sessions.logIn(tx, session.id, 1, null)
      await sessions.logIn(tx, session.id, 2, null)
    })
    time.turn(MINUTE)
    await inside((tx) => sessions.end(tx, session.id))
    expect(await workers()).toEqual([{ id: 1, state: 0, sessions: 0 }])
    const records = await inside(async (tx) => [
      ...(await tx.logoutRecords.list('account', [1])),
      ...(await tx.logoutRecords.list('account', [2])),
    ])
    expect(records).toMatchObject([
      { account: 1, at: NINE + MINUTE },
      { account: 2, at: NINE + MINUTE },
    ])
    expect(await inside(async (tx) => tx.logins.list('session', [session.id]))).toEqual([])
    expect((await opened(clientId)).session.id).toBe(2)
  })

  it('is no mistake where there is none', async () => {
    await inside((tx) => sessions.end(tx, 7))
    expect(await workers()).toEqual([])
  })

  it('stores how far its uses extended the client id', async () => {
    const { session } = await opened()
    sessions.used(session.id, NINE + 5 * MINUTE)
    await inside((tx) => sessions.end(tx, session.id))
    expect(await inside(async (tx) => tx.clients.get(1))).toMatchObject({ validTo: NINE + 30 * DAY + 5 * MINUTE })
  })
})

describe('ending a client id', () => {
  it('keeps it known as expired while it would still be good by its own date', async () => {
    const { clientId } = await opened()
    await inside(async (tx) => {
      const client = await tx.clients.get(1)
      if (client) await sessions.endClient(tx, client)
    })
    expect(await inside(async (tx) => sessions.clientStatus(tx, clientId))).toMatchObject({
      valid: false,
      expired: true,
    })
    expect(await theSession(1)).toBeUndefined()
  })

  it('removes it once its own date is over', async () => {
    const { clientId } = await opened()
    time.turn(30 * DAY)
    await inside(async (tx) => {
      const client = await tx.clients.get(1)
      if (client) await sessions.endClient(tx, client)
    })
    const status = await inside(async (tx) => sessions.clientStatus(tx, clientId))
    expect(status).toEqual({ valid: false, expired: true, client: undefined })
  })
})

describe('a lifetime', () => {
  it('of a session where nobody ever logged in is 10 minutes, from its last use', async () => {
    const { session } = await opened()
    expect(await validTo(session)).toBe(NINE + 10 * MINUTE)
    sessions.used(session.id, NINE + 9 * MINUTE)
    expect(await validTo(session)).toBe(NINE + 19 * MINUTE)
  })

  it("of one where somebody did is its token's", async () => {
    const { session } = await opened()
    time.turn(5 * MINUTE)
    await inside((tx) => sessions.logIn(tx, session.id, 1, null))
    const after = await theSession(session.id)
    expect(after && (await validTo(after))).toBe(NINE + 5 * MINUTE + 12 * HOUR)
    await inside((tx) => sessions.logOut(tx, session.id, 1))
    const left = await theSession(session.id)
    expect(left).toMatchObject({ account: null, unusedSince: null })
    expect(left && (await validTo(left))).toBe(NINE + 5 * MINUTE + 12 * HOUR)
  })

  it('of a client id is 30 days from its last use', async () => {
    const { session, clientId } = await opened()
    time.turn(11 * HOUR)
    sessions.used(session.id, time.now())
    time.turn(30 * DAY - 1)
    expect(await inside(async (tx) => sessions.clientStatus(tx, clientId))).toMatchObject({ valid: true })
    time.turn(1)
    expect(await inside(async (tx) => sessions.clientStatus(tx, clientId))).toMatchObject({
      valid: false,
      expired: true,
    })
  })
})

describe('uses', () => {
  it('are known of so many sessions at the most as there can be, twice, and no live one is forgotten', async () => {
    for (let id = 1; id <= 8; id += 1) sessions.used(id, NINE)
    sessions.used(9, NINE + HOUR)
    const { uses } = sessions as unknown as { uses: Map<number, number> }
    expect(uses.size).toBe(9)
    sessions.used(10, NINE + 12 * HOUR)
    expect([...uses.keys()]).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
  })
})

describe('the accounts of a session', () => {
  it('are told with the active one last, in the order they were active', async () => {
    const { session } = await opened()
    await inside(async (tx) => {
      for (const name of ['a', 'b', 'c']) {
        await tx.accounts.add({ name, nameKey: name, email: name, emailKey: name } as never)
      }
      for (const account of [1, 2, 3]) await sessions.logIn(tx, session.id, account, null)
      await sessions.switchTo(tx, session.id, 1)
    })
    const accounts = await inside((tx) => sessions.loggedIn(tx, session.id))
    expect(accounts.map(({ id }) => id)).toEqual([2, 3, 1])
    expect(await theSession(session.id)).toMatchObject({ account: 1 })
    await inside((tx) => sessions.logOut(tx, session.id, 1))
    expect(await theSession(session.id)).toMatchObject({ account: 3 })
  })

  it('are logged in while one of their sessions lives', async () => {
    const one = await opened()
    const two = await opened()
    await inside(async (tx) => {
      await sessions.logIn(tx, one.session.id, 1, null)
      await sessions.logIn(tx, two.session.id, 1, null)
    })
    const isIn = () => inside((tx) => sessions.isLoggedIn(tx, 1))
    await inside((tx) => sessions.logOut(tx, one.session.id, 1))
    expect(await isIn()).toBe(true)
    time.turn(12 * HOUR)
    expect(await isIn()).toBe(false)
  })
})
