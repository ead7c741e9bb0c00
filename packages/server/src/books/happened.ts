import { EVENTS_KEPT_MS } from '../domain/event.ts'
import type { HappenedEvent } from '../domain/rows.ts'
import type { Transaction } from '../store/store.ts'

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

/** Removes events that are no longer kept, of one account or of all, at most so many; how many they were. */
export async function forgetEvents(tx: Transaction, account: number | undefined, limit = PAGE): Promise<number> {
  const [index, key] = account === undefined ? (['age', []] as const) : (['account', [account]] as const)
  const old = (await tx.events.list(index, key, { limit })).filter((event) => !isKept(event, tx.now))
  for (const { id } of old) await tx.events.remove(id)
  return old.length
}
