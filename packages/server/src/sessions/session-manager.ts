import { hash } from 'node:crypto'
import { isRefusal, type Refusal, refuse } from '@ewallet/protocol'
import type { Config } from '../config.ts'
import type { Account, Client, Session, Token } from '../domain/rows.ts'
import { clientIdFrom, clientIdMadeAt, isTokenForm, labelOf, tokenFrom, UNUSED_SESSION_MS } from '../domain/token.ts'
import type { ClientStatus, SessionManager } from '../handler.ts'
import { type Awaitable, after, type Transaction } from '../store/store.ts'
import type { Lanes } from './lanes.ts'

/** Random bytes of which at least 20 alphanumerics are made. */
const RANDOM_BYTES = 64
/** How many sessions that are stored as over are looked at for one that truly is. */
const OVERDUE_LOOKED_AT = 10

/** The sessions, their client ids, tokens, logins and workers: rows in the store; only the last uses are in memory. */
export class Sessions implements SessionManager {
  private readonly config: Config
  private readonly random: (size: number) => Uint8Array
  private readonly lanes: Lanes
  /** When each session was last used, by its id: what is not stored yet. */
  private readonly uses = new Map<number, number>()

  constructor(config: Config, lanes: Lanes, random: (size: number) => Uint8Array) {
    this.config = config
    this.lanes = lanes
    this.random = random
  }

  newClientId(now: number): string {
    return clientIdFrom(this.random(RANDOM_BYTES), now)
  }

  /** Remembers that a session is used. */
  used(session: number, now: number): void {
    const max = 2 * this.config.workersMax * this.config.sessionsPerWorkerMax
    if (this.uses.get(session) === now) return
    this.uses.delete(session)
    this.uses.set(session, now)
    if (this.uses.size <= max) return
    // Those used longest ago come first; what is older than a token's life belongs to no live session.
    for (const [other, at] of this.uses) {
      if (this.uses.size <= max || now - at < this.config.tokenMs) return
      this.uses.delete(other)
    }
  }

  usedAt(session: Session): number {
    return Math.max(session.usedAt, this.uses.get(session.id) ?? 0)
  }

  queueOf(worker: number): number {
    return this.lanes.queueOf(worker)
  }

  private lifeOf(session: Session): number {
    return session.unusedSince === null ? this.config.tokenMs : UNUSED_SESSION_MS
  }

  private sessionValidTo(session: Session): number {
    return Math.max(session.validTo, (this.uses.get(session.id) ?? 0) + this.lifeOf(session))
  }

  /** Whether a token and its session are good now, uses in memory counted in. */
  isLive(tx: Transaction, token: Token, session: Session): boolean {
    return this.tokenValidTo(token) > tx.now && this.sessionValidTo(session) > tx.now
  }

  private tokenValidTo(token: Token): number {
    return Math.max(token.validTo, (this.uses.get(token.session) ?? 0) + this.config.tokenMs)
  }

  private clientValidTo(client: Client): number {
    const used = client.session === null ? undefined : this.uses.get(client.session)
    return Math.max(client.validTo, used === undefined ? 0 : used + this.config.clientMs)
  }

  async validTo(tx: Transaction, session: Session): Promise<number> {
    const token = await tx.tokens.find('session', [session.id])
    const validTo = this.sessionValidTo(session)
    return token ? Math.min(validTo, this.tokenValidTo(token)) : validTo
  }

  clientStatus(tx: Transaction, clientId: string, likely?: number): Awaitable<ClientStatus> {
    return after(likely === undefined ? undefined : tx.clients.get(likely), (guessed) => {
      if (guessed?.clientId !== clientId) return this.foundStatus(tx, clientId)
      const valid = this.clientValidTo(guessed) > tx.now
      return { valid, expired: !valid, client: guessed }
    })
  }

  private async foundStatus(tx: Transaction, clientId: string): Promise<ClientStatus> {
    const madeAt = clientIdMadeAt(clientId)
    const client = madeAt === undefined ? undefined : await tx.clients.find('clientId', [clientId])
    if (madeAt === undefined) return { valid: false, expired: false, client }
    // A client id is stored only once it gets a token; until then its own date says how old it is.
    const expired = (client ? this.clientValidTo(client) : madeAt + this.config.clientMs) <= tx.now
    const isEarly = madeAt > tx.now + 1_000
    return { valid: !expired && !isEarly, expired, client }
  }

