import { visible } from '../output/sanitise.ts'
import { clockTime } from './clock-time.ts'
import type { Interval } from './history.ts'
import { wholeSeconds } from './whole-seconds.ts'

/** Charged time as a calendar (RFC 5545), an event for each stretch; importing it again changes nothing. */
export function calendar(intervals: readonly Interval[], account: string): string {
  const rounded = wholeSeconds(intervals)
  const events = intervals.flatMap(({ timeRecord, start, stop }, index) => {
    const shown = rounded[index] ?? { start, stop }
    return [
      'BEGIN:VEVENT',
      `UID:${uidPart(account)}-time-${timeRecord}-${start}@ewallet`,
      `DTSTAMP:${utc(stop)}`,
      `DTSTART:${utc(shown.start)}`,
      // An end must come after the start; what rounds to nothing is a moment.
      ...(shown.stop > shown.start ? [`DTEND:${utc(shown.stop)}`] : []),
      `SUMMARY:${escaped(`Time record ${timeRecord}`)}`,
      `DESCRIPTION:${escaped(`${clockTime(stop - start)} charged to ${account}`)}`,
      'CATEGORIES:ewallet',
      'END:VEVENT',
    ]
  })
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//ewallet//export//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    ...events,
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

/** A text value: what has a meaning in the format is escaped, what a reader would not see is made visible. */
export function escaped(text: string): string {
  return visible(text.replaceAll('\r\n', '\n'), '\n')
    .replace(/[\\;,]/g, (character) => `\\${character}`)
    .replaceAll('\n', '\\n')
}

/** Folds a content line after at most 75 octets, never inside a character. */
export function folded(line: string): string {
  if (Buffer.byteLength(line) <= 75) return line
  const parts: string[] = []
  let part = ''
  let octets = 0
  for (const character of line) {
    const length = Buffer.byteLength(character)
    // A continued line begins with a space, which counts.
    if (octets + length > (parts.length === 0 ? 75 : 74)) {
      parts.push(part)
      part = ''
      octets = 0
    }
    part += character
    octets += length
  }
  return [...parts, part].join('\r\n ')
}

function uidPart(account: string): string {
  return account.replace(/[^\w.-]/g, '_')
}

function utc(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
}
