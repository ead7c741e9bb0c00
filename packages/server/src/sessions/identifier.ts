import { type Access, type Refusal, refuse } from '@ewallet/protocol'
import { UNUSED_STORED_MS, USE_STORED_MS } from '../domain/token.ts'
import type { Callers, Connection, Presented } from '../handler.ts'
import type { Transaction } from '../store/store.ts'
import type { Lanes } from './lanes.ts'
import type { Sessions } from './session-manager.ts'

/** Turns credentials into a caller. */
export class Identifier {
  private readonly sessions: Sessions
  private readonly lanes: Lanes

  constructor(sessions: Sessions, lanes: Lanes) {
    this.sessions = sessions
    this.lanes = lanes
  }

  /** Who asks, with ids as they stand in this transaction; or a refusal where the access asks for more than was presented. */
  async identify(
    tx: Transaction,
    access: Access,
    presented: Presented,
    connection: Connection,
  ): Promise<Callers[Access] | Refusal> {
    const anyone = { connection, presented }
    if (access === 'anyone') return anyone
    if (access === 'system') return connection.isLocal ? anyone : refuse('system_is_local')

    const { clientId, tokenHash } = presented
    if (clientId === undefined) return refuse('client_id_invalid')
    const { valid, client } = await this.sessions.clientStatus(tx, clientId)
    if (!valid) return refuse('client_id_invalid')
    if (access === 'client') return { connection, presented, clientId }

    const token = tokenHash === undefined ? undefined : await tx.tokens.find('hash', [tokenHash])
    if (!token || !client || token.client !== client.id) return refuse('session_token_invalid')
    const session = await tx.sessions.get(token.session)
    if (!session || !this.sessions.isLive(tx, token, session)) return refuse('session_token_invalid')
    this.sessions.used(session.id, tx.now)
    connection.onIdentified?.()
    if (session.worker !== null) this.lanes.assign(token.hash, session.worker)
    // Spelled out twice: a spread that fields are added to costs more than all the rest of this.
    const { id: at, account } = session
    if (access === 'session')
      return { connection, presented, clientId, client: client.id, token: token.id, session: at }
    if (account === null) return refuse('not_logged_in')
    return { connection, presented, clientId, client: client.id, token: token.id, session: at, account }
  }

  /** Stores the caller's use, if that was not done lately, along with a transaction that is written anyway. */
  async storeUse(tx: Transaction, caller: Callers[Access]): Promise<void> {
    if (!('session' in caller)) return
    const session = await tx.sessions.get(caller.session)
    const storedMs = tx.isShared && session?.unusedSince !== null ? UNUSED_STORED_MS : USE_STORED_MS
    if (session && tx.now - session.usedAt >= storedMs) {
      await this.sessions.keepAlive(tx, caller, 'token')
      await this.sessions.keepAlive(tx, caller, 'client')
    }
  }
}
