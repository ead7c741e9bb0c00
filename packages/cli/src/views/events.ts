import { amount, duration } from '../output/amount.ts'
import { list } from './view.ts'
import type { Views } from './views.ts'

type EventData = Readonly<Record<string, unknown>>

const told: Readonly<Record<string, (data: EventData) => string>> = {
  'transfer.received': ({ from, credits }) => `${amount(Number(credits), 'credit')} came from ${from}.`,
  'payment.received': ({ from, credits }) => `${from} paid ${amount(Number(credits), 'credit')}.`,
  'refund.received': ({ from, credits }) => `${from} refunded ${amount(Number(credits), 'credit')}.`,
  'clock.started': ({ clock }) => `Clock ${clock} started.`,
  'clock.paused': ({ clock }) => `Clock ${clock} is paused.`,
  'clock.resumed': ({ clock }) => `Clock ${clock} goes on.`,
  'clock.stopped': ({ clock, minutes_spent }) =>
    `Clock ${clock} stopped, ${amount(Number(minutes_spent), 'minute')} spent.`,
  'clock.low': ({ clock, minutes_left }) => `Clock ${clock} has ${duration(Number(minutes_left))} left.`,
  'clock.exhausted': ({ clock }) => `Clock ${clock} ran out and stopped.`,
  'account.login': ({ address }) => (address ? `Somebody logged in from ${address}.` : 'Somebody logged in.'),
  'session.expiring': ({ valid_to }) => `The session ends at ${valid_to}.`,
}

/** What happened, in a sentence; an event of an unknown kind tells its fields. Texts are as they came: make them visible first. */
export function eventSentence(event: string, data: EventData): string {
  const tell = told[event]
  if (tell) return tell(data)
  return Object.entries(data)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ')
}

export const eventsViews: Views = {
  'client action subscribe events': ({ cursor }) => `Events are pushed from cursor ${cursor} on.`,
  'client action unsubscribe events': ({ cursor }) => `Events are no longer pushed; the last one was ${cursor}.`,
  'client action view events': list(
    'events',
    ({ events }) => events,
    {
      cursor: '#',
      at: 'When',
      event: 'Event',
      data: { title: 'What', show: (data, { event }, ink) => ink.moment(eventSentence(event, data)) },
    },
    'Nothing happened.',
  ),
}
