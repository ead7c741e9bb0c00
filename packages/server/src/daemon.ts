import { ClockKeeper } from './books/clock-keeper.ts'
import { openSystemCore } from './books/opening.ts'
import type { Config } from './config.ts'
import { type Answered, type Dispatcher, dispatch } from './dispatch.ts'
import { EventSubscriptions } from './events/subscriptions.ts'
import type { Connection, Daemon, Sockets } from './handler.ts'
import { type Gauges, Metrics } from './metrics/metrics.ts'
import { LoginAttempts } from './sessions/attempts.ts'
import { SweepingCleaners } from './sessions/cleaners.ts'
import { Identifier } from './sessions/identifier.ts'
import { Lanes } from './sessions/lanes.ts'
import { Paces } from './sessions/paces.ts'
import { PasswordThread } from './sessions/password-hash.ts'
import { Pipelines } from './sessions/pipelines.ts'
import { AddressRates } from './sessions/rates.ts'
import { Sessions } from './sessions/session-manager.ts'
import { SharedAttempts, SharedRates } from './sessions/shared-limits.ts'
import { StoreSweeps } from './sessions/sweeps.ts'
import { type Store, StoreUnavailable, type Transaction } from './store/store.ts'

/** What a daemon is built from; the world's accidents come in here. */
export interface Parts {
  config: Config
  store: Store
  sockets: Sockets
  /** A CSPRNG. */
  random: (size: number) => Uint8Array
  /** Hears every fault, with the path of the instruction it came up in and the id of the request. */
  onFault: (error: unknown, path?: string, request?: string) => void
  /** Hears what every frame came to. */
  onAnswer?: (answered: Answered) => void
  /** Counts what is done; one of its own unless given. */
  metrics?: Metrics
  /** Asks for the end of the daemon. */
  stop: () => void
}

/** A daemon without its listeners: it answers frames. */
export interface House {
  /** Answers a frame; `reply` is called once, at once where the answer is there. Never throws. */
  answer(
    frame: unknown,
    connection: Connection,
    reply: (answer: Record<string, unknown>) => void,
    request?: string,
  ): void
  readonly daemon: Daemon
  /** Whether the store can be read and written. */
  isWell(): Promise<boolean>
  /** What stands now, for who watches over it. */
  gauges(): Promise<Gauges>
  /** Settles what ran out while nobody looked. */
  settle(): Promise<void>
  /** Starts what goes on by itself: the clock keeper and the cleaners. */
  start(): void
  /** Ends it; the store is the caller's to close. */
  close(): Promise<void>
}

/** Builds the house upon an open store: SystemCore is there, and clocks that ran out meanwhile are settled. */
export async function openHouse(parts: Parts): Promise<House> {
  const { config, store, sockets, random, onFault, onAnswer, metrics = new Metrics(), stop } = parts
  const lanes = new Lanes(config)
  const sessions = new Sessions(config, lanes, random)
  const subscriptions = new EventSubscriptions(store, sessions, config, onFault)
  const passwords = new PasswordThread(config.scryptN)
  const cleaners = new SweepingCleaners(new StoreSweeps(store, sessions, config), onFault, store.neighbours)
  const counts = store.neighbours?.counts
  const daemon: Daemon = {
    config,
    store,
    passwords,
    attempts: counts ? new SharedAttempts(counts) : new LoginAttempts(),
    rates: counts ? new SharedRates(counts) : new AddressRates(),
    sessions,
    subscriptions,
    cleaners,
    sockets,
    stop,
  }
  const keeper = new ClockKeeper(store, (account) => subscriptions.poke(account), onFault)
  const identifier = new Identifier(sessions, lanes)
  const paces = new Paces(config.perSecondPerSessionMax)
  const pipelines = new Pipelines()
  const dispatcher: Dispatcher = { daemon, identifier, lanes, paces, pipelines, metrics, onFault, onAnswer }
  const { neighbours } = store
  const openCore = () => store.transaction(openSystemCore)
  await (neighbours ? neighbours.setUp(openCore) : openCore())
  neighbours?.listen((account) => subscriptions.heard(account))
  await keeper.settle()
  let looking: Promise<boolean> | undefined
  return {
    daemon,
    answer: (frame, connection, reply, request) => dispatch(frame, connection, dispatcher, reply, request),
    isWell() {
      // Many who ask at once are told what one look shows.
      looking ??= canRead(store).finally(() => {
        looking = undefined
      })
      return looking
    },
    async gauges() {
      const living = store.transaction((tx) => liveSessions(tx))
      return {
        sessions: await living.catch(() => undefined),
        queues: lanes.queued,
        subscriptions: subscriptions.count,
        passwordsWaiting: passwords.waitingCount,
      }
    },
    settle: () => keeper.settle(),
    start() {
      keeper.start()
      cleaners.start('all')
    },
    async close() {
      keeper.stop()
      await cleaners.close()
      subscriptions.close()
      await passwords.close()
      await store
        .transaction((tx) => {
          tx.said = { by: null, path: 'store uses of sessions' }
          return sessions.storeAllUses(tx)
        })
        .catch((error) => {
          // A store that has failed says so itself when it is closed.
          if (!(error instanceof StoreUnavailable)) onFault(error)
        })
    },
  }
}

async function canRead(store: Store): Promise<boolean> {
  try {
    await store.transaction(async (tx) => tx.accounts.get(1))
    return true
  } catch (error) {
    if (error instanceof StoreUnavailable) return false
    throw error
  }
}

/** How many sessions are not over by what is stored; uses in memory may have extended some more. */
async function liveSessions(tx: Transaction): Promise<number> {
  return (await tx.sessions.list('expiry', [], { from: tx.now + 1 })).length
}
