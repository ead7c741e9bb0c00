const two = (part: number) => String(part).padStart(2, '0')

/** A moment as `DD-MM-YYYY HH:MM:SS` in the daemon's time zone (the process's TZ). */
export function localTimestamp(at: number): string {
  const date = new Date(at)
  const day = `${two(date.getDate())}-${two(date.getMonth() + 1)}-${String(date.getFullYear()).padStart(4, '0')}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** A moment in RFC 3339, UTC, with milliseconds. */
export function isoTimestamp(at: number): string {
  return new Date(at).toISOString()
}

/** The moment a request names, in ms: RFC 3339, a date, or `DD-MM-YYYY HH:MM:SS` in the daemon's time zone; NaN where there is no such day or hour. */
export function momentOf(text: string): number {
  const local = /^(\d{2})-(\d{2})-(\d{4})(?: (\d{2}):(\d{2}):(\d{2}))?$/.exec(text)
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!local && !day) return Date.parse(text)
  const [year, month, date] = (local ? [local[3], local[2], local[1]] : [day?.[1], day?.[2], day?.[3]]).map(Number)
  const [hour, minute, second] = [local?.[4], local?.[5], local?.[6]].map((part) => Number(part ?? 0))
  const at = new Date(year ?? 0, (month ?? 0) - 1, date, hour, minute, second)
  const isReal = at.getMonth() + 1 === month && at.getDate() === date && (hour ?? 0) < 24 && (minute ?? 0) < 60
  return isReal && (second ?? 0) < 60 ? at.getTime() : Number.NaN
}
