import { type groups, refuse } from '@ewallet/protocol'
import { sessionData } from '../books/account-data.ts'
import { rated } from '../books/rated.ts'
import { theRow } from '../books/row.ts'
import type { Client, Session, Token } from '../domain/rows.ts'
import { labelOf } from '../domain/token.ts'
import type { HandlersFor, SessionManager } from '../handler.ts'
import type { Transaction } from '../store/store.ts'

const MINUTE = 60_000

/** What there is to tell about a client id: itself, the live token it holds, and that token's session. */
async function aboutClient(tx: Transaction, sessions: SessionManager, clientId: string) {
  const { valid, expired, client } = await sessions.clientStatus(tx, clientId)
  const held = client && client.token !== null ? await tx.tokens.get(client.token) : undefined
  const live = held && (await liveSession(tx, sessions, held))
  return { valid, expired, registered: client !== undefined, token: live && held, session: live }
}

/** What there is to tell about a session token: itself, the client id it belongs to, and its session, both while it lives. */
async function aboutToken(tx: Transaction, sessions: SessionManager, text: string) {
  const { valid, expired, token } = await sessions.tokenStatus(tx, text)
  const live = valid ? token : undefined
  const client = live && (await tx.clients.get(live.client))
  return { valid, expired, registered: token !== undefined, client, session: live?.session ?? null }
}

async function liveSession(tx: Transaction, sessions: SessionManager, token: Token): Promise<Session | undefined> {
  const session = await tx.sessions.get(token.session)
  return session && (await sessions.validTo(tx, session)) > tx.now ? session : undefined
}

/** A token that the caller presented, if it is the one meant: nobody is told one they did not know. */
async function fitting(tx: Transaction, sessions: SessionManager, text: string | undefined, token: Token | undefined) {
  if (text === undefined || token === undefined) return null
  return (await sessions.tokenStatus(tx, text)).token?.id === token.id ? text : null
}

/** Likewise a client id. */
function fittingClient(clientId: string | undefined, client: Client | undefined): string | null {
  return clientId !== undefined && client?.clientId === clientId ? clientId : null
}

/** `ctoken_data` and `stoken_data` of an answer. */
function tokenData(
  { label, createdAt, writtenAt, validTo }: { label: string; createdAt: number; writtenAt: number; validTo: number },
  stamp: (at: number) => string,
) {
  const dates = { create_date: stamp(createdAt), write_date: stamp(writtenAt), valid_to: stamp(validTo) }
  return { label, ...dates, active: true }
}

