import { hash } from 'node:crypto'
import { type Declared, declarationOf, isKeyed, isRefusal, type Path, type Refusal, refuse } from '@ewallet/protocol'
import { type Asks, allowed, Execution, type Handle, type Said, type Wrapped } from './execution.ts'
import { pipelineOf, type ReadFrame, readFrame } from './frame.ts'
import type { Answer, Call, Connection, Daemon, Handler } from './handler.ts'
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

/** From a frame to its answer: read it, wait for its turn, check the caller, do it. Never throws; `reply` is called once. */
export function dispatch(
  frame: unknown,
  connection: Connection,
  dispatcher: Dispatcher,
  reply: (answer: Response) => void,
  request?: string,
): void {
  const began = performance.now()
  const place = dispatcher.pipelines.enter(connection, pipelineOf(frame))
  let path: Path | undefined
  const answer = (given: Answer<Declared>) => {
    const refused = isRefusal(given) ? given.code : undefined
    if (refused !== undefined) place?.fail()
    dispatcher.metrics.answered(path, refused, performance.now() - began)
    dispatcher.onAnswer?.({ request, path, refused })
    reply(refused === undefined ? { failed: false, ...given } : { ...given })
  }
  const fail = (error: unknown) => {
    if (!(error instanceof StoreUnavailable)) dispatcher.onFault(error, path, request)
    answer(refuse(error instanceof StoreUnavailable ? 'store_unavailable' : 'daemon_fault'))
  }
  try {
    const said = readFrame(frame, connection.isLocal)
    if (isRefusal(said)) answer(said)
    else {
      path = said.path
      run(said, place, connection, dispatcher, { answer, fail })
    }
  } catch (error) {
    fail(error)
  }
}

/** Who hears what an instruction came to: one of the two, once. */
interface Hearer {
  answer: (given: Answer<Declared>) => void
  fail: (error: unknown) => void
}

/** Does an instruction in its turn, unless it is refused at once. */
function run(
  said: ReadFrame,
  place: Place | undefined,
  connection: Connection,
  dispatcher: Dispatcher,
  { answer, fail }: Hearer,
): void {
  const token = said.header.session_token
  const tokenHash = token === undefined ? undefined : hashOf(token, connection)
  const unfit = refusedAtOnce(said, tokenHash, place, connection, dispatcher)
  if (unfit) {
    answer(unfit)
    return
  }
  const work = (applied: () => void) => perform(said, { tokenHash, place }, connection, dispatcher, applied)
  const inTurn = place ? (applied: () => void) => inPlace(place, () => work(applied)) : work
  dispatcher.lanes.run<Answer<Declared>>(tokenHash, inTurn, (outcome) => {
    if (outcome instanceof Promise) outcome.then(answer, fail)
    else answer(outcome)
  })
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
): Awaitable<Answer<Declared> | Refusal> {
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
  checked: Said,
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

/** Where a client asks for a token, it speaks as the client id it names (`request session_token`), whatever its header says. */
function claimed(path: Path, request: Record<string, unknown>): string | undefined {
  return declarationOf(path).access === 'client' && typeof request.client_id === 'string'
    ? request.client_id
    : undefined
}

/** A transaction of the store, in its place in a pipeline: the next one's turn comes as soon as it is applied. */
function transacted(
  store: Store,
  place: Place | undefined,
  work: (tx: Transaction) => Awaitable<Wrapped>,
  options: Options,
): Awaitable<Wrapped> {
  if (!place) return store.transaction(work, options)
  const inTurn = (tx: Transaction) =>
    after(
      inPlace(place, () => after(work(tx), bareOf)),
      wrapped,
    )
  return store.transaction(inTurn, options)
}

const wrapped = (answer: Answer<Declared>): Wrapped => ({ answer })
const bareOf = ({ answer }: Wrapped) => answer

/** Does an instruction in its one transaction, and tells who subscribed what came of it. */
function within(
  asks: Asks,
  said: Said,
  handle: Handle,
  dispatcher: Dispatcher,
  applied: () => void,
): Awaitable<Answer<Declared>> {
  const { store, subscriptions } = dispatcher.daemon
  const execution = new Execution(asks, said, handle, dispatcher)
  const work = (tx: Transaction) => execution.within(tx)
  const doing = transacted(store, asks.place, work, { dryRun: asks.header.dry_run === true, applied })
  return after(doing, ({ answer }) => {
    for (const account of execution.told) subscriptions.poke(account)
    return answer
  })
}