  /** The token of a hash; `likely` is the id of the row that is looked at first. */
  tokenOf(tx: Transaction, tokenHash: string, likely?: number): Awaitable<Token | undefined> {
    const guessed = likely === undefined ? undefined : tx.tokens.get(likely)
    return after(guessed, (token) => (token?.hash === tokenHash ? token : tx.tokens.find('hash', [tokenHash])))
  }

  async tokenStatus(tx: Transaction, text: string) {
    const token = isTokenForm(text) ? await tx.tokens.find('hash', [hash('sha256', text, 'base64url')]) : undefined
    const session = token && (await tx.sessions.get(token.session))
    const valid = token !== undefined && session !== undefined && this.isLive(tx, token, session)
    return { valid, expired: token !== undefined && !valid, token }
  }

  async open(tx: Transaction, { clientId, address }: { clientId: string; address: string | null }) {
    const { now } = tx
    const client = await tx.clients.find('clientId', [clientId])
    const before = client && client.token !== null ? await tx.tokens.get(client.token) : undefined
    if (before) {
      const session = await tx.sessions.get(before.session)
      if (session && this.isLive(tx, before, session)) return refuse('client_already_linked')
      await this.endToken(tx, before)
    }
    const session = await this.opened(tx, 'Session', address)
    if (isRefusal(session)) return session
    const text = tokenFrom(this.random(RANDOM_BYTES), now)
    await this.link(tx, clientId, text, session)
    return { token: text, session }
  }

  openVacant(tx: Transaction, reference: string) {
    return this.opened(tx, reference, null)
  }

  private async opened(tx: Transaction, reference: string, address: string | null) {
    const { now } = tx
    const worker = await this.roomyWorker(tx)
    if (isRefusal(worker)) return worker
    const session = await tx.sessions.add({
      reference,
      account: null,
      unusedSince: now,
      worker,
      address,
      usedAt: now,
      validTo: now + UNUSED_SESSION_MS,
      createdAt: now,
      writtenAt: now,
    })
    await this.counted(tx, worker)
    return session
  }

  async place(tx: Transaction, session: Session, wanted: number) {
    if (session.worker === wanted) return session
    const worker = await this.room(tx, wanted)
    if (isRefusal(worker)) return worker
    const placed = { ...session, worker, writtenAt: tx.now }
    await tx.sessions.put(placed)
    await this.counted(tx, worker)
    if (session.worker !== null) await this.counted(tx, session.worker)
    const token = await tx.tokens.find('session', [session.id])
    if (token) this.lanes.assign(token.hash, worker)
    return placed
  }

  async map(tx: Transaction, entry: { clientId: string; sessionToken: string; session: number }) {
    const { now } = tx
    const { clientId, sessionToken } = entry
    const { valid, client } = await this.clientStatus(tx, clientId)
    if (!valid) return refuse('client_id_invalid')
    if (!isTokenForm(sessionToken)) return refuse('session_token_invalid')
    const known = await tx.tokens.find('hash', [hash('sha256', sessionToken, 'base64url')])
    if (known && known.client !== client?.id) return refuse('session_token_invalid')
    const held = client && client.token !== null ? await tx.tokens.get(client.token) : undefined
    const before = held && (await tx.sessions.get(held.session))
    if (held && before && held.id !== known?.id && this.isLive(tx, held, before)) return refuse('client_already_linked')
    const session = await tx.sessions.get(entry.session)
    if (!session || this.sessionValidTo(session) <= now) return refuse('session_not_found')
    const holder = await tx.tokens.find('session', [session.id])
    if (holder && holder.client !== client?.id) {
      return refuse('client_already_linked', undefined, 'Another client id already holds that session.')
    }
    if (held) await this.unmap(tx, held)
    await this.link(tx, clientId, sessionToken, session)
    return undefined
  }

  async unmap(tx: Transaction, token: Token): Promise<void> {
    await this.unlink(tx, token)
    // Nobody uses it from now on, so what its uses extended is stored and ends.
    const session = await tx.sessions.get(token.session)
    if (session) await tx.sessions.put({ ...session, validTo: this.sessionValidTo(session), writtenAt: tx.now })
  }