export const sessionHandlers: HandlersFor<(typeof groups)['session']> = {
  'client action request client_id': {
    async outside({ caller, daemon }) {
      const refused = await rated(daemon, 'client', caller.connection)
      return refused ?? { client_id: daemon.sessions.newClientId(daemon.store.now()) }
    },
  },

  'client action request session_token': {
    async prepare({ caller: { connection }, daemon }) {
      const refused = await rated(daemon, 'token', connection)
      if (refused) return refused
      return async ({ caller: { clientId }, tx }) => {
        const opened = await daemon.sessions.open(tx, { clientId, address: connection.address })
        return 'failed' in opened ? opened : { session_token: opened.token }
      }
    },
  },

  'client action verify ctoken validity': async ({ request: { client_id }, tx, daemon }) => {
    const { valid, registered, expired } = await aboutClient(tx, daemon.sessions, client_id)
    return { client_id, valid, registered, expired }
  },

  'client action verify ctoken linked': async ({ request, caller, tx, daemon }) => {
    const { client_id, session_token = caller.presented.sessionToken } = request
    const { token } = await aboutClient(tx, daemon.sessions, client_id)
    const told = await fitting(tx, daemon.sessions, session_token, token)
    return { client_id, linked: token !== undefined, session_token: told }
  },

  'client action verify ctoken session': async ({ request: { client_id }, tx, daemon }) => {
    const { session } = await aboutClient(tx, daemon.sessions, client_id)
    return { client_id, plugged: session !== undefined, session: session?.id ?? null }
  },

  'client action verify ctoken status': async ({ request, caller, tx, daemon }) => {
    const { client_id, session_token = caller.presented.sessionToken } = request
    const { valid, token, session } = await aboutClient(tx, daemon.sessions, client_id)
    return {
      client_id,
      valid,
      linked: token !== undefined,
      plugged: session !== undefined,
      session_token: await fitting(tx, daemon.sessions, session_token, token),
      session: session?.id ?? null,
    }
  },

  'client action verify stoken validity': async ({ request: { session_token }, tx, daemon }) => {
    const { valid, registered, expired } = await aboutToken(tx, daemon.sessions, session_token)
    return { session_token, valid, registered, expired }
  },

  'client action verify stoken linked': async ({ request, caller, tx, daemon }) => {
    const { session_token, client_id = caller.presented.clientId } = request
    const { client } = await aboutToken(tx, daemon.sessions, session_token)
    return { session_token, linked: client !== undefined, client_id: fittingClient(client_id, client) }
  },

  'client action verify stoken session': async ({ request: { session_token }, tx, daemon }) => {
    const { session } = await aboutToken(tx, daemon.sessions, session_token)
    return { session_token, plugged: session !== null, session }
  },

  'client action verify stoken status': async ({ request, caller, tx, daemon }) => {
    const { session_token, client_id = caller.presented.clientId } = request
    const { valid, client, session } = await aboutToken(tx, daemon.sessions, session_token)
    return {
      session_token,
      valid,
      linked: client !== undefined,
      plugged: session !== null,
      client_id: fittingClient(client_id, client),
      session,
    }
  },

  'client action alive ctoken': async ({ caller, tx, now, stamp, daemon }) => {
    await daemon.sessions.keepAlive(tx, caller, 'client')
    const client = await theRow(tx.clients, caller.client)
    return {
      ctoken: caller.clientId,
      extended: Math.floor((client.validTo - now) / MINUTE),
      time_unit: 'minutes',
      ctoken_data: tokenData({ ...client, label: labelOf(client.clientId) }, stamp),
    }
  },

  'client action alive stoken': async ({ caller, tx, now, stamp, daemon }) => {
    await daemon.sessions.keepAlive(tx, caller, 'token')
    const token = await theRow(tx.tokens, caller.token)
    // A session where nobody ever logged in ends before its token would.
    const validTo = await daemon.sessions.validTo(tx, await theRow(tx.sessions, caller.session))
    return {
      stoken: caller.presented.sessionToken ?? token.label,
      extended: Math.floor((validTo - now) / MINUTE),
      time_unit: 'minutes',
      stoken_data: tokenData({ ...token, validTo }, stamp),
    }
  },

  'client action view session': async ({ caller, tx, stamp, daemon }) => ({
    session_data: await sessionData(tx, daemon.sessions, caller.session),
    valid_to: stamp(await daemon.sessions.validTo(tx, await theRow(tx.sessions, caller.session))),
  }),

  'client action view sessions': async ({ caller, tx, stamp, daemon }) => {
    const sessions = []
    for (const { session: id } of await tx.logins.list('account', [caller.account])) {
      const session = await theRow(tx.sessions, id)
      const validTo = await daemon.sessions.validTo(tx, session)
      if (validTo <= tx.now) continue
      sessions.push({
        id,
        created: stamp(session.createdAt),
        last_used: stamp(daemon.sessions.usedAt(session)),
        valid_to: stamp(validTo),
        address: session.address,
        current: id === caller.session,
      })
    }
    return { sessions }
  },

  'client action revoke session': async ({ request, caller, tx, daemon }) => {
    let revoked = 0
    for (const { session: id } of await tx.logins.list('account', [caller.account])) {
      if (id === caller.session || !(request.all || id === request.session_id)) continue
      const session = await theRow(tx.sessions, id)
      if ((await daemon.sessions.validTo(tx, session)) <= tx.now) continue
      await daemon.sessions.end(tx, id)
      revoked += 1
    }
    return revoked === 0 && !request.all ? refuse('session_not_found') : { sessions_revoked: revoked }
  },
}
