import { forgetEvents } from '../books/happened.ts'
import type { Tell } from '../handler.ts'
import type { Transaction } from '../store/store.ts'

/** How many old events go when one comes: more than one, so that they grow fewer. */
const FORGOTTEN_MAX = 2

/** Writes events into a transaction, each under its account's next cursor, and remembers whose they are. */
export function telling(tx: Transaction): { tell: Tell; accounts: readonly number[] } {
  const accounts: number[] = []
  const tell: Tell = async (account, event, data) => {
    const last = await tx.eventCursors.find('account', [account])
    const cursor = (last?.cursor ?? 0) + 1
    if (last) await tx.eventCursors.put({ ...last, cursor })
    else await tx.eventCursors.add({ account, cursor })
    if (!tx.isShared) await forgetEvents(tx, FORGOTTEN_MAX)
    await tx.events.add({ account, cursor, event, at: tx.now, data })
    if (!accounts.includes(account)) accounts.push(account)
  }
  return { tell, accounts }
}
