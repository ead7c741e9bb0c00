import { hash } from 'node:crypto'
import { type Declared, declarationOf, isKeyed, isRefusal, type Path, type Refusal, refuse } from '@ewallet/protocol'
import { theRow } from './books/row.ts'
import { settleDue } from './books/settlement.ts'
import { keyOf } from './domain/account.ts'
import { isDenied } from './domain/permissions.ts'
import { telling } from './events/telling.ts'
import { pipelineOf, type ReadFrame, readFrame } from './frame.ts'
import type { Answer, Call, Callers, Connection, Daemon, Handler, Presented } from './handler.ts'
import { handlers } from './handlers/handlers.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { Identifier } from './sessions/identifier.ts'
import type { Lanes } from './sessions/lanes.ts'
import type { Paces } from './sessions/paces.ts'
import { inPlace, type Pipelines, type Place } from './sessions/pipelines.ts'
import { type Awaitable, after, type Options, type Store, StoreUnavailable, type Transaction } from './store/store.ts'
import { isoTimestamp, localTimestamp } from './timestamp.ts'

/** What dispatch needs besides what handlers see. */
export interface Dispatcher {
  daemon: Daemon
  identifier: Identifier
  lanes: Lanes
  paces: Paces
  pipelines: Pipelines
  metrics: Metrics
  /** Hears every fault; nothing of it is answered. */
  onFault: (error: unknown, path: Path | undefined, request: string | undefined) => void
  /** Hears what every frame came to. */
  onAnswer: ((answered: Answered) => void) | undefined
}

/** What became of one frame. */
export interface Answered {
  /** The id the frame was given when it came in. */
  request: string | undefined
  /** Undefined where no instruction could be read. */
  path: Path | undefined
  /** The refusal's code; undefined for a success. */
  refused: string | undefined
}

type Response = Record<string, unknown>

const MISPLACED = '"header.pipeline" is for the requests of one session over a WebSocket.'

/** From a frame to its answer: read it, wait for its turn, check the caller, do it. Never throws. */
export async function dispatch(
  frame: unknown,
  connection: Connection,
  dispatcher: Dispatcher,
  request?: string,
): Promise<Response> {
  const began = performance.now()
  const place = dispatcher.pipelines.enter(connection, pipelineOf(frame))
  let path: Path | undefined
  let answer: Response
  try {
    const said = readFrame(frame, connection.isLocal)
    if (isRefusal(said)) answer = { ...said }
    else {
      path = said.path
      const given = await answerTo(said, place, connection, dispatcher)
      answer = isRefusal(given) ? { ...given } : { failed: false, ...given }
    }
  } catch (error) {
    if (error instanceof StoreUnavailable) answer = { ...refuse('store_unavailable') }
    else {
      dispatcher.onFault(error, path, request)
      answer = { ...refuse('daemon_fault') }
    }
  }
  const refused = isRefusal(answer) ? answer.code : undefined
  if (refused !== undefined) place?.fail()
  dispatcher.metrics.answered(path, refused, performance.now() - began)
  dispatcher.onAnswer?.({ request, path, refused })
  return answer
}

function answerTo(
  said: ReadFrame,
  place: Place | undefined,
  connection: Connection,
  dispatcher: Dispatcher,
): Awaitable<Answer<Declared> | Refusal> {
  const token = said.header.session_token
  const tokenHash = token === undefined ? undefined : hashOf(token, connection)
  const unfit = refusedAtOnce(said, tokenHash, place, connection, dispatcher)
  if (unfit) {
    // Before the next request of the pipeline comes.
    place?.fail()
    return unfit
  }
  const work = (applied: () => void) => perform(said, { tokenHash, place }, connection, dispatcher, applied)
  return dispatcher.lanes.run(tokenHash, place ? (applied) => inPlace(place, () => work(applied)) : work)
}

