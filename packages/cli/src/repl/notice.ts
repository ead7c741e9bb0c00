import type { EventFrame } from '@ewallet/protocol'
import { leftTint } from '../output/amount.ts'
import type { Paint, Tint } from '../output/colour.ts'
import { momentsIn } from '../output/moment.ts'
import { visible } from '../output/sanitise.ts'
import { eventSentence } from '../views/events.ts'

/** How a line above the prompt is written. */
export interface NoticeStyle {
  paint: Paint
  ascii: boolean
  timeZone?: string
}

/** One line about an event: `14:02 • bob@example.org paid 5 credits.` */
export function eventNotice(frame: EventFrame, now: Date, style: NoticeStyle): string {
  const moment = momentsIn(style.timeZone)
  const data = Object.fromEntries(
    Object.entries(frame.data).map(([key, value]) => [key, typeof value === 'string' ? moment(value) : value]),
  )
  return notice(visible(eventSentence(frame.event, data)), tintOf(frame), now, style)
}

/** One line of the terminal's own, with the time it came. */
export function notice(sentence: string, tint: Tint, now: Date, { paint, ascii, timeZone }: NoticeStyle): string {
  const time = momentsIn(timeZone)(now.toISOString()).slice(11, 16)
  return `${paint.dim(time)} ${paint[tint](ascii ? '*' : '•')} ${sentence}`
}

function tintOf({ event, data }: EventFrame): Tint {
  if (event === 'clock.exhausted') return 'red'
  if (event === 'clock.low') return leftTint(Number(data.minutes_left))
  if (event === 'session.expiring') return 'yellow'
  return event.endsWith('.received') ? 'green' : 'cyan'
}
