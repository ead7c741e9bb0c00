import { refuse } from '@ewallet/protocol'
import { deleteAccount } from '../books/leaving.ts'
import type { Config } from '../config.ts'
import { EVENTS_KEPT_MS } from '../domain/event.ts'
import type { Client, Session, Token } from '../domain/rows.ts'
import { clientIdMadeAt, labelOf } from '../domain/token.ts'
import type { SessionManager, Sweeps, Swept } from '../handler.ts'
import type { Range, Store, Tables, Transaction } from '../store/store.ts'

/** How much one transaction sweeps at the most, so that others are not held up. */
const PAGE = 500

type Expiring = 'sessions' | 'tokens' | 'clients'

/** Sweeps what is over, page by page, each in a transaction of its own. */
export class StoreSweeps implements Sweeps {
  private readonly store: Store
  private readonly sessionManager: SessionManager
  private readonly config: Config

  constructor(store: Store, sessionManager: SessionManager, config: Config) {
    this.store = store
    this.sessionManager = sessionManager
    this.config = config
  }

  async sessions(only?: number) {
    if (only === undefined)
      return merged(await this.expired('sessions', (tx, session) => this.pastSession(tx, session)))
    return this.once('sessions', async (tx) => {
      const session = await tx.sessions.get(only)
      return session ? this.endedSession(tx, session) : refuse('session_not_found')
    })
  }

  async tokens(only?: string) {
    if (only === undefined) return merged(await this.expired('tokens', (tx, token) => this.pastToken(tx, token)))
    return this.once('tokens', async (tx) => {
      const { token } = await this.sessionManager.tokenStatus(tx, only)
      return token ? this.endedToken(tx, token) : refuse('session_token_not_found')
    })
  }

  async clientIds(only?: string) {
    if (only === undefined) {
      const swept = await this.expired('clients', (tx, client) => this.pastClient(tx, client))
      return { clientIds: swept.flatMap(({ clientIds }) => clientIds), ...merged(swept) }
    }
    return this.once('clients', async (tx) => {
      const { client } = await this.sessionManager.clientStatus(tx, only)
      return client ? this.endedClient(tx, client) : refuse('client_id_not_found')
    })
  }

  async workers(only?: number) {
    return this.once('workers', async (tx) => {
      const workers = await tx.workers.list('all', [])
      const wanted = workers.find(({ id }) => id === only)
      if (only !== undefined && !wanted) return refuse('worker_not_found')
      if (wanted && wanted.state !== 0) return refuse('worker_in_use')
      const vacant = workers.filter(({ state }) => state === 0)
      const swept = wanted ? [wanted] : vacant.slice(1)
      for (const { id } of swept) await tx.workers.remove(id)
      const reserved = vacant.find((worker) => !swept.includes(worker))
      return { workers: swept.map(({ id }) => id), reserved: reserved?.id ?? null }
    })
  }

  async accounts() {
    const accounts: number[] = []
    for (let deleted: number | undefined = -1; deleted !== undefined; ) {
      deleted = await this.once('accounts', async (tx) => {
        const [over] = await tx.accounts.list('leaving', [], { to: tx.now + 1, limit: 1 })
        if (over) await deleteAccount(tx, over)
        return over?.id
      })
      if (deleted !== undefined) accounts.push(deleted)
    }
    return { accounts, events: await this.agedEvents() }
  }

  private async agedEvents(): Promise<number> {
    let removed = 0
    for (;;) {
      const aged = await this.once('events', async (tx) => {
        const old = await tx.events.list('age', [], { to: tx.now - EVENTS_KEPT_MS + 1, limit: PAGE })
        for (const { id } of old) await tx.events.remove(id)
        return old.length
      })
      removed += aged
      if (aged < PAGE) return removed
    }
  }

  private once<T>(what: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.store.transaction((tx) => {
      tx.said = { by: null, path: `sweep ${what}` }
      return work(tx)
    })
  }

  /** Walks what is stored as expired; uses that are only in memory may say otherwise. */
  private async expired<T extends Expiring, Found>(
    table: T,
    sweep: (tx: Transaction, row: Tables[T]) => Promise<Found | undefined>,
  ): Promise<Found[]> {
    const all: Found[] = []
    for (let after: Range['after'] | null | undefined; after !== null; ) {
      const { found, last } = await this.once(table, async (tx) => {
        const found: Found[] = []
        const rows = (await tx[table].list('expiry', [], {
          to: tx.now + 1,
          limit: PAGE,
          ...(after && { after }),
        })) as Tables[T][]
        for (const { id } of rows) {
          // It may have ended along with one before it.
          const row = (await tx[table].get(id)) as Tables[T] | undefined
          const swept = row && (await sweep(tx, row))
          if (swept) found.push(swept)
        }
        return { found, last: rows.length < PAGE ? undefined : rows.at(-1) }
      })
      all.push(...found)
      after = last ? { order: last.validTo, id: last.id } : null
    }
    return all
  }

  private async pastSession(tx: Transaction, session: Session): Promise<Swept | undefined> {
    if ((await this.sessionManager.validTo(tx, session)) <= tx.now) return this.endedSession(tx, session)
    await this.sessionManager.storeUses(tx, session)
    return undefined
  }

  private async pastToken(tx: Transaction, token: Token): Promise<Swept | undefined> {
    const session = await tx.sessions.get(token.session)
    if (session && (await this.sessionManager.validTo(tx, session)) > tx.now) {
      await this.sessionManager.storeUses(tx, session)
      return undefined
    }
    return this.endedToken(tx, token)
  }

  private async pastClient(tx: Transaction, client: Client): Promise<(Swept & { clientIds: string[] }) | undefined> {
    const session = client.session === null ? undefined : await tx.sessions.get(client.session)
    const { expired } = await this.sessionManager.clientStatus(tx, client.clientId)
    if (expired) {
      // One that was ended before its own date stays known as expired until then.
      const isKnownOnly = client.token === null && client.session === null
      const madeAt = clientIdMadeAt(client.clientId) ?? 0
      return isKnownOnly && madeAt + this.config.clientMs > tx.now ? undefined : this.endedClient(tx, client)
    }
    if (session) await this.sessionManager.storeUses(tx, session)
    return undefined
  }

  private async endedSession(tx: Transaction, session: Session): Promise<Swept> {
    const token = await tx.tokens.find('session', [session.id])
    await this.sessionManager.end(tx, session.id)
    return {
      sessions: [session.id],
      tokens: token ? [token.label] : [],
      workers: session.worker === null ? [] : [session.worker],
    }
  }

  private async endedToken(tx: Transaction, token: Token): Promise<Swept> {
    const session = await tx.sessions.get(token.session)
    if (!session) throw new Error(`The token ${token.id} has no session.`)
    return this.endedSession(tx, session)
  }

  private async endedClient(tx: Transaction, client: Client): Promise<Swept & { clientIds: string[] }> {
    const session = client.session === null ? undefined : await tx.sessions.get(client.session)
    const swept = session ? await this.endedSession(tx, session) : { sessions: [], tokens: [], workers: [] }
    await this.sessionManager.endClient(tx, { ...client, token: null, session: null })
    return { clientIds: [labelOf(client.clientId)], ...swept }
  }
}

function merged(all: readonly Swept[]): Swept {
  return {
    sessions: all.flatMap(({ sessions }) => sessions),
    tokens: all.flatMap(({ tokens }) => tokens),
    workers: [...new Set(all.flatMap(({ workers }) => workers))],
  }
}