/** Why a request does not even wait for its turn. */
function refusedAtOnce(
  { path, header: { idempotency_key: key, dry_run: dryRun } }: ReadFrame,
  tokenHash: string | undefined,
  place: Place | undefined,
  connection: Connection,
  { paces, lanes, daemon }: Dispatcher,
): Refusal | undefined {
  if (key !== undefined && !isKeyed(path)) return refuse('idempotency_not_supported')
  if (dryRun && !isKeyed(path)) return refuse('dry_run_not_supported')
  if (place && !place.isOf(tokenHash)) return refuse('malformed_request', { field: 'header.pipeline' }, MISPLACED)
  const hurried = paces.take(tokenHash ?? connection, daemon.store.now())
  if (hurried) return hurried
  return place && lanes.isFull(tokenHash) ? refuse('too_busy') : undefined
}

const lastHashes = new WeakMap<Connection, { token: string; hash: string }>()

/** A token's hash, remembered while its connection goes on with the same token. */
function hashOf(token: string, connection: Connection): string {
  const last = lastHashes.get(connection)
  if (last?.token === token) return last.hash
  const made = hash('sha256', token, 'base64url')
  lastHashes.set(connection, { token, hash: made })
  return made
}

function perform(
  said: ReadFrame,
  { tokenHash, place }: { tokenHash: string | undefined; place: Place | undefined },
  connection: Connection,
  dispatcher: Dispatcher,
  applied: () => void,
): Promise<Answer<Declared> | Refusal> {
  const { daemon } = dispatcher
  const { path, header, request } = said
  const handler = handlers[path] as unknown as Handler<Declared>
  const stamp = header.timestamps === 'iso' ? isoTimestamp : localTimestamp
  const clientId = claimed(path, request) ?? header.client_id
  const presented = { clientId, sessionToken: header.session_token, tokenHash }
  const asks = { path, header, presented, connection, place }
  const checked = { request, stamp, daemon }

  return typeof handler === 'function'
    ? within(asks, checked, handler, dispatcher, applied)
    : performSlowly(asks, checked, handler, dispatcher, applied)
}

/** Does an instruction that is not just one transaction. */
async function performSlowly(
  asks: Asks,
  checked: Checked,
  handler: Exclude<Handler<Declared>, (call: Call<Declared>) => unknown>,
  dispatcher: Dispatcher,
  applied: () => void,
) {
  const { path, connection, presented } = asks
  const { daemon } = dispatcher
  // A daemon whose store has failed can still be stopped.
  if ('outside' in handler && path === 'system action stop daemon') {
    if (!connection.isLocal) return refuse('system_is_local')
    return handler.outside({ ...checked, caller: { connection, presented } } as never)
  }
  // Slow work is not done for a stranger, and who it is done for may have changed when it is over.
  const caller = await daemon.store.transaction((tx) => allowed(tx, asks, dispatcher))
  if (isRefusal(caller)) return caller
  if ('outside' in handler) return handler.outside({ ...checked, caller } as never)
  const prepared = await handler.prepare({ ...checked, caller } as never)
  if (isRefusal(prepared)) return prepared
  return within(asks, checked, prepared as (call: Call<Declared>) => Promise<Answer<Declared>>, dispatcher, applied)
}

/** What is said, as a handler is given it. */
interface Checked {
  request: Record<string, unknown>
  stamp: (at: number) => string
  daemon: Daemon
}

interface Asks {
  path: Path
  header: ReadFrame['header']
  presented: Presented
  connection: Connection
  place: Place | undefined
}

/** Where a client asks for a token, it speaks as the client id it names (`request session_token`), whatever its header says. */
function claimed(path: Path, request: Record<string, unknown>): string | undefined {
  return declarationOf(path).access === 'client' && typeof request.client_id === 'string'
    ? request.client_id
    : undefined
}

/** Who asks: by access, and by whom they believe to be active, where anybody is. */
async function identified(
  tx: Transaction,
  { path, header, presented, connection }: Asks,
  { identifier }: Dispatcher,
): Promise<Callers['account'] | Refusal> {
  const caller = await identifier.identify(tx, declarationOf(path).access, presented, connection)
  if (isRefusal(caller) || header.account === undefined || !('session' in caller)) return caller as Callers['account']
  const { account } = await theRow(tx.sessions, caller.session)
  const active = account === null ? null : (await theRow(tx.accounts, account)).emailKey
  if (active !== null && keyOf(header.account) !== active) return refuse('other_account_active')
  return caller as Callers['account']
}

