import { misuse } from '../failure.ts'

const iso = /^([+-]\d{6}|\d{4,6})-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/

/** Whether a text is a timestamp as the daemon writes it for programs. */
export function isMoment(text: string): boolean {
  return iso.test(text)
}

const two = (number: number): string => String(number).padStart(2, '0')

function here(date: Date): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** Writes timestamps as `2026-01-31 09:00:00` in a time zone, or in the machine's own; any other text as it came. */
export function momentsIn(timeZone?: string): (timestamp: string) => string {
  const write = timeZone === undefined ? here : zoned(timeZone)
  return (timestamp) => {
    if (!isMoment(timestamp)) return timestamp
    const date = new Date(timestamp)
    return Number.isNaN(date.getTime()) ? timestamp : write(date)
  }
}

function zoned(timeZone: string): (date: Date) => string {
  try {
    // Swedish is the locale that writes the date as ISO 8601 does.
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    return (date) => format.format(date)
  } catch {
    throw misuse(`There is no time zone "${timeZone}".`, 'Name one as Europe/Bucharest.')
  }
}
