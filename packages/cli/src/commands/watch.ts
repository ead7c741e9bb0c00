import type { Response } from '@ewallet/protocol'
import { granted } from '../failure.ts'
import type { Link } from '../link.ts'
import type { Happened } from '../listening.ts'
import { amount, duration, grouped, leftTint } from '../output/amount.ts'
import { type Paint, paint } from '../output/colour.ts'
import { jsonLine } from '../output/json.ts'
import { momentsIn } from '../output/moment.ts'
import { allVisible } from '../output/sanitise.ts'
import { cut, type Measure, measureFor, pad } from '../output/width.ts'
import { stateOf } from '../views/clock.ts'
import { eventSentence } from '../views/events.ts'
import type { Given, SpecialCommand } from './command.ts'
import { eventLine } from './events.ts'
import { bottomOf, waitingLines, watch as watchLive } from './watching.ts'

type Clock = Response<'client action view credit clocks'>['clocks'][number]

/** The wallet and its clocks as they were told, and when that was, in ms. */
interface Told {
  account: string
  reference: string
  credits: number
  clocks: readonly Clock[]
  at: number
}

/** How many events the screen remembers. */
const REMEMBERED = 100

/** Shows the credits, the timers and what happens, live. */
export const watch: SpecialCommand = {
  examples: ['ewallet watch', 'ewallet watch --json'],
  notes: `It follows what the daemon pushes, and comes back by itself where the connection breaks. q ends it, Ctrl-C too (exit 130).
Into a pipe it writes a line for each event, and for each change of the credits.`,
  async run(given) {
    const pen = await paint(given.terminal.stdout)
    const isScreen = given.terminal.stdout.isTerminal
    const measure = await measureFor('\ufffd')
    const events: Happened[] = []
    let told: Told | undefined
    let isFirst = true
    return watchLive(given, {
      async happened(heard, link, cursor) {
        const before = told
        told = await look(link)
        if (isScreen) {
          if (isFirst) events.push(...(await latest(link, cursor)))
          events.push(...heard)
          events.splice(0, events.length - REMEMBERED)
        } else {
          for (const event of heard) given.terminal.stdout.write(lineOf(given, pen, told, event))
          const isNew = before?.credits !== told.credits && heard.length === 0
          if (isNew) given.terminal.stdout.write(lineOf(given, pen, told, undefined))
        }
        isFirst = false
      },
      lines: (now, isLost) => linesOf(given, pen, measure, told, events, now, isLost),
    })
  },
}

async function look(link: Link): Promise<Told> {
  const { ewallet_data: wallet } = granted(await link.say('client action view credit ewallet', {}))
  const { clocks } = granted(await link.say('client action view credit clocks', {}))
  const { account } = granted(await link.say('client action view account', {}))
  const { reference, credits } = wallet
  return { account, reference, credits, clocks, at: Date.now() }
}

/** The last events before now. */
async function latest(link: Link, cursor: number): Promise<readonly Happened[]> {
  const request = { from: Math.max(0, cursor - REMEMBERED), limit: REMEMBERED }
  const page = await link.say('client action view events', request)
  return page.failed ? [] : page.events.filter((event) => event.cursor <= cursor)
}

function lineOf({ style }: Given, pen: Paint, told: Told, event: Happened | undefined): string {
  const at = event?.at ?? new Date(told.at).toISOString()
  const { credits } = told
  if (style.format === 'json' || style.format === 'ndjson') {
    const { event: kind = null, cursor = null, data = null } = event ?? {}
    return `${jsonLine({ failed: false, at, event: kind, cursor, data, credits })}\n`
  }
  const balance = amount(credits, 'credit')
  if (!event) return `${momentsIn(style.timeZone)(at)}  ${balance}.\n`
  return `${eventLine({ ...event, cursor: null }, style, pen)}  ${balance}.\n`
}

function linesOf(
  { terminal, style }: Given,
  pen: Paint,
  measure: Measure,
  told: Told | undefined,
  events: readonly Happened[],
  now: number,
  isLost: boolean,
): string[] {
  const bottom = bottomOf(pen, isLost)
  if (!told) return waitingLines(bottom)
  const room = terminal.stdout.columns - 3
  const mark = style.ascii ? '...' : '…'
  const fit = (text: string) => cut(text, room, mark, measure)
  const { account, reference, credits, clocks } = allVisible(told)
  const top = [
    '',
    pen.dim(fit(`${account}, ${reference}`)),
    (credits > 0 ? pen.green : pen.red)(pen.bold(`${grouped(credits)} ${credits === 1 ? 'credit' : 'credits'}`)),
    '',
    ...clockLines(clocks, told.at, { now, room, mark, pen, measure, timeZone: style.timeZone }),
    '',
  ]
  const foot = ['', ...bottom]
  const height = Math.max(0, (terminal.stdout.rows ?? 24) - top.length - foot.length)
  const moment = momentsIn(style.timeZone)
  const happened = events.slice(events.length - Math.min(height, events.length)).map(({ event, at, data }) => {
    const when = moment(at)
    return `${pen.dim(when)}  ${cut(moment(eventSentence(event, allVisible(data))), room - when.length - 2, mark, measure)}`
  })
  return [...top, ...happened, ...foot].map((line) => (line === '' ? '' : `  ${line}`))
}

interface Canvas {
  now: number
  room: number
  mark: string
  pen: Paint
  measure: Measure
  timeZone: string | undefined
}

function clockLines(clocks: readonly Clock[], at: number, canvas: Canvas): string[] {
  const { now, room, mark, pen, measure, timeZone } = canvas
  const told = clocks.map(({ id, reference, clock_state, credit_clock }) => {
    const isRunning = clock_state === 'active'
    const left = Math.max(0, credit_clock - (isRunning ? (now - at) / 60_000 : 0))
    const end = new Date(now + left * 60_000).toISOString()
    return {
      name: `#${id} ${reference}`,
      state: stateOf(clock_state),
      left: `${duration(Math.floor(left * 60) / 60)} left`,
      tint: isRunning ? leftTint(left) : undefined,
      ends: isRunning ? `  ends ${momentsIn(timeZone)(end).slice(11)}` : '',
    }
  })
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => measure(text)))
  const states = widest(told.map(({ state }) => state.text))
  const others = states + widest(told.map(({ left, ends }) => left + ends)) + 4
  const names = told.map(({ name }) => cut(name, Math.max(8, room - others), mark, measure))
  return told.map(({ state, left, tint, ends }, index) =>
    [
      pad(names[index] ?? '', widest(names), false, measure),
      pen[state.tint ?? 'bold'](state.text.padEnd(states)),
      (tint ? pen[tint](left) : left) + pen.dim(ends),
    ].join('  '),
  )
}
