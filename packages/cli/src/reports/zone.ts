const DAY_MS = 86_400_000

/** A day of the calendar, wherever it is lived: whole days since 1970-01-01. */
export type CivilDay = number

/** Where and how time is told: between instants (ms since the epoch) and the days and hours of a place. */
export interface Zone {
  name: string
  /** What a place's clocks are ahead of UTC at an instant, in ms. */
  offsetAt(at: number): number
  /** The first instant of a day; a day the place skips begins where the next one does. */
  startOf(day: CivilDay): number
  /** The day an instant falls into. */
  dayAt(at: number): CivilDay
  /** An instant as `2026-01-31 09:00:00`. */
  textAt(at: number): string
  /** The first instant, or the last where clocks are put back, at which clocks show a time; undefined where they skip it. */
  instantOf(shown: number, which: 'first' | 'last'): number | undefined
}

/** The time zone of this machine. */
export function machineZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** Opens an IANA time zone. */
export function openZone(name: string): Zone {
  // Swedish is the locale that writes a date as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' })
  const starts = new Map<CivilDay, number>()

  function offsetAt(at: number): number {
    const second = Math.floor(at / 1_000) * 1_000
    return Date.parse(`${format.format(second).replace(' ', 'T')}Z`) - second
  }

  function instantOf(shown: number, which: 'first' | 'last'): number | undefined {
    // No place is a day ahead of UTC or behind it, so these are the offsets before and after whatever changes that day.
    const candidates = [shown - DAY_MS, shown + DAY_MS].map((near) => shown - offsetAt(near))
    const real = candidates.filter((at) => at + offsetAt(at) === shown)
    if (real.length === 0) return undefined
    return which === 'first' ? Math.min(...real) : Math.max(...real)
  }

  function searchStart(midnight: number): number {
    let before = midnight - DAY_MS
    let after = midnight + DAY_MS
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (middle + offsetAt(middle) < midnight) before = middle
      else after = middle
    }
    return after
  }

  function startOf(day: CivilDay): number {
    const known = starts.get(day)
    if (known !== undefined) return known
    const midnight = day * DAY_MS
    const start = instantOf(midnight, 'first') ?? searchStart(midnight)
    starts.set(day, start)
    return start
  }

  let lastDay: CivilDay = 0

  function dayAt(at: number): CivilDay {
    // What is asked for in a row mostly falls into one day, and asking Intl for an offset is slow.
    if (startOf(lastDay) <= at && at < startOf(lastDay + 1)) return lastDay
    let day = Math.floor((at + offsetAt(at)) / DAY_MS)
    // Where clocks are put back across midnight, a day that has begun goes on.
    while (startOf(day + 1) <= at) day += 1
    while (startOf(day) > at) day -= 1
    lastDay = day
    return day
  }

  return { name, offsetAt, startOf, dayAt, instantOf, textAt: (at) => format.format(at) }
}

/** The day of a date; undefined where there is no such date. Months count from 1. */
export function dayOf(year: number, month: number, date: number): CivilDay | undefined {
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, date)
  const isReal = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === date
  return isReal ? at.getTime() / DAY_MS : undefined
}

/** The date of a day; months count from 1, weekdays from 0 for Monday. */
export function dateOf(day: CivilDay): { year: number; month: number; date: number; weekday: number } {
  const at = new Date(day * DAY_MS)
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    date: at.getUTCDate(),
    weekday: (at.getUTCDay() + 6) % 7,
  }
}

/** A day as `2026-01-31`. */
export function isoDay(day: CivilDay): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** A stretch of time, in ms since the epoch; its end is not part of it. */
export interface Stretch {
  start: number
  stop: number
}

/** Cuts a stretch at each midnight of a place. */
export function splitByDay({ start, stop }: Stretch, zone: Zone): (Stretch & { day: CivilDay })[] {
  const parts: (Stretch & { day: CivilDay })[] = []
  let from = start
  for (let day = zone.dayAt(start); from < stop; day += 1) {
    const to = Math.min(stop, zone.startOf(day + 1))
    if (to > from) parts.push({ day, start: from, stop: to })
    from = to
  }
  return parts
}

/** Cuts a stretch wherever a place's clocks are put forward or back, so that in each part they tell how long it took. */
export function splitByOffset(stretch: Stretch, zone: Zone): Stretch[] {
  const { start, stop } = stretch
  if (stop - start <= 0) return [stretch]
  const parts: Stretch[] = []
  let from = start
  for (const day of splitByDay(stretch, zone)) {
    if (zone.offsetAt(from) === zone.offsetAt(day.stop - 1)) continue
    const change = changeWithin(from, day.stop - 1, zone)
    if (change > from) parts.push({ start: from, stop: change })
    from = change
  }
  if (from < stop) parts.push({ start: from, stop })
  return parts
}

function changeWithin(from: number, to: number, zone: Zone): number {
  const offset = zone.offsetAt(from)
  let before = from
  let after = to
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (zone.offsetAt(middle) === offset) before = middle
    else after = middle
  }
  return after
}
