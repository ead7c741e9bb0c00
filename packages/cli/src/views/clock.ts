import type { Response } from '@ewallet/protocol'
import { amount, duration, leftTint } from '../output/amount.ts'
import { archiveOf } from './archive.ts'
import { type Ink, list, type Panel, type Piece } from './view.ts'
import type { Views } from './views.ts'

type ClockData = Response<'client action view credit clock'>['clock_data']

/** The state of a timer in a person's words and colour. */
export function stateOf(state: ClockData['clock_state']): Piece {
  if (state === 'active') return { text: 'running', tint: 'green' }
  return state === 'pending' ? { text: 'paused', tint: 'yellow' } : { text: 'not running', tint: 'dim' }
}

/** Minutes left, amber under 15 and red under 5. */
export function leftOf(minutes: number): Piece {
  return { text: duration(minutes), tint: leftTint(minutes) }
}

function clockPanel({ clock_data: data }: Response<'client action view credit clock'>, ink: Ink): Panel {
  const left = leftOf(data.credit_clock)
  return {
    headline: { ...left, text: `${left.text} left` },
    about: `${data.reference}, clock #${data.id} of wallet #${data.ewallet}`,
    lines: [
      ['Timer', stateOf(data.clock_state)],
      ...(data.clock_state === 'active' ? [['Runs out', runsOut(data.credit_clock, ink)] as const] : []),
      ['Minutes', data.credit_clock],
      ['Time sheets', archiveOf(data.time_sheet_archive, data.time_sheet, ink)],
      ['Conversions', archiveOf(data.conversion_sheet_archive, data.conversion_sheet, ink)],
      ['Since', data.create_date],
    ],
  }
}

function runsOut(minutes: number, ink: Ink): string {
  const end = new Date(ink.now + minutes * 60_000)
  return Number.isNaN(end.getTime()) ? 'not in sight' : end.toISOString()
}

const pauses = (count: number, minutes: number): string =>
  count === 0 ? '' : ` ${amount(count, 'pause')}, ${duration(minutes)}, not charged.`

export const clockViews: Views = {
  'client action convert credits2clock': ({ converted_credits, ewallet_credits, credit_clock }) => [
    `Converted ${amount(converted_credits, 'credit')} to ${amount(converted_credits, 'minute')}. `,
    `${amount(ewallet_credits, 'credit')} left, `,
    leftOf(credit_clock),
    ' on the clock.',
  ],
  'client action convert clock2credits': ({ converted_minutes, ewallet_credits, credit_clock }) => [
    `Converted ${amount(converted_minutes, 'minute')} to ${amount(converted_minutes, 'credit')}. `,
    `${amount(ewallet_credits, 'credit')} in the wallet, `,
    leftOf(credit_clock),
    ' left on the clock.',
  ],
  'client action start clock_timer': ({ clock, start_timestamp }, ink) =>
    `Started clock ${clock} at ${ink.moment(start_timestamp)}.`,
  'client action pause clock_timer': ({ clock, pause_timestamp, pending_count }, ink) =>
    `Paused clock ${clock} at ${ink.moment(pause_timestamp)}, ${amount(pending_count, 'pause')} so far.`,
  'client action resume clock_timer': ({ clock, resume_timestamp, pending_time }, ink) =>
    `Resumed clock ${clock} at ${ink.moment(resume_timestamp)}, after ${duration(pending_time)} of pause.`,
  'client action stop clock_timer': ({ minutes_spent, pending_count, pending_time }) =>
    `Stopped. ${amount(minutes_spent, 'minute')} spent.${pauses(pending_count, pending_time)}`,
  'client action view credit clock': clockPanel,
  'client action view credit clocks': list(
    'clocks',
    ({ clocks }) => clocks,
    {
      id: '#',
      ewallet: 'hidden',
      reference: 'Clock',
      create_date: 'Since',
      write_date: 'hidden',
      credit_clock: { title: 'Left', right: true, show: leftOf },
      clock_state: { title: 'Timer', show: stateOf },
      time_sheet: 'hidden',
      time_sheet_archive: 'hidden',
      conversion_sheet: 'hidden',
      conversion_sheet_archive: 'hidden',
    },
    'No clocks.',
  ),
  'client action view time intervals': list(
    'intervals',
    ({ intervals }) => intervals,
    {
      time_record: '#',
      start_ms: { title: 'From', show: (start) => new Date(start).toISOString() },
      stop_ms: { title: 'To', show: (stop) => new Date(stop).toISOString() },
    },
    'No charged time.',
  ),
  'client action import time_records': ({ imported, minutes_spent, credit_clock }) => [
    `Imported ${amount(imported, 'record')}. ${amount(minutes_spent, 'minute')} spent, `,
    leftOf(credit_clock),
    ' left.',
  ],
  'client action new credit clock': ({ clock_data: { id, reference } }) =>
    `Added clock ${id}, ${reference}. Use it with: ewallet clock use ${id}.`,
  'client action switch credit clock': ({ clock_data: { id, reference, credit_clock } }) => [
    `Clock ${id}, ${reference}, is active now. `,
    leftOf(credit_clock),
    ' left.',
  ],
  'client action unlink credit clock': ({ clock }) => `Deleted clock ${clock}.`,
}
