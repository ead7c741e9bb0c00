import { type groups, isRefusal, refuse } from '@ewallet/protocol'
import { SYSTEM_CORE } from '../books/opening.ts'
import { cutPage, readPage } from '../books/period.ts'
import { theRow } from '../books/row.ts'
import { keyOf } from '../domain/account.ts'
import { aclOf } from '../domain/permissions.ts'
import type { Account, Session, Worker } from '../domain/rows.ts'
import type { Connection, Daemon, HandlersFor } from '../handler.ts'
import type { Transaction } from '../store/store.ts'

type Stamp = (at: number) => string

const stateLabels = ['vacant', 'in_use', 'full'] as const

export const systemHandlers: HandlersFor<(typeof groups)['system']> = {
  'system action start instruction_listener': {
    async outside({ daemon }) {
      return (await daemon.sockets.startListener()) ?? { listener: 'started' }
    },
  },

  'system action open sockets': {
    async outside({ request, daemon: { sockets } }) {
      return (await sockets.open(request.host, request.in_port)) ?? { sockets: sockets.list() }
    },
  },

  'system action close sockets': {
    async outside({ request, daemon: { sockets } }) {
      return (await sockets.close(request.port)) ?? { sockets: sockets.list() }
    },
  },

  'system action new worker': async ({ tx, stamp, daemon }) => {
    const worker = await daemon.sessions.newWorker(tx)
    if (isRefusal(worker)) return worker
    return { worker, worker_data: await workerData(tx, await theRow(tx.workers, worker), stamp, daemon) }
  },

  'system action new session': async ({ request, tx, daemon }) => {
    const session = await daemon.sessions.openVacant(tx, request.reference ?? 'Session')
    return isRefusal(session) ? session : { worker: theWorker(session), ewallet_session: session.id }
  },

  'system action interogate workers': async ({ tx, stamp, daemon }) => {
    const workers: Record<string, Awaited<ReturnType<typeof workerData>>> = {}
    for (const worker of await tx.workers.list('all', [])) {
      workers[worker.id] = await workerData(tx, worker, stamp, daemon)
    }
    return { workers }
  },

  'system action interogate session': async ({ request, tx, stamp, daemon }) => {
    const session = await tx.sessions.get(request.session_id)
    if (!session) return refuse('session_not_found')
    return {
      ewallet_session: session.id,
      worker: session.worker,
      session_data: await sessionData(tx, session, stamp, daemon),
    }
  },

  'system action interogate session_pool': async ({ request, tx }) => {
    const worker = await tx.workers.get(request.worker_id)
    return worker ? { worker: worker.id, session_pool: await sessionPool(tx, worker.id) } : refuse('worker_not_found')
  },

  'system action search session': async ({ request, tx, daemon }) => {
    const { token } = await daemon.sessions.tokenStatus(tx, request.session_token)
    const session = token && (await tx.sessions.get(token.session))
    return session ? { ewallet_session: session.id, worker: session.worker } : refuse('session_not_found')
  },

  'system action add session': async ({ request, tx, daemon }) => {
    const session = await tx.sessions.get(request.session_id)
    if (!session) return refuse('session_not_found')
    const { worker_id } = request
    // Every session is on a worker; where none is named, the one it is on will do.
    const placed = worker_id === undefined ? session : await daemon.sessions.place(tx, session, worker_id)
    return isRefusal(placed) ? placed : { ewallet_session: placed.id, worker: theWorker(placed) }
  },

  'system action add session_map': async ({ request, tx, daemon }) => {
    const { client_id, session_token, session_id } = request
    const entry = { clientId: client_id, sessionToken: session_token, session: session_id }
    return (await daemon.sessions.map(tx, entry)) ?? { map_entry: { client_id, ewallet_session: session_id } }
  },

  'system action remove session_map': async ({ request, tx, daemon }) => {
    const token = await mappedToken(tx, request, daemon)
    if (isRefusal(token)) return token
    await daemon.sessions.unmap(tx, token)
    const { worker } = await theRow(tx.sessions, token.session)
    return { session_map: worker === null ? {} : await sessionMap(tx, worker) }
  },

  'system action scrape session': async ({ request, tx, daemon }) => {
    if (!(await tx.sessions.get(request.session_id))) return refuse('session_not_found')
    await daemon.sessions.end(tx, request.session_id)
    return { ewallet_session: request.session_id, scraped: true }
  },

  'system action cleanup sessions': {
    async outside({ request, daemon }) {
      const swept = await daemon.cleaners.sweeps.sessions(request.session_id)
      if (isRefusal(swept)) return swept
      const { sessions, tokens, workers } = swept
      return { sessions_cleaned: sessions.length, sessions, stokens: tokens, workers }
    },
  },

  'system action cleanup ctokens': {
    async outside({ request, daemon }) {
      const swept = await daemon.cleaners.sweeps.clientIds(request.client_id)
      if (isRefusal(swept)) return swept
      const { clientIds, sessions, tokens } = swept
      return { ctokens_cleaned: clientIds.length, ctokens: clientIds, stokens: tokens, sessions }
    },
  },

  'system action cleanup stokens': {
    async outside({ request, daemon }) {
      const swept = await daemon.cleaners.sweeps.tokens(request.session_token)
      if (isRefusal(swept)) return swept
      return { stokens_cleaned: swept.tokens.length, stokens: swept.tokens, sessions: swept.sessions }
    },
  },

  'system action cleanup workers': {
    async outside({ request, daemon }) {
      const swept = await daemon.cleaners.sweeps.workers(request.worker_id)
      if (isRefusal(swept)) return swept
      return { workers_cleaned: swept.workers.length, workers: swept.workers, worker_reserved: swept.reserved }
    },
  },

  'system action cleanup accounts': {
    async outside({ daemon }) {
      const { accounts } = await daemon.cleaners.sweeps.accounts()
      return { accounts_cleaned: accounts.length, accounts }
    },
  },

  'system action start cleaner': {
    async outside({ request, daemon: { cleaners } }) {
      cleaners.start(request.clean)
      return { cleaners: cleaners.state() }
    },
  },

  'system action stop cleaner': {
    async outside({ request, daemon: { cleaners } }) {
      cleaners.stop(request.clean)
      return { cleaners: cleaners.state() }
    },
  },

  'system action view accounts': async ({ request, tx, daemon }) => {
    const paged = readPage(request)
    if (isRefusal(paged)) return paged
    const { rows, cursor } = cutPage(await tx.accounts.list('all', [], paged), paged, ({ id }) => ({ order: id, id }))
    const accounts = []
    for (const account of rows) {
      accounts.push({
        id: account.id,
        name: account.name,
        email: account.email,
        state_name: (await daemon.sessions.isLoggedIn(tx, account.id)) ? ('LoggedIn' as const) : ('LoggedOut' as const),
        credits: await creditsOf(tx, account.id),
      })
    }
    return { accounts, cursor }
  },

  'system action view acl': async ({ request, tx, daemon }) => {
    const account = await accountBy(tx, request.account)
    if (!account) return refuse('account_not_found')
    return { account: account.email, acl: aclOf(account.acl, daemon.config.supply) }
  },

  'system action edit acl': async ({ request, tx, daemon }) => {
    const account = await accountBy(tx, request.account)
    if (!account) return refuse('account_not_found')
    const acl: Account['acl'] = { ...account.acl, [request.permission]: request.allow ? 'allow' : 'deny' }
    await tx.accounts.put({ ...account, acl, writtenAt: tx.now })
    return { account: account.email, acl: aclOf(acl, daemon.config.supply) }
  },

  'system action view issues': async ({ request, tx, stamp }) => {
    const paged = readPage(request)
    if (isRefusal(paged)) return paged
    const found = await tx.issueReports.list('all', [], { ...paged, descending: true })
    const { rows, cursor } = cutPage(found, paged, ({ id }) => ({ order: id, id }))
    return { issues: rows.map(({ at, ...issue }) => ({ ...issue, timestamp: stamp(at) })), cursor }
  },

  'system action backup store': {
    async outside({ request, caller, daemon: { store } }) {
      return store.disk ? store.disk.backup(request.path, progressTo(caller.connection)) : refuse('store_not_kept')
    },
  },

  'system action verify store': {
    async outside({ caller, daemon: { store } }) {
      return store.disk ? store.disk.verify(progressTo(caller.connection)) : refuse('store_not_kept')
    },
  },

  'system action stop daemon': {
    async outside({ daemon }) {
      daemon.stop()
      return { stopping: true }
    },
  },
}

