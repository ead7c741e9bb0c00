import { type Access, type Refusal, refuse } from '@ewallet/protocol'
import type { Client } from '../domain/rows.ts'
import { UNUSED_STORED_MS, USE_STORED_MS } from '../domain/token.ts'
import type { Callers, Connection, Presented } from '../handler.ts'
import { type Awaitable, after, type Transaction } from '../store/store.ts'
import type { Lanes } from './lanes.ts'
import type { Sessions } from './session-manager.ts'

/** Where the rows of credentials were found: by their ids they are read faster than they are looked for. */
interface Known {
  client: number
  token: number
}

/** Turns credentials into a caller. */
export class Identifier {
  private readonly sessions: Sessions
  private readonly lanes: Lanes
  /** Whom each connection spoke for last. */
  private readonly last = new WeakMap<Connection, Known>()

  constructor(sessions: Sessions, lanes: Lanes) {
    this.sessions = sessions
    this.lanes = lanes
  }

  /** Who asks, with ids as they stand in this transaction; or a refusal where the access asks for more than was presented. */
  identify(
    tx: Transaction,
    access: Access,
    presented: Presented,
    connection: Connection,
  ): Awaitable<Callers[Access] | Refusal> {
    const anyone = { connection, presented }
    if (access === 'anyone') return anyone
    if (access === 'system') return connection.isLocal ? anyone : refuse('system_is_local')

    const { clientId } = presented
    if (clientId === undefined) return refuse('client_id_invalid')
    const known = this.last.get(connection)
    return after(this.sessions.clientStatus(tx, clientId, known?.client), ({ valid, client }) => {
      if (!valid) return refuse('client_id_invalid')
      if (access === 'client') return { connection, presented, clientId }
      return this.inSession(tx, access, { connection, presented, clientId }, client, known)
    })
  }

  private inSession(
    tx: Transaction,
    access: 'session' | 'account',
    { connection, presented, clientId }: Callers['client'],
    client: Client | undefined,
    known: Known | undefined,
  ): Awaitable<Callers[Access] | Refusal> {
    const { tokenHash } = presented
    if (tokenHash === undefined || !client) return refuse('session_token_invalid')
    return after(this.sessions.tokenOf(tx, tokenHash, known?.token), (token) => {
      if (!token || token.client !== client.id) return refuse('session_token_invalid')
      return after(tx.sessions.get(token.session), (session) => {
        if (!session || !this.sessions.isLive(tx, token, session)) return refuse('session_token_invalid')
        if (known?.token !== token.id || known.client !== client.id) {
          this.last.set(connection, { client: client.id, token: token.id })
        }
        this.sessions.used(session.id, tx.now)
        connection.onIdentified?.()
        if (session.worker !== null) this.lanes.assign(token.hash, session.worker)
        // Spelled out twice: a spread that fields are added to costs more than all the rest of this.
        const { id: at, account } = session
        if (access === 'session')
          return { connection, presented, clientId, client: client.id, token: token.id, session: at }
        if (account === null) return refuse('not_logged_in')
        return { connection, presented, clientId, client: client.id, token: token.id, session: at, account }
      })
    })
  }

  /** Stores the caller's use, if that was not done lately, along with a transaction that is written anyway. */
  storeUse(tx: Transaction, caller: Callers[Access]): Awaitable<void> {
    if (!('session' in caller)) return undefined
    return after(tx.sessions.get(caller.session), (session) => {
      const storedMs = tx.isShared && session?.unusedSince !== null ? UNUSED_STORED_MS : USE_STORED_MS
      return session && tx.now - session.usedAt >= storedMs ? this.keepAlive(tx, caller) : undefined
    })
  }

  private async keepAlive(tx: Transaction, caller: { client: number; session: number }): Promise<void> {
    await this.sessions.keepAlive(tx, caller, 'token')
    await this.sessions.keepAlive(tx, caller, 'client')
  }
}