  /** Takes a token off its client id and its session. */
  private async unlink(tx: Transaction, token: Token): Promise<void> {
    const client = await tx.clients.get(token.client)
    if (client) {
      // Uses are known by their session, so what they extended is stored while there still is one.
      const validTo = this.clientValidTo(client)
      await tx.clients.put({ ...client, token: null, session: null, validTo, writtenAt: tx.now })
    }
    await tx.tokens.remove(token.id)
    this.lanes.assign(token.hash, undefined)
  }

  /** Gives a client id that holds none a token for a session that has none. */
  private async link(tx: Transaction, clientId: string, text: string, session: Session): Promise<void> {
    const stamps = { createdAt: tx.now, writtenAt: tx.now }
    const kept = { session: session.id, validTo: tx.now + this.config.clientMs }
    const client =
      (await tx.clients.find('clientId', [clientId])) ??
      (await tx.clients.add({ clientId, token: null, ...kept, ...stamps }))
    const token = await tx.tokens.add({
      hash: hash('sha256', text, 'base64url'),
      label: labelOf(text),
      client: client.id,
      session: session.id,
      validTo: tx.now + this.config.tokenMs,
      ...stamps,
    })
    await tx.clients.put({ ...client, ...kept, token: token.id, writtenAt: tx.now })
  }

  async newWorker(tx: Transaction) {
    const workers = await tx.workers.list('all', [])
    if (workers.length >= this.config.workersMax) return refuse('server_full')
    return (await tx.workers.add({ createdAt: tx.now, state: 0, stateAt: tx.now })).id
  }

  private async room(tx: Transaction, id: number): Promise<number | Refusal<'worker_not_found' | 'worker_full'>> {
    const worker = await tx.workers.get(id)
    if (!worker) return refuse('worker_not_found')
    return worker.state === 2 ? refuse('worker_full') : id
  }

  /** A worker with room; a new one where there is none; else the place of a session that is over, or of the oldest where nobody ever logged in. */
  private async roomyWorker(tx: Transaction): Promise<number | Refusal<'server_full'>> {
    const roomy = (await tx.workers.list('all', [])).find(({ state }) => state !== 2)
    if (roomy) return roomy.id
    const added = await this.newWorker(tx)
    if (!isRefusal(added)) return added
    const [oldest] = await tx.sessions.list('unused', [], { limit: 1 })
    const giving = (await this.overdue(tx)) ?? oldest
    if (!giving || giving.worker === null) return refuse('server_full')
    await this.end(tx, giving.id)
    return giving.worker
  }

  /** A session that is over and not swept yet, among the first that are stored as such. */
  private async overdue(tx: Transaction): Promise<Session | undefined> {
    const past = await tx.sessions.list('expiry', [], { to: tx.now + 1, limit: OVERDUE_LOOKED_AT })
    for (const session of past) {
      if (session.worker !== null && (await this.validTo(tx, session)) <= tx.now) return session
    }
    return undefined
  }

  /** Brings a worker's state up to how many sessions it holds. */
  private async counted(tx: Transaction, id: number): Promise<void> {
    const worker = await tx.workers.get(id)
    if (!worker) return
    const max = this.config.sessionsPerWorkerMax
    const { length } = await tx.sessions.list('worker', [id], { limit: max })
    const state = length === 0 ? 0 : length < max ? 1 : 2
    if (state !== worker.state) await tx.workers.put({ ...worker, state, stateAt: tx.now })
  }

  async end(tx: Transaction, id: number): Promise<void> {
    const session = await tx.sessions.get(id)
    if (!session) return
    for (const login of await tx.logins.list('session', [id])) await this.left(tx, login.id, session.address)
    const token = await tx.tokens.find('session', [id])
    if (token) await this.unlink(tx, token)
    await tx.sessions.remove(id)
    if (session.worker !== null) await this.counted(tx, session.worker)
  }

  endToken(tx: Transaction, token: Token): Promise<void> {
    return this.end(tx, token.session)
  }

  async endClient(tx: Transaction, client: Client): Promise<void> {
    if (client.session !== null) await this.end(tx, client.session)
    const madeAt = clientIdMadeAt(client.clientId) ?? 0
    if (madeAt + this.config.clientMs <= tx.now) await tx.clients.remove(client.id)
    // By its own date it would still be good, so it stays known as expired until that has passed.
    else await tx.clients.put({ ...client, token: null, session: null, validTo: tx.now, writtenAt: tx.now })
  }