/** Tells a connection how far long work is; live only, and of no account. */
function progressTo(connection: Connection): (done: number, of: number) => void {
  return (done, of) => {
    connection.push?.({ event: 'system.progress', cursor: null, account: '', data: { done, of } })
  }
}

function theWorker({ id, worker }: Session): number {
  if (worker === null) throw new Error(`Session ${id} is on no worker.`)
  return worker
}

async function sessionPool(tx: Transaction, worker: number): Promise<number[]> {
  return (await tx.sessions.list('worker', [worker])).map(({ id }) => id)
}

async function workerData(tx: Transaction, worker: Worker, stamp: Stamp, daemon: Daemon) {
  return {
    id: worker.id,
    create_date: stamp(worker.createdAt),
    state_code: worker.state,
    state_label: stateLabels[worker.state],
    state_timestamp: stamp(worker.stateAt),
    session_pool: await sessionPool(tx, worker.id),
    queue: daemon.sessions.queueOf(worker.id),
  }
}

async function sessionData(tx: Transaction, session: Session, stamp: Stamp, { sessions }: Daemon) {
  const active = session.account === null ? undefined : await theRow(tx.accounts, session.account)
  return {
    id: session.id,
    reference: session.reference,
    create_date: stamp(session.createdAt),
    write_date: stamp(session.writtenAt),
    expiration_date: stamp(await sessions.validTo(tx, session)),
    worker: session.worker,
    user_account: active?.email ?? null,
    user_account_archive: (await sessions.loggedIn(tx, session.id)).map(({ email }) => email),
    credit_ewallet: active?.wallet ?? null,
    contact_list: active?.contactList ?? null,
  }
}

