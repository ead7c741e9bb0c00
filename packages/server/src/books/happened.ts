import { EVENTS_KEPT_MS } from '../domain/event.ts'
import type { HappenedEvent } from '../domain/rows.ts'
import { type Awaitable, after, type Transaction } from '../store/store.ts'

/** How many rows are looked at a time. */
const PAGE = 1_000

function isKept(event: HappenedEvent, now: number): boolean {
  return event.at + EVENTS_KEPT_MS > now
}

/** The last cursor given out to an account, and that of the oldest event still kept; the next one's where none is. */
export async function cursorsOf(tx: Transaction, account: number): Promise<{ oldest: number; last: number }> {
  const last = (await tx.eventCursors.find('account', [account]))?.cursor ?? 0
  for (let from = 0; ; ) {
    const page = await tx.events.list('account', [account], { from, limit: PAGE })
    // What is too old is gone for whoever asks, swept or not.
    const oldest = page.find((event) => isKept(event, tx.now))
    if (oldest) return { oldest: oldest.cursor, last }
    const end = page.at(-1)
    if (!end) return { oldest: last + 1, last }
    from = end.cursor + 1
  }
}

/** Removes the oldest events that are no longer kept, whoever's they are, at most so many. */
export function forgetEvents(tx: Transaction, limit: number): Awaitable<void> {
  const old = tx.events.list('age', [], { to: tx.now - EVENTS_KEPT_MS + 1, limit })
  return after(old, (events) => (events.length === 0 ? undefined : removeAll(tx, events)))
}

async function removeAll(tx: Transaction, events: readonly HappenedEvent[]): Promise<void> {
  for (const event of events) await tx.events.remove(event.id)
}
