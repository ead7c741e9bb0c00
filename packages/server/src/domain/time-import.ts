import { type Refusal, refuse } from '@ewallet/protocol'
import { minutesOf } from './rounding.ts'

/** A stretch of time, in ms. */
export interface Stretch {
  startedAt: number
  stoppedAt: number
}

/** What an import is measured against. */
export interface Against {
  now: number
  /** What the clock has left, in ms. */
  leftMs: number
  /** Since when its timer runs; undefined while none does. */
  runningSince: number | undefined
  /** For each record, the last stretch charged to the clock that began before the record stops. */
  charged: readonly (Stretch | undefined)[]
}

/** The first record, by its place in the list, that begins before another one of the list is over. */
function overlapping(records: readonly Stretch[]): number | undefined {
  const inOrder = records.map((record, index) => ({ ...record, index })).sort((a, b) => a.startedAt - b.startedAt)
  let found: number | undefined
  let before: (typeof inOrder)[number] | undefined
  for (const record of inOrder) {
    if (before && record.startedAt < before.stoppedAt) {
      found = Math.min(found ?? Number.POSITIVE_INFINITY, Math.max(record.index, before.index))
    }
    if (!before || record.stoppedAt > before.stoppedAt) before = record
  }
  return found
}

/** What an import charges altogether, in ms: every record is over, no instant is charged twice, and the clock has it all left. */
export function importedMs(
  records: readonly Stretch[],
  { now, leftMs, runningSince, charged }: Against,
): number | Refusal<'time_in_future' | 'time_overlap' | 'insufficient_minutes'> {
  const unreal = records.findIndex(({ startedAt, stoppedAt }) => stoppedAt <= startedAt || stoppedAt > now)
  if (unreal >= 0) return refuse('time_in_future', { index: unreal })
  const twice = records.findIndex(({ startedAt, stoppedAt }, index) => {
    const before = charged[index]
    const isRunning = runningSince !== undefined && stoppedAt > runningSince
    return isRunning || (before !== undefined && before.stoppedAt > startedAt)
  })
  const overlap = twice >= 0 ? twice : overlapping(records)
  if (overlap !== undefined) return refuse('time_overlap', { index: overlap })
  let sum = 0
  for (const [index, { startedAt, stoppedAt }] of records.entries()) {
    sum += stoppedAt - startedAt
    if (sum > leftMs) return refuse('insufficient_minutes', { index, minutes: minutesOf(leftMs) })
  }
  return sum
}