interface Mapped {
  identifier: 'ewallet_session' | 'session_token' | 'client_id'
  ewallet_session?: number | undefined
  session_token?: string | undefined
  client_id?: string | undefined
}

/** The token that maps a client id to a session, by whichever of the three is named. */
async function mappedToken(tx: Transaction, request: Mapped, { sessions }: Daemon) {
  const { identifier, ewallet_session = 0, session_token = '', client_id = '' } = request
  if (identifier === 'ewallet_session') {
    return (await tx.tokens.find('session', [ewallet_session])) ?? refuse('session_not_found')
  }
  if (identifier === 'session_token') {
    return (await sessions.tokenStatus(tx, session_token)).token ?? refuse('session_token_not_found')
  }
  const { client } = await sessions.clientStatus(tx, client_id)
  const token = client && client.token !== null ? await tx.tokens.get(client.token) : undefined
  return token ?? refuse('client_id_not_found')
}

/** Which client id holds which session of a worker. */
async function sessionMap(tx: Transaction, worker: number): Promise<Record<string, number>> {
  const map: Record<string, number> = {}
  for (const session of await sessionPool(tx, worker)) {
    const token = await tx.tokens.find('session', [session])
    if (token) map[(await theRow(tx.clients, token.client)).clientId] = session
  }
  return map
}

async function accountBy(tx: Transaction, email: string): Promise<Account | undefined> {
  return tx.accounts.find('email', [keyOf(email)])
}

/** What all wallets of an account hold; SystemCore also holds what was supplied, below zero. */
async function creditsOf(tx: Transaction, account: number): Promise<number> {
  let credits = account === SYSTEM_CORE ? await tx.balance('core', 'credits') : 0
  for (const { id } of await tx.wallets.list('account', [account])) {
    credits += await tx.balance(`wallet:${id}`, 'credits')
  }
  return credits
}
