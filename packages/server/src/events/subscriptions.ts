import { eventData } from '../domain/event.ts'
import type { Connection, Listener, SessionManager, Subscriptions } from '../handler.ts'
import type { Store, Transaction } from '../store/store.ts'

const MINUTE = 60_000
/** How many events are read from the store at a time, if so many may wait for a reader. */
const PAGE_MAX = 100
/** How long before its end a session's listener is told. */
const WARNED_MS = 5 * MINUTE
/** How often it is looked for sessions that end. */
const LOOK_MS = MINUTE / 4

interface Subscription extends Listener {
  /** The last cursor pushed. */
  cursor: number
  /** Whether all that stood when it was made is pushed. */
  isLive: boolean
  pumping: boolean
  /** Whether more came while it was pumping. */
  again: boolean
  /** The end that was warned of; a session that was extended has another. */
  warnedOf: number | null
}

/**
 * Who hears which account's events. Each subscription reads on from its own cursor in the store, so that events arrive in order,
 * once, whether they stood already or come now. It ends when its account is no longer logged in on its session.
 */
export class EventSubscriptions implements Subscriptions {
  private readonly store: Store
  private readonly sessions: SessionManager
  private readonly onFault: (error: unknown) => void
  private readonly page: number
  private readonly byAccount = new Map<number, Set<Subscription>>()
  private readonly watched = new WeakSet<Connection>()
  private timer: NodeJS.Timeout | undefined

  constructor(
    store: Store,
    sessions: SessionManager,
    { eventsBufferedMax }: { eventsBufferedMax: number },
    onFault: (error: unknown) => void,
  ) {
    this.page = Math.min(PAGE_MAX, eventsBufferedMax)
    this.store = store
    this.sessions = sessions
    this.onFault = onFault
  }

  subscribe(listener: Listener, after: number): void {
    const { connection, account } = listener
    this.unsubscribe(connection, account)
    const all = this.byAccount.get(account) ?? new Set()
    this.byAccount.set(account, all)
    const subscription = { ...listener, cursor: after, isLive: false, pumping: false, again: false, warnedOf: null }
    all.add(subscription)
    if (!this.watched.has(connection)) {
      this.watched.add(connection)
      connection.onClose?.(() => this.leave(connection))
    }
    this.timer ??= setInterval(() => this.look(), LOOK_MS).unref()
    // The answer to the subscription goes out first.
    setImmediate(() => void this.pump(subscription))
  }

  unsubscribe(connection: Connection, account: number): void {
    const all = this.byAccount.get(account)
    for (const subscription of all ?? []) if (subscription.connection === connection) all?.delete(subscription)
    if (all?.size === 0) this.byAccount.delete(account)
  }

  poke(account: number): void {
    this.heard(account)
    this.store.neighbours?.tell(account)
  }

  heard(account: number | undefined): void {
    const accounts = account === undefined ? [...this.byAccount.keys()] : [account]
    for (const each of accounts) for (const subscription of this.byAccount.get(each) ?? []) void this.pump(subscription)
  }

  async warn(): Promise<void> {
    const all = [...this.byAccount.values()].flatMap((some) => [...some])
    if (all.length === 0) return
    const ending = await this.store.transaction(async (tx) => {
      const found: { subscription: Subscription; validTo: number | undefined; email: string }[] = []
      for (const subscription of all) {
        const validTo = await this.validTo(tx, subscription)
        if (validTo !== undefined && validTo - tx.now > WARNED_MS) continue
        found.push({ subscription, validTo, email: await emailOf(tx, subscription.account) })
      }
      return found
    })
    for (const { subscription, validTo, email } of ending) {
      const { connection, account, stamp } = subscription
      if (!this.isOpen(subscription)) continue
      if (validTo === undefined) this.unsubscribe(connection, account)
      else if (subscription.warnedOf !== validTo) {
        subscription.warnedOf = validTo
        const data = { valid_to: stamp(validTo) }
        connection.push?.({ event: 'session.expiring', cursor: null, account: email, data })
      }
    }
  }

  /** How many subscriptions there are. */
  get count(): number {
    let count = 0
    for (const all of this.byAccount.values()) count += all.size
    return count
  }

  /** Looks for sessions that end, and for what another daemon could not tell before it died. */
  private look(): void {
    void this.warn().catch(this.onFault)
    if (this.store.neighbours) this.heard(undefined)
  }

  /** Pushes nothing more. */
  close(): void {
    clearInterval(this.timer)
    this.timer = undefined
    this.byAccount.clear()
  }

  private leave(connection: Connection): void {
    for (const account of [...this.byAccount.keys()]) this.unsubscribe(connection, account)
  }

  private isOpen(subscription: Subscription): boolean {
    return this.byAccount.get(subscription.account)?.has(subscription) === true
  }

  /** Until when a subscription may be heard; undefined once its account is not logged in on its session any more. */
  private async validTo(tx: Transaction, { session: id, account }: Listener): Promise<number | undefined> {
    const session = await tx.sessions.get(id)
    if (!session || !(await tx.logins.find('both', [id, account]))) return undefined
    const validTo = await this.sessions.validTo(tx, session)
    return validTo > tx.now ? validTo : undefined
  }

  private async pump(subscription: Subscription): Promise<void> {
    subscription.again = true
    if (subscription.pumping) return
    subscription.pumping = true
    try {
      while (subscription.again && this.isOpen(subscription)) {
        subscription.again = false
        await this.pushPage(subscription)
        // What stood already is handed over as it is read; of what comes, a reader may fall behind only so far.
        if (!subscription.isLive) await subscription.connection.drained?.()
        else if (subscription.again) await nextTurn()
      }
    } catch (error) {
      this.onFault(error)
    } finally {
      subscription.pumping = false
    }
  }

  private async pushPage(subscription: Subscription): Promise<void> {
    const { account, connection, stamp } = subscription
    const page = await this.store.transaction(async (tx) => ({
      isHeard: (await this.validTo(tx, subscription)) !== undefined,
      events: await tx.events.list('account', [account], { from: subscription.cursor + 1, limit: this.page }),
      email: await emailOf(tx, account),
    }))
    if (!page.isHeard) {
      if (this.isOpen(subscription)) this.unsubscribe(connection, account)
      return
    }
    for (const { event, cursor, data } of page.events) {
      if (!this.isOpen(subscription)) return
      subscription.cursor = cursor
      if (connection.push?.({ event, cursor, account: page.email, data: eventData(data, stamp) }) === false) {
        // Too slow a reader goes on later from its cursor.
        this.unsubscribe(connection, account)
        return
      }
    }
    if (page.events.length === this.page) subscription.again = true
    else subscription.isLive = true
  }
}

/** Lets what was pushed get to the socket. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function emailOf(tx: Transaction, account: number): Promise<string> {
  return (await tx.accounts.get(account))?.email ?? ''
}