  async logIn(tx: Transaction, id: number, account: number, address: string | null): Promise<void> {
    const session = await this.theSession(tx, id)
    await this.activate(tx, id, account)
    await tx.loginRecords.add({ account, at: tx.now, address })
    await tx.sessions.put({ ...session, account, address, unusedSince: null, writtenAt: tx.now })
    await this.keepToken(tx, id)
  }

  /** Makes an account that is logged in on a session the active one there. */
  async switchTo(tx: Transaction, id: number, account: number): Promise<void> {
    await this.activate(tx, id, account)
    await tx.sessions.put({ ...(await this.theSession(tx, id)), account, writtenAt: tx.now })
  }

  private async activate(tx: Transaction, session: number, account: number): Promise<void> {
    const [latest] = await tx.logins.list('session', [session], { descending: true, limit: 1 })
    const activeAt = Math.max(tx.now, (latest?.activeAt ?? 0) + 1)
    const before = await tx.logins.find('both', [session, account])
    if (before) await tx.logins.put({ ...before, activeAt })
    else await tx.logins.add({ account, session, activeAt })
  }

  async logOut(tx: Transaction, id: number, account: number): Promise<void> {
    const session = await this.theSession(tx, id)
    const login = await tx.logins.find('both', [id, account])
    if (login) await this.left(tx, login.id, session.address)
    const [next] = await tx.logins.list('session', [id], { descending: true, limit: 1 })
    await tx.sessions.put({ ...session, account: next?.account ?? null, writtenAt: tx.now })
  }

  private async left(tx: Transaction, id: number, address: string | null): Promise<void> {
    const login = await tx.logins.get(id)
    if (!login) return
    await tx.logins.remove(id)
    await tx.logoutRecords.add({ account: login.account, at: tx.now, address })
  }

  async loggedIn(tx: Transaction, session: number): Promise<Account[]> {
    const accounts: Account[] = []
    for (const { account } of await tx.logins.list('session', [session])) {
      const row = await tx.accounts.get(account)
      if (row) accounts.push(row)
    }
    return accounts
  }

  async isLoggedIn(tx: Transaction, account: number): Promise<boolean> {
    for (const login of await tx.logins.list('account', [account])) {
      const session = await tx.sessions.get(login.session)
      if (session && (await this.validTo(tx, session)) > tx.now) return true
    }
    return false
  }

  async keepAlive(
    tx: Transaction,
    caller: { client: number; session: number },
    what: 'client' | 'token',
  ): Promise<void> {
    const { now } = tx
    if (what === 'client') {
      const client = await tx.clients.get(caller.client)
      if (client) await tx.clients.put({ ...client, validTo: now + this.config.clientMs, writtenAt: now })
      return
    }
    await this.keepToken(tx, caller.session)
  }

  private async keepToken(tx: Transaction, id: number): Promise<void> {
    const { now } = tx
    const session = await tx.sessions.get(id)
    const token = session && (await tx.tokens.find('session', [id]))
    if (!session || !token) return
    await tx.sessions.put({ ...session, usedAt: now, validTo: now + this.lifeOf(session), writtenAt: now })
    await tx.tokens.put({ ...token, validTo: now + this.config.tokenMs, writtenAt: now })
  }

  async storeUses(tx: Transaction, session: Session): Promise<void> {
    const stored = { usedAt: this.usedAt(session), validTo: this.sessionValidTo(session) }
    await tx.sessions.put({ ...session, ...stored, writtenAt: tx.now })
    const token = await tx.tokens.find('session', [session.id])
    if (!token) return
    const client = await tx.clients.get(token.client)
    if (client) await tx.clients.put({ ...client, validTo: this.clientValidTo(client), writtenAt: tx.now })
    await tx.tokens.put({ ...token, validTo: this.tokenValidTo(token), writtenAt: tx.now })
  }

  /** Stores the uses of every session that are only in memory: after a restart they would be forgotten. */
  async storeAllUses(tx: Transaction): Promise<void> {
    for (const [id, usedAt] of this.uses) {
      const session = await tx.sessions.get(id)
      if (session && usedAt > session.usedAt) await this.storeUses(tx, session)
    }
  }

  private async theSession(tx: Transaction, id: number): Promise<Session> {
    const session = await tx.sessions.get(id)
    if (!session) throw new Error(`There is no session ${id}.`)
    return session
  }
}
