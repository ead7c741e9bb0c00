import { FormatTooNew } from './cannot-open.ts'

/** What changes a line of the journal from one format to the next; the journal itself stays as it was written. */
export type Upgrade = (line: Record<string, unknown>) => Record<string, unknown>

/** The formats a program knows: the one it writes, and by older format, what its lines become in the next. */
export interface Formats {
  current: number
  upgrades: Readonly<Record<number, Upgrade>>
}

/** What this program knows. There is one format so far. */
export const formats: Formats = { current: 1, upgrades: {} }

/** Throws where a format is newer than what is known. */
export function checkFormat(found: number, known: Formats): void {
  if (found > known.current) throw new FormatTooNew(found, known.current)
}

/** A line as the current format tells it. */
export function upgraded(text: string, found: number, known: Formats): string {
  let line = JSON.parse(text) as Record<string, unknown>
  for (let format = found; format < known.current; format += 1) line = known.upgrades[format]?.(line) ?? line
  return JSON.stringify(line)
}
