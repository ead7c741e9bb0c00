import type { Interval } from './history.ts'
import { wholeSeconds } from './whole-seconds.ts'
import { splitByOffset, type Zone } from './zone.ts'

/**
 * Charged time as a timeclock file, in whole seconds and in local time. A timeclock file knows no zones, so a stretch is cut where
 * clocks are put forward or back: each part lasts what its times say.
 */
export function timeclockFile(intervals: readonly Interval[], zone: Zone): string {
  const lines = [`; Charged time, pauses left out. Times are those of ${zone.name}.`]
  for (const interval of wholeSeconds(intervals)) {
    for (const { start, stop } of splitByOffset(interval, zone)) {
      lines.push(`i ${zone.textAt(start)} time  record ${interval.timeRecord}`, `o ${shownAtEnd(start, stop, zone)}`)
    }
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** A stretch that ends as clocks are changed ends at what they showed until then. */
function shownAtEnd(start: number, stop: number, zone: Zone): string {
  return new Date(stop + zone.offsetAt(start)).toISOString().slice(0, 19).replace('T', ' ')
}
