import { Failure } from '../failure.ts'
import { dayOf, type Zone } from './zone.ts'

/** Time that was kept elsewhere, and the line of the file that says so; instants in ms. */
export interface KeptTime {
  line: number
  start: number
  stop: number
  notes?: string
}

/** What a parser is told besides the text. */
export interface TimeFile {
  /** As it was typed, for sentences. */
  name: string
  /** The zone of times that name none. */
  zone: Zone
}

/** So much is imported at once at the most, for it is all or nothing. */
export const RECORDS_MAX = 10_000
const NOTES_MAX = 2_000

/** A line that cannot be meant; ends with exit 11, and nothing was imported. */
export function badLine({ name }: TimeFile, line: number, why: string): Failure {
  return new Failure('input', 'file_invalid', `${name}, line ${line}: ${why}`, 'Nothing was imported.')
}

const forms = [
  /^(?<year>\d{4})(?<mark>[-/.])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})(?:T| +)(?<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(?<offset>Z|[+-]\d{2}:?\d{2})?$/,
  /^(?<day>\d{2})-(?<month>\d{2})-(?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2})$/,
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})T(?<time>\d{6})(?<offset>Z)$/,
]

/** What clocks show, in ms as if it were UTC, and how far they say to be ahead of UTC, if they do. */
interface Shown {
  at: number
  offsetMs?: number
}

/** RFC 3339; `2026-01-31 09:00:00` or `31-01-2026 09:00:00`, which name no zone; or Timewarrior's `20260131T090000Z`. */
function readShown(text: string): Shown | undefined {
  const parts = forms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined)
  if (!parts) return undefined
  const { year, month, day, time = '', offset } = parts
  const [hour = 0, minute = 0, second = 0] = (time.includes(':') ? time.split(':') : (time.match(/../g) ?? [])).map(
    Number,
  )
  const civil = dayOf(Number(year), Number(month), Number(day))
  if (civil === undefined || hour > 23 || minute > 59 || second >= 60) return undefined
  const at = civil * 86_400_000 + (hour * 60 + minute) * 60_000 + Math.floor(second * 1_000 + 1e-6)
  return offset === undefined ? { at } : { at, offsetMs: offsetOf(offset) }
}

function offsetOf(offset: string): number {
  if (offset === 'Z') return 0
  const [hours = 0, minutes = 0] = [offset.slice(1, 3), offset.slice(-2)].map(Number)
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

/** The instants (ms) of a record's two texts; where clocks are put back, those that fit each other. A bad one ends with exit 11. */
export function readSpan(file: TimeFile, line: number, start: string, stop: string): { start: number; stop: number } {
  const read = (text: string, after = Number.NEGATIVE_INFINITY): number => {
    const shown = readShown(text)
    if (!shown) {
      throw badLine(file, line, `"${text}" is no time; write it as 2026-01-31T09:00:00Z or 2026-01-31 09:00:00.`)
    }
    if (shown.offsetMs !== undefined) return shown.at - shown.offsetMs
    const first = file.zone.instantOf(shown.at, 'first')
    if (first === undefined) throw badLine(file, line, `"${text}" is skipped by the clocks of ${file.zone.name}.`)
    return first > after ? first : (file.zone.instantOf(shown.at, 'last') ?? first)
  }
  const from = read(start)
  return { start: from, stop: read(stop, from) }
}

/** Checks what holds for all times together, before the daemon is asked. */
export function checkTimes(times: readonly KeptTime[], file: TimeFile, now: number): void {
  if (times.length === 0) {
    throw new Failure('input', 'file_empty', `${file.name} holds no time records.`, 'Nothing was imported.')
  }
  if (times.length > RECORDS_MAX) {
    throw new Failure(
      'input',
      'file_too_long',
      `${file.name} holds ${times.length} time records; ${RECORDS_MAX} can be imported at once, all or none of them.`,
      'Nothing was imported. Split the file.',
    )
  }
  for (const { line, start, stop, notes } of times) {
    if (stop <= start) throw badLine(file, line, stop === start ? 'it lasts no time.' : 'it ends before it starts.')
    if (stop > now) throw badLine(file, line, 'it is not over yet.')
    if ((notes ?? '').length > NOTES_MAX) throw badLine(file, line, `its note is longer than ${NOTES_MAX} characters.`)
  }
  let before: KeptTime | undefined
  for (const time of times.toSorted((one, other) => one.start - other.start || one.line - other.line)) {
    if (before && time.start < before.stop) {
      const [first, second] = before.line < time.line ? [before, time] : [time, before]
      throw badLine(file, second.line, `it overlaps line ${first.line}.`)
    }
    before = time
  }
}
