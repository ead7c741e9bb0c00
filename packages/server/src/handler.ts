import type { Access, Catalogue, Declared, Path, Refusal } from '@ewallet/protocol'
import type { Config } from './config.ts'
import type { Account, Client, PassHash, Session, Token } from './domain/rows.ts'
import type { Awaitable, Store, Transaction } from './store/store.ts'

/** Where a frame came from. */
export interface Connection {
  /** The peer's address; null on the admin channel. */
  address: string | null
  /** Whether it is the local admin channel. */
  isLocal: boolean
  /** Sends an event frame; missing where nothing can be pushed (HTTP). Returns false where the reader is too slow to go on. */
  push?: (frame: object) => boolean
  /** Resolves once what was pushed is sent, or the connection is gone. */
  drained?: () => Promise<void>
  /** Hears that a live session spoke on it. */
  onIdentified?: () => void
  /** Called once the connection is gone. */
  onClose?: (listener: () => void) => void
}

/** The credentials a frame carried, good or not. */
export interface Presented {
  clientId: string | undefined
  sessionToken: string | undefined
  /** SHA-256 of the token, as it is kept. */
  tokenHash: string | undefined
}

interface AnyCaller {
  connection: Connection
  presented: Presented
}

interface ClientCaller extends AnyCaller {
  clientId: string
}

/** Callers carry ids, never rows: rows are read inside the transaction, where they cannot be stale. */
interface SessionCaller extends ClientCaller {
  client: number
  token: number
  session: number
}

interface AccountCaller extends SessionCaller {
  account: number
}

export interface Callers {
  anyone: AnyCaller
  client: ClientCaller
  session: SessionCaller
  account: AccountCaller
  system: AnyCaller
}

/** Writes down that something happened to an account; it is pushed to who subscribed once it is on disk. */
export type Tell = (account: number, event: string, data: Record<string, unknown>) => Awaitable<void>

interface Said<I extends Declared> {
  request: I['request']['_zod']['output']
  caller: Callers[I['access'] & Access]
  /** Words a moment (ms) as the caller asked for timestamps. */
  stamp: (at: number) => string
  daemon: Daemon
}

/** What a handler is given inside its one transaction. */
export interface Call<I extends Declared> extends Said<I> {
  tx: Transaction
  /** The transaction's moment, in ms. */
  now: number
  tell: Tell
}

/** What a handler may answer: its response, or a refusal it declared. */
export type Answer<I extends Declared> = I['response']['_zod']['input'] | Refusal<I['refusals'][number]>

type Within<I extends Declared> = (call: Call<I>) => Awaitable<Answer<I>>

/**
 * Does one instruction. Mostly a function inside the transaction; `prepare` does slow work (a password's hash) before it and gives
 * back what is to be done within; `outside` needs no transaction of dispatch's, because it changes no row or opens its own.
 */
export type Handler<I extends Declared> =
  | Within<I>
  | { prepare: (said: Said<I>) => Promise<Refusal<I['refusals'][number]> | Within<I>> }
  | { outside: (said: Said<I>) => Promise<Answer<I>> }

/** One handler for every instruction of a group, no fewer and no more. */
export type HandlersFor<Group extends Record<string, Declared>> = { [P in keyof Group]: Handler<Group[P]> }

/** The same for the whole catalogue. */
export type Handlers = { [P in Path]: Handler<Catalogue[P]> }

/** scrypt, off the main thread and off libuv's pool (decisions.md, Accounts). `too_busy` once its queue is full. */
export interface Passwords {
  hash(password: string): Promise<PassHash | Refusal<'too_busy'>>
  /** In constant time; `null` stands for an account that does not exist and costs as long as a wrong password. */
  verify(password: string, hash: PassHash | null): Promise<boolean | Refusal<'too_busy'>>
}

/** Login back-off (decisions.md, Accounts). Times in ms. */
export interface Attempts {
  /** How long this account from this address has to wait; 0 when it may try. */
  waitMs(account: string, address: string | null, now: number): Awaitable<number>
  /** Counts what comparing a password came to, unless by then there is a wait: gives how long; 0 where it counts. */
  judged(account: string, address: string | null, fits: boolean, now: number): Awaitable<number>
}

/** 100 a minute per address, for each kind of thing. */
export interface Rates {
  /** Takes one; false once they are used up. */
  take(kind: RatedKind, address: string | null, now: number): Awaitable<boolean>
  /** Milliseconds until one is to be had again. */
  waitMs(kind: RatedKind, address: string | null, now: number): Awaitable<number>
}

/** What is counted by itself; client ids and session tokens are two things. */
export type RatedKind = 'account' | 'client' | 'token' | 'issue'

/** What a client id is good for; `client` is its row, where it has one. */
export interface ClientStatus {
  valid: boolean
  expired: boolean
  client: Client | undefined
}

