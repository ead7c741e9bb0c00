import { misuse } from '../failure.ts'
import { type CivilDay, dateOf, dayOf, isoDay, type Zone } from './zone.ts'

/** A stretch of the calendar in a time zone; what is open at an end has no day and no instant there. */
export interface Period {
  /** As a person reads it: `January 2026`. */
  title: string
  /** As a file may be called: `2026-01`. */
  name: string
  /** The first day, and the day after the last. */
  fromDay?: CivilDay
  toDay?: CivilDay
  /** The instants, in ms: the first, and the one after the last. */
  from?: number
  to?: number
}

/** The period that has no ends. */
export const everything: Period = { title: 'Everything', name: 'all' }

const months = 'January February March April May June July August September October November December'.split(' ')
const weekdays = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')

/** What a period may be written as. */
export const periodForms =
  'day, week, month, year, yesterday, last week, 2026, 2026-01, 2026-01-31, 2026-W05, FROM..TO or all'

/** The single words among them. */
export const periodWords = ['day', 'week', 'month', 'year', 'yesterday', 'all'] as const

interface Days {
  from: CivilDay
  to: CivilDay
  title: string
  name: string
}

/** Reads a period as it was typed; what cannot be meant ends the command. */
export function readPeriod(typed: string, zone: Zone, now: number): Period {
  const text = typed.trim().toLowerCase().replace(/\s+/g, ' ')
  if (text === 'all') return everything
  const today = zone.dayAt(now)
  const range = /^(.*?)\.\.(.*)$/.exec(text)
  if (!range) {
    const { from, to, title, name } = daysOf(text, today) ?? unreadable(typed)
    return { title, name, fromDay: from, toDay: to, from: zone.startOf(from), to: zone.startOf(to) }
  }
  const [, first = '', last = ''] = range.map((part) => part.trim())
  if (first === '' && last === '') return everything
  const from = first === '' ? undefined : (daysOf(first, today) ?? unreadable(typed)).from
  const to = last === '' ? undefined : (daysOf(last, today) ?? unreadable(typed)).to
  if (from !== undefined && to !== undefined && from >= to) throw misuse(`${typed} ends before it begins.`)
  const end = to === undefined ? '' : longDate(to - 1)
  const title = from === undefined ? `Until ${end}` : to === undefined ? `Since ${longDate(from)}` : spanned(from, to)
  return {
    title,
    name: `${from === undefined ? '' : isoDay(from)}..${to === undefined ? '' : isoDay(to - 1)}`,
    ...(from !== undefined && { fromDay: from, from: zone.startOf(from) }),
    ...(to !== undefined && { toDay: to, to: zone.startOf(to) }),
  }
}

function unreadable(typed: string): never {
  throw misuse(`"${typed}" is no period.`, `Write it as one of: ${periodForms}.`)
}

function daysOf(text: string, today: CivilDay): Days | undefined {
  if (text === 'yesterday') return unitDays('day', today - 1)
  const relative = /^(?:(this |last ))?(day|week|month|year)$|^today$/.exec(text)
  if (relative) {
    const unit = (relative[2] ?? 'day') as Unit
    const current = unitDays(unit, today)
    return relative[1] === 'last ' ? unitDays(unit, current.from - 1) : current
  }
  const week = /^(\d{4})-w(\d{2})$/.exec(text)
  if (week) return isoWeek(Number(week[1]), Number(week[2]))
  const date = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(text)
  if (!date) return undefined
  const day = dayOf(Number(date[1]), Number(date[2] ?? 1), Number(date[3] ?? 1))
  if (day === undefined || !isInReach(Number(date[1]))) return undefined
  return unitDays(date[3] ? 'day' : date[2] ? 'month' : 'year', day)
}

type Unit = 'day' | 'week' | 'month' | 'year'

function unitDays(unit: Unit, day: CivilDay): Days {
  const { year, month, weekday } = dateOf(day)
  if (unit === 'day') {
    return { from: day, to: day + 1, title: `${weekdays[weekday]}, ${longDate(day)}`, name: isoDay(day) }
  }
  if (unit === 'week') {
    const from = day - weekday
    // The week belongs to the year of its Thursday.
    const { year: weekYear } = dateOf(from + 3)
    const number = Math.floor((from + 3 - theDay(weekYear, 1)) / 7) + 1
    const name = `${padded(weekYear, 4)}-W${padded(number, 2)}`
    return { from, to: from + 7, title: `Week ${name}, ${spanned(from, from + 7)}`, name }
  }
  if (unit === 'year') {
    return { from: theDay(year, 1), to: theDay(year + 1, 1), title: String(year), name: padded(year, 4) }
  }
  const from = theDay(year, month)
  const to = month === 12 ? theDay(year + 1, 1) : theDay(year, month + 1)
  return { from, to, title: `${months[month - 1]} ${year}`, name: isoDay(from).slice(0, 7) }
}

/** Instants count from 1970, and timestamps have four digits for a year. */
function isInReach(year: number): boolean {
  return year >= 1970 && year <= 9_998
}

function isoWeek(year: number, number: number): Days | undefined {
  if (!isInReach(year)) return undefined
  // The fourth of January is in the first week, whatever day it is.
  const days = unitDays('week', theDay(year, 1) + 3 + (number - 1) * 7)
  return days.name === `${padded(year, 4)}-W${padded(number, 2)}` ? days : undefined
}

function theDay(year: number, month: number): CivilDay {
  const day = dayOf(year, month, 1)
  if (day === undefined) throw new Error(`There is no month ${month} of ${year}.`)
  return day
}

/** `5 to 11 January 2026`: what both ends have in common is said once. */
function spanned(from: CivilDay, to: CivilDay): string {
  const [first, last] = [dateOf(from), dateOf(to - 1)]
  if (to - from === 1) return longDate(from)
  if (first.year !== last.year) return `${longDate(from)} to ${longDate(to - 1)}`
  const month = first.month === last.month ? '' : ` ${months[first.month - 1]}`
  return `${first.date}${month} to ${longDate(to - 1)}`
}

function longDate(day: CivilDay): string {
  const { year, month, date } = dateOf(day)
  return `${date} ${months[month - 1]} ${year}`
}

function padded(number: number, width: number): string {
  return String(number).padStart(width, '0')
}

/** Writes moments of a period shortly, as ` 5 Jan 09:00`; with the whole date where the period has no one year, and with seconds if asked. */
export function shortMoments(
  { fromDay, toDay }: Period,
  zone: Zone,
): (timestamp: string, hasSeconds?: boolean) => string {
  const isOneYear =
    fromDay !== undefined && toDay !== undefined && dateOf(fromDay).year === dateOf(Math.max(fromDay, toDay - 1)).year
  return (timestamp, hasSeconds = false) => {
    const [date = '', time = ''] = zone.textAt(Date.parse(timestamp)).split(' ')
    const [, month, day] = date.split('-').map(Number)
    const shown = isOneYear ? `${String(day).padStart(2)} ${months[(month ?? 1) - 1]?.slice(0, 3)}` : date
    return `${shown} ${hasSeconds ? time : time.slice(0, 5)}`
  }
}
