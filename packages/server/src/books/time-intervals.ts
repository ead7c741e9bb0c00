import type { TimeInterval } from '../domain/rows.ts'
import type { Transaction } from '../store/store.ts'
import type { Paged } from './period.ts'

/** The charged stretches of an account on whatever clock that fall into a page's period, oldest first, one row more than it shows. */
export async function listIntervals(tx: Transaction, account: number, page: Paged): Promise<TimeInterval[]> {
  const { from, to = Number.POSITIVE_INFINITY, limit, after } = page
  if (from === undefined || (after && after.order >= from)) return tx.timeIntervals.list('listed', [account], page)
  const isWanted = ({ startedAt, id }: TimeInterval) =>
    startedAt < to && (!after || startedAt > after.order || (startedAt === after.order && id > after.id))
  const begun = (await runningAt(tx, account, from)).filter(isWanted).slice(0, limit)
  return [...begun, ...(await tx.timeIntervals.list('listed', [account], { ...page, limit: limit - begun.length }))]
}

/** The charged stretches that had begun before a moment and went on beyond it: on each clock one at the most. */
async function runningAt(tx: Transaction, account: number, at: number): Promise<TimeInterval[]> {
  const clocks = (await tx.clocks.list('account', [account])).map(({ id }) => id)
  for (const { removedClocks } of await tx.wallets.list('account', [account])) clocks.push(...removedClocks)
  const running: TimeInterval[] = []
  for (const clock of clocks) {
    const [last] = await tx.timeIntervals.list('clock', [clock], { to: at, descending: true, limit: 1 })
    if (last && last.listedFor === account && last.stoppedAt > at) running.push(last)
  }
  return running.sort((one, other) => one.startedAt - other.startedAt || one.id - other.id)
}
