const two = (part: number) => (part < 10 ? `0${part}` : String(part))

/** How many local seconds are remembered as they are told. */
const TOLD_MAX = 4_096
const told = new Map<number, string>()

/** A moment as `DD-MM-YYYY HH:MM:SS` in the daemon's time zone (the process's TZ). */
export function localTimestamp(at: number): string {
  const date = new Date(at)
  const localSecond = Math.floor(at / 1_000) - date.getTimezoneOffset() * 60
  const known = told.get(localSecond)
  if (known !== undefined) return known
  const day = `${two(date.getDate())}-${two(date.getMonth() + 1)}-${String(date.getFullYear()).padStart(4, '0')}`
  const text = `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  if (told.size >= TOLD_MAX) told.clear()
  told.set(localSecond, text)
  return text
}

/** A moment in RFC 3339, UTC, with milliseconds. */
export function isoTimestamp(at: number): string {
  return new Date(at).toISOString()
}

/** The moment a request names, in ms: RFC 3339, a date, or `DD-MM-YYYY HH:MM:SS` in the daemon's time zone; NaN where there is no such day or hour. */
export function momentOf(text: string): number {
  const iso = /^(\d{4})-(\d{2})-(\d{2})(T.*)?$/.exec(text)
  const local = /^(\d{2})-(\d{2})-(\d{4})(?: (\d{2}):(\d{2}):(\d{2}))?$/.exec(text)
  const [year = 0, month = 0, day = 0] = (iso ? iso.slice(1, 4) : [local?.[3], local?.[2], local?.[1]]).map(Number)
  // Both `Date.parse` and `new Date` take the 31st of February for a day in March.
  const real = new Date(0)
  real.setUTCFullYear(year, month - 1, day)
  if (real.getUTCMonth() + 1 !== month || real.getUTCDate() !== day) return Number.NaN
  if (iso?.[4]) return Date.parse(text)
  const [hour = 0, minute = 0, second = 0] = [local?.[4], local?.[5], local?.[6]].map((part) => Number(part ?? 0))
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN
  const at = new Date(0)
  at.setFullYear(year, month - 1, day)
  return at.setHours(hour, minute, second, 0)
}
