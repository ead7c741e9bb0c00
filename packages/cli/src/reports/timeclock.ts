import type { Interval } from './history.ts'
import { wholeSeconds } from './whole-seconds.ts'
import { splitByOffset, type Zone } from './zone.ts'

const MINUTE_MS = 60_000

/**
 * Charged time as a timeclock file, in whole seconds and in local time. hledger counts the times as they are shown, so a stretch is
 * cut where clocks are put forward or back: each part lasts what its times say. A time that clocks show twice, or never, has its
 * offset behind it, which hledger passes over and an import reads.
 */
export function timeclockFile(intervals: readonly Interval[], zone: Zone): string {
  const lines = [`; Charged time, pauses left out. Times are those of ${zone.name}.`]
  const isSteady = steadyDays(zone)
  // A stretch that ends as clocks are changed ends at what they showed until then.
  const told = (at: number, offset: number) => {
    const shown = new Date(at + offset).toISOString().slice(0, 19).replace('T', ' ')
    return isSteady(at) || isOnly(at, offset, zone) ? shown : shown + offsetText(offset)
  }
  for (const interval of wholeSeconds(intervals)) {
    for (const { start, stop } of splitByOffset(interval, zone)) {
      const offset = zone.offsetAt(start)
      lines.push(`i ${told(start, offset)} time  record ${interval.timeRecord}`, `o ${told(stop, offset)}`)
    }
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** Tells whether clocks are far from being changed at an instant. */
function steadyDays(zone: Zone): (at: number) => boolean {
  const known = new Map<number, boolean>()
  return (at) => {
    const day = zone.dayAt(at)
    let isSteady = known.get(day)
    if (isSteady === undefined) {
      isSteady = zone.offsetAt(zone.startOf(day - 1)) === zone.offsetAt(zone.startOf(day + 2))
      known.set(day, isSteady)
    }
    return isSteady
  }
}

/** Whether an instant is the only one at which clocks show what they do with that offset. */
function isOnly(at: number, offset: number, zone: Zone): boolean {
  const shown = at + offset
  return zone.instantOf(shown, 'first') === at && zone.instantOf(shown, 'last') === at
}

function offsetText(offset: number): string {
  const minutes = Math.abs(Math.round(offset / MINUTE_MS))
  const two = (part: number) => String(part).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`
}
