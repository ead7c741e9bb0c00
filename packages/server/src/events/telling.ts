import { forgetEvents } from '../books/happened.ts'
import type { Tell } from '../handler.ts'
import { after, type Transaction } from '../store/store.ts'

/** How many old events go when one comes: more than one, so that they grow fewer. */
const FORGOTTEN_MAX = 2

/** Writes events into a transaction, each under its account's next cursor, and remembers whose they are. */
export function telling(tx: Transaction): { tell: Tell; accounts: readonly number[] } {
  const accounts: number[] = []
  const tell: Tell = (account, event, data) =>
    after(tx.eventCursors.find('account', [account]), (last) => {
      const cursor = (last?.cursor ?? 0) + 1
      const counting = last
        ? tx.eventCursors.put({ id: last.id, account, cursor })
        : after(tx.eventCursors.add({ account, cursor }), () => {})
      const forgetting = after(counting, () => (tx.isShared ? undefined : forgetEvents(tx, FORGOTTEN_MAX)))
      const happened = { account, cursor, event, at: tx.now, data }
      return after(forgetting, () =>
        after(tx.events.add(happened), () => {
          if (!accounts.includes(account)) accounts.push(account)
        }),
      )
    })
  return { tell, accounts }
}
