import { type groups, isRefusal, refuse } from '@ewallet/protocol'
import { cursorsOf } from '../books/happened.ts'
import { cursorAfter, eventData } from '../domain/event.ts'
import type { HandlersFor } from '../handler.ts'

/** How many events are listed where the caller names no limit. */
const LISTED = 50

export const eventsHandlers: HandlersFor<(typeof groups)['events']> = {
  'client action subscribe events': {
    async outside({ request, caller, stamp, daemon }) {
      const { connection, account, session } = caller
      if (!connection.push) return refuse('subscription_needs_websocket')
      const cursor = await daemon.store.transaction(async (tx) => {
        const cursors = await cursorsOf(tx, account)
        return cursorAfter(request.from, cursors, cursors.last)
      })
      if (isRefusal(cursor)) return cursor
      daemon.subscriptions.subscribe({ connection, account, session, stamp }, cursor)
      return { cursor }
    },
  },

  'client action unsubscribe events': {
    async outside({ caller, daemon }) {
      daemon.subscriptions.unsubscribe(caller.connection, caller.account)
      const { last } = await daemon.store.transaction((tx) => cursorsOf(tx, caller.account))
      return { cursor: last }
    },
  },

  'client action view events': async ({ request, caller, tx, stamp }) => {
    const cursors = await cursorsOf(tx, caller.account)
    const after = cursorAfter(request.from, cursors, cursors.oldest - 1)
    if (isRefusal(after)) return after
    const limit = request.limit ?? LISTED
    const events = await tx.events.list('account', [caller.account], { from: after + 1, limit })
    return {
      events: events.map(({ event, cursor, at, data }) => ({
        event,
        cursor,
        at: stamp(at),
        data: eventData(data, stamp),
      })),
      cursor: events.at(-1)?.cursor ?? after,
    }
  },
}
