import type { Connection, Subscriptions } from '../handler.ts'
import type { Store } from '../store/store.ts'

/** How many events are read from the store at a time. */
const PAGE = 100

interface Subscription {
  connection: Connection
  account: number
  /** The last cursor pushed. */
  cursor: number
  pumping: boolean
  /** Whether more came while it was pumping. */
  again: boolean
}

/**
 * Who hears which account's events. Each subscription reads on from its own cursor in the store, so that events arrive in order,
 * once, whether they stood already or come now.
 */
export class EventSubscriptions implements Subscriptions {
  private readonly store: Store
  private readonly onFault: (error: unknown) => void
  private readonly byAccount = new Map<number, Set<Subscription>>()
  private readonly watched = new WeakSet<Connection>()

  constructor(store: Store, onFault: (error: unknown) => void) {
    this.store = store
    this.onFault = onFault
  }

  subscribe(connection: Connection, account: number, after: number): void {
    this.unsubscribe(connection, account)
    const all = this.byAccount.get(account) ?? new Set()
    this.byAccount.set(account, all)
    const subscription = { connection, account, cursor: after, pumping: false, again: false }
    all.add(subscription)
    if (!this.watched.has(connection)) {
      this.watched.add(connection)
      connection.onClose?.(() => this.leave(connection))
    }
    void this.pump(subscription)
  }

  unsubscribe(connection: Connection, account: number): void {
    const all = this.byAccount.get(account)
    for (const subscription of all ?? []) if (subscription.connection === connection) all?.delete(subscription)
    if (all?.size === 0) this.byAccount.delete(account)
  }

  poke(account: number): void {
    for (const subscription of this.byAccount.get(account) ?? []) void this.pump(subscription)
  }

  pushLive(account: number, event: string, data: Record<string, unknown>): void {
    for (const { connection } of this.byAccount.get(account) ?? []) {
      connection.push?.({ event, cursor: null, account: String(account), data })
    }
  }

  private leave(connection: Connection): void {
    for (const account of [...this.byAccount.keys()]) this.unsubscribe(connection, account)
  }

  private isOpen(subscription: Subscription): boolean {
    return this.byAccount.get(subscription.account)?.has(subscription) === true
  }

  private async pump(subscription: Subscription): Promise<void> {
    subscription.again = true
    if (subscription.pumping) return
    subscription.pumping = true
    try {
      while (subscription.again && this.isOpen(subscription)) {
        subscription.again = false
        await this.pushPage(subscription)
      }
    } catch (error) {
      this.onFault(error)
    } finally {
      subscription.pumping = false
    }
  }

  private async pushPage(subscription: Subscription): Promise<void> {
    const { account, connection } = subscription
    const { events, email } = await this.store.transaction(async (tx) => ({
      events: await tx.events.list('account', [account], { from: subscription.cursor + 1, limit: PAGE }),
      email: (await tx.accounts.get(account))?.email ?? '',
    }))
    for (const { event, cursor, data } of events) {
      if (!this.isOpen(subscription)) return
      subscription.cursor = cursor
      if (connection.push?.({ event, cursor, account: email, data }) === false) {
        // Too slow a reader goes on later from its cursor.
        this.unsubscribe(connection, account)
        return
      }
    }
    if (events.length === PAGE) subscription.again = true
  }
}