/** What a session, its client id and its token are to each other, and who is logged in on it. All inside the caller's transaction. */
export interface SessionManager {
  newClientId(now: number): string
  /** Whether a client id may be used, by its form, its age, and what is stored of it; `likely` is the id of the row to look at first. */
  clientStatus(tx: Transaction, clientId: string, likely?: number): Awaitable<ClientStatus>
  tokenStatus(tx: Transaction, token: string): Promise<{ valid: boolean; expired: boolean; token: Token | undefined }>
  /** Opens a session on a worker with room for a client id that holds no live token. */
  open(
    tx: Transaction,
    opening: { clientId: string; address: string | null },
  ): Promise<{ token: string; session: Session } | Refusal<'client_already_linked' | 'server_full'>>
  /** Opens a session that no client holds. */
  openVacant(tx: Transaction, reference: string): Promise<Session | Refusal<'server_full'>>
  /** Puts a session onto a worker. */
  place(
    tx: Transaction,
    session: Session,
    worker: number,
  ): Promise<Session | Refusal<'worker_not_found' | 'worker_full'>>
  newWorker(tx: Transaction): Promise<number | Refusal<'server_full'>>
  /** Ends a session: its logins (each written down as a logout), its token, its place on a worker. */
  end(tx: Transaction, session: number): Promise<void>
  /** Ends a token, or a client id with it. */
  endToken(tx: Transaction, token: Token): Promise<void>
  endClient(tx: Transaction, client: Client): Promise<void>
  /** Makes an account active on a session, logged in from now on from an address. */
  logIn(tx: Transaction, session: number, account: number, address: string | null): Promise<void>
  /** Makes an account that is logged in on a session the active one there. */
  switchTo(tx: Transaction, session: number, account: number): Promise<void>
  /** Takes an account off a session; the most recently active one left becomes active. */
  logOut(tx: Transaction, session: number, account: number): Promise<void>
  /** The accounts logged in on a session, the active one last. */
  loggedIn(tx: Transaction, session: number): Promise<Account[]>
  /** Whether any live session has the account logged in. */
  isLoggedIn(tx: Transaction, account: number): Promise<boolean>
  /** Until when a session is good, uses that are not stored yet counted in. */
  validTo(tx: Transaction, session: Session): Promise<number>
  /** When a session was last used, likewise. */
  usedAt(session: Session): number
  /** Maps a client id and its token to a session that no other client holds; a token that is not known yet is from now on. */
  map(
    tx: Transaction,
    entry: { clientId: string; sessionToken: string; session: number },
  ): Promise<
    Refusal<'client_id_invalid' | 'client_already_linked' | 'session_token_invalid' | 'session_not_found'> | undefined
  >
  /** Takes a token off its session, which stays, and forgets it. */
  unmap(tx: Transaction, token: Token): Promise<void>
  /** Stores how far the uses of a session that are only in memory extended it, its token and its client id. */
  storeUses(tx: Transaction, session: Session): Promise<void>
  /** Stores a whole lifetime for the client id, or for the token and its session. */
  keepAlive(tx: Transaction, caller: { client: number; session: number }, what: 'client' | 'token'): Promise<void>
  /** How many instructions of a worker's sessions wait. */
  queueOf(worker: number): number
}

/** Who hears whose events, and on which session they may. */
export interface Listener {
  connection: Connection
  account: number
  session: number
  /** Words the moments an event tells. */
  stamp: (at: number) => string
}

/** Events as they are pushed; reading them is the store's. */
export interface Subscriptions {
  /** Pushes every event of the account after a cursor, those that stand already first, while it is logged in on the session. */
  subscribe(listener: Listener, after: number): void
  unsubscribe(connection: Connection, account: number): void
  /** Says that events of an account are on disk. */
  poke(account: number): void
  /** The same from another daemon on the store; undefined where it may be any account. */
  heard(account: number | undefined): void
  /** Tells `session.expiring` on every subscribed session that ends within minutes. */
  warn(): Promise<void>
}

/** What is over and swept away, or one of it by its name, over or not. Tokens and client ids are told by their labels. */
export interface Sweeps {
  sessions(only?: number): Promise<Refusal<'session_not_found'> | Swept>
  clientIds(only?: string): Promise<Refusal<'client_id_not_found'> | (Swept & { clientIds: string[] })>
  tokens(only?: string): Promise<Refusal<'session_token_not_found'> | Swept>
  /** All vacant workers but one, which is kept in reserve; the one named, if it is vacant. */
  workers(
    only?: number,
  ): Promise<Refusal<'worker_not_found' | 'worker_in_use'> | { workers: number[]; reserved: number | null }>
  /** The accounts whose 30 days are over, and the events that are no longer kept. */
  accounts(): Promise<{ accounts: number[]; events: number }>
}

/** What ended with the sessions that were swept, and the workers that held them. */
export interface Swept {
  sessions: number[]
  tokens: string[]
  workers: number[]
}

/** The timers that sweep what is over. */
export interface Cleaners {
  /** What they do; the cleanup instructions do the same. */
  readonly sweeps: Sweeps
  start(name: string): void
  stop(name: string): void
  state(): Record<string, { active: boolean; every_minutes: number }>
}

/** The sockets the operator opened besides the daemon's own. */
export interface Sockets {
  startListener(): Promise<Refusal<'port_unavailable'> | undefined>
  open(host: string | undefined, port: number): Promise<Refusal<'port_unavailable' | 'host_not_permitted'> | undefined>
  close(port: number | undefined): Promise<Refusal<'listener_not_found'> | undefined>
  list(): { host: string; port: number }[]
}

/** What a handler may ask of the daemon besides its transaction. */
export interface Daemon {
  readonly config: Config
  readonly store: Store
  readonly passwords: Passwords
  readonly attempts: Attempts
  readonly rates: Rates
  readonly sessions: SessionManager
  readonly subscriptions: Subscriptions
  readonly cleaners: Cleaners
  readonly sockets: Sockets
  /** Asks the daemon to end after a checkpoint, once what it accepted is answered. */
  stop(): void
}