/** Why the account that asks may not; undefined where it may. */
function denial(
  tx: Transaction,
  path: Path,
  caller: Callers['account'],
  { daemon }: Dispatcher,
): Awaitable<Refusal | undefined> {
  const { access, permission, changes } = declarationOf(path)
  if (access !== 'account') return undefined
  return after(theRow(tx.accounts, caller.account), ({ leavesAt, acl }) => {
    if (leavesAt !== null && changes && path !== 'client action logout') return refuse('account_leaving')
    if (permission && isDenied(acl, permission, daemon.config.supply)) {
      return refuse('permission_denied', { permission })
    }
    return undefined
  })
}

/** Who asks, if they may. */
async function allowed(tx: Transaction, asks: Asks, dispatcher: Dispatcher): Promise<Callers['account'] | Refusal> {
  const caller = await identified(tx, asks, dispatcher)
  return isRefusal(caller) ? caller : ((await denial(tx, asks.path, caller, dispatcher)) ?? caller)
}

function digestOf(path: Path, request: unknown): string {
  const inOrder = (_: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  return hash('sha256', `${path}\n${JSON.stringify(request, inOrder)}`, 'base64url')
}

/** A transaction of the store, in its place in a pipeline: the next one's turn comes as soon as it is applied. */
function transacted(
  store: Store,
  place: Place | undefined,
  work: (tx: Transaction) => Promise<{ answer: Answer<Declared> }>,
  options: Options,
): Promise<{ answer: Answer<Declared> }> {
  if (!place) return store.transaction(work, options)
  const inTurn = async (tx: Transaction) => ({ answer: await inPlace(place, async () => (await work(tx)).answer) })
  return store.transaction(inTurn, options)
}

/** The one transaction of an instruction: who, whether it was answered before, the handler, and what is kept of a refusal. */
async function within(
  asks: Asks,
  said: Checked,
  handle: (call: Call<Declared>) => unknown,
  dispatcher: Dispatcher,
  applied: () => void,
): Promise<Answer<Declared>> {
  const { path, header } = asks
  const { daemon } = said
  const dryRun = header.dry_run === true
  const key = dryRun ? undefined : header.idempotency_key
  let told: readonly number[] = []
  // A refusal that is to be remembered must not undo its own remembering, so it travels wrapped.
  const { answer } = await transacted(
    daemon.store,
    asks.place,
    async (tx) => {
      const caller = await identified(tx, asks, dispatcher)
      if (isRefusal(caller)) return { answer: caller as Refusal }
      tx.said = { by: caller.account ?? null, path }
      const digest = key === undefined ? '' : digestOf(path, said.request)
      if (key !== undefined) {
        const before = await tx.answers.find('key', [caller.account, key])
        if (before) {
          return {
            answer: (before.digest === digest ? before.answer : refuse('idempotency_conflict')) as Answer<Declared>,
          }
        }
      }
      // What was answered once is answered again, whatever the account may do by now.
      const denied = await denial(tx, path, caller, dispatcher)
      if (denied) return { answer: denied }
      let hearing = telling(tx)
      await settleDue(tx, hearing.tell)
      // Spelled out, as a spread that fields are added to is slow.
      const answer = (await handle({
        request: said.request,
        stamp: said.stamp,
        daemon,
        caller: caller as never,
        tx,
        now: tx.now,
        tell: hearing.tell,
      })) as Answer<Declared>
      if (isRefusal(answer)) {
        await tx.undo()
        // What was due is settled, whatever was refused.
        hearing = telling(tx)
        await settleDue(tx, hearing.tell)
      }
      if (key !== undefined && (!isRefusal(answer) || isRemembered(answer))) {
        await tx.answers.add({ account: caller.account, key, digest, answer: { ...answer } })
      }
      if ((tx.changed || tx.isShared) && !dryRun) {
        told = hearing.accounts
        await dispatcher.identifier.storeUse(tx, caller)
      }
      return { answer }
    },
    { dryRun, applied },
  )
  for (const account of told) daemon.subscriptions.poke(account)
  return answer
}

/** Limits pass and a malformed request was never one; what a rule decided stands (decisions.md, Money). */
function isRemembered({ code }: Refusal): boolean {
  return !['malformed_request', 'too_busy', 'too_many_requests', 'too_many_attempts', 'server_full'].includes(code)
}
