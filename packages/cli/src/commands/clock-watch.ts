import { isRefusal, type Response } from '@ewallet/protocol'
import { bigDigits } from '../big-digits.ts'
import { granted } from '../failure.ts'
import { fieldsOf, readTyped } from '../fields.ts'
import type { Link } from '../link.ts'
import type { Happened } from '../listening.ts'
import { duration, leftTint } from '../output/amount.ts'
import { type Paint, paint } from '../output/colour.ts'
import { jsonLine } from '../output/json.ts'
import { momentsIn } from '../output/moment.ts'
import { visible } from '../output/sanitise.ts'
import { clockTime } from '../reports/clock-time.ts'
import { elapsedIn, storyAfter, type TimerStory } from '../timer-story.ts'
import { stateOf } from '../views/clock.ts'
import type { Given, SpecialCommand } from './command.ts'
import { bottomOf, waitingLines, watch } from './watching.ts'

const path = 'client action view credit clock'
type ClockData = Response<typeof path>['clock_data']

/** A clock as it was told, and when that was, in ms. */
interface Told {
  data: ClockData
  at: number
  story: TimerStory | undefined
}

/** What can be said of a clock at a moment. */
interface Standing {
  elapsedMs: number | undefined
  leftMs: number
  endsAt: number | undefined
}

/** Shows a clock live: how long the timer has run, what is left, when it ends. */
export const clockWatch: SpecialCommand = {
  options: [['--clock <n>', 'another clock than the active one']],
  examples: ['ewallet clock watch', 'ewallet clock watch --json | while read -r line; do echo "$line"; done'],
  notes: `It follows what the daemon pushes, and comes back by itself where the connection breaks. q ends it, Ctrl-C too (exit 130).
Into a pipe it writes a line for each change.`,
  async run(given) {
    const typed = given.options.clock
    const field = fieldsOf(path).find(({ name }) => name === 'clock_id')
    const request = typeof typed === 'string' && field ? { clock_id: readTyped(field, typed) as number } : {}
    const pen = await paint(given.terminal.stdout)
    const isScreen = given.terminal.stdout.isTerminal
    let told: Told | undefined
    let written = ''
    return watch(given, {
      due: () => (told?.data.clock_state === 'active' ? standingOf(told, Date.now()).leftMs + 50 : undefined),
      async happened(events, link, cursor) {
        told = await lookAgain(link, request, told, events, cursor)
        if (isScreen) return
        const isLow = events.some(({ event, data }) => event === 'clock.low' && data.clock === told?.data.id)
        const key = keyOf(told)
        if (key === written && !isLow) return
        written = key
        given.terminal.stdout.write(`${lineOf(given, told)}\n`)
      },
      lines: (now, isLost) => linesOf(given, pen, told, now, isLost),
    })
  },
}

async function lookAgain(
  link: Link,
  request: { clock_id?: number },
  before: Told | undefined,
  events: readonly Happened[],
  cursor: number,
): Promise<Told> {
  const { clock_data: data } = granted(await link.say(path, request))
  const at = Date.now()
  const isSame = before?.data.id === data.id
  let story = storyAfter(isSame ? before?.story : undefined, events, data.id)
  if (data.clock_state === 'inactive') story = undefined
  else if (!story) story = await readStory(link, data.id, cursor)
  return { data, at, story }
}

const PAGE = 500

/** Reads back through the events until the timer's start; undefined where it is not kept any more. */
async function readStory(link: Link, clock: number, cursor: number): Promise<TimerStory | undefined> {
  const found: Happened[] = []
  for (let to = cursor, from = 0; to > 0; to = from) {
    from = Math.max(0, to - PAGE)
    const page = await link.say('client action view events', { from, limit: Math.max(1, to - from) })
    if (isRefusal(page)) break
    found.unshift(...page.events)
    if (page.events.some(({ event, data }) => event === 'clock.started' && data.clock === clock)) break
  }
  return storyAfter(undefined, found, clock)
}

function standingOf({ data, at, story }: Told, now: number): Standing {
  const isRunning = data.clock_state === 'active'
  const leftMs = Math.max(0, data.credit_clock * 60_000 - (isRunning ? now - at : 0))
  return {
    elapsedMs: data.clock_state === 'inactive' || !story ? undefined : elapsedIn(story, now),
    leftMs,
    endsAt: isRunning ? now + leftMs : undefined,
  }
}

/** What makes a change worth a line: all that does not come by the passing of time alone. */
function keyOf(told: Told): string {
  const { leftMs, endsAt } = standingOf(told, told.at)
  // What is left is told in hundredths of a minute, so the end moves a little from one answer to the next.
  const measure = endsAt === undefined ? leftMs : Math.round(endsAt / 2_000)
  return [told.data.id, told.data.clock_state, measure].join(' ')
}

function lineOf({ style }: Given, told: Told): string {
  const { elapsedMs, leftMs, endsAt } = standingOf(told, told.at)
  const { data } = told
  if (style.format === 'json' || style.format === 'ndjson') {
    return jsonLine({
      failed: false,
      at: new Date(told.at).toISOString(),
      clock: data.id,
      clock_state: data.clock_state,
      elapsed_minutes: elapsedMs === undefined ? null : hundredths(elapsedMs),
      minutes_left: hundredths(leftMs),
      ends_at: endsAt === undefined ? null : new Date(endsAt).toISOString(),
    })
  }
  const moment = momentsIn(style.timeZone)
  return [
    moment(new Date(told.at).toISOString()),
    `clock ${data.id}`,
    stateOf(data.clock_state).text,
    ...(elapsedMs === undefined ? [] : [`elapsed ${wholeSeconds(elapsedMs)}`]),
    `left ${wholeSeconds(leftMs)}`,
    ...(endsAt === undefined ? [] : [`ends ${moment(new Date(endsAt).toISOString())}`]),
  ].join('  ')
}

const hundredths = (ms: number) => Math.round(ms / 600) / 100
const wholeSeconds = (ms: number) => clockTime(Math.floor(ms / 1_000) * 1_000)

function linesOf(
  { terminal, style }: Given,
  pen: Paint,
  told: Told | undefined,
  now: number,
  isLost: boolean,
): string[] {
  const bottom = bottomOf(pen, isLost)
  if (!told) return waitingLines(bottom)
  const { data } = told
  const { elapsedMs, leftMs, endsAt } = standingOf(told, now)
  const state = stateOf(data.clock_state)
  const tint = leftTint(leftMs / 60_000)
  const inTint = (text: string) => (data.clock_state === 'inactive' ? text : pen[tint](text))
  const left = wholeSeconds(leftMs)
  const isRoomy = !style.ascii && (terminal.stdout.rows ?? 24) >= 14 && terminal.stdout.columns >= 40
  const moment = momentsIn(style.timeZone)
  const facts = [
    ...(elapsedMs === undefined ? [] : [['elapsed', wholeSeconds(elapsedMs)]]),
    ['left', isRoomy ? duration(Math.floor(leftMs / 1_000) / 60) : inTint(pen.bold(left))],
    ...(endsAt === undefined ? [] : [['ends', moment(new Date(endsAt).toISOString())]]),
  ]
  const mark = data.clock_state === 'active' ? (style.ascii ? '>' : '▶') : style.ascii ? '=' : '⏸'
  const what = visible(`${data.reference}, clock #${data.id}`)
  return [
    '',
    `${state.tint ? pen[state.tint](`${data.clock_state === 'inactive' ? '' : `${mark} `}${state.text}`) : state.text}  ${pen.dim(what)}`,
    '',
    ...(isRoomy ? [...bigDigits(left).map(inTint), ''] : []),
    ...facts.map(([label = '', fact = '']) => `${pen.dim(label.padEnd(9))}${fact}`),
    ...barOf(terminal.stdout.columns, elapsedMs, leftMs, style.ascii, inTint, pen),
    '',
    ...bottom,
  ].map((line) => (line === '' ? '' : `  ${line}`))
}

/** How much of the time bought for this stretch is left. */
function barOf(
  columns: number,
  elapsedMs: number | undefined,
  leftMs: number,
  ascii: boolean,
  inTint: (text: string) => string,
  pen: Paint,
): string[] {
  if (elapsedMs === undefined || elapsedMs + leftMs === 0) return []
  const room = Math.max(10, Math.min(60, columns - 6))
  const full = Math.round((leftMs / (elapsedMs + leftMs)) * room)
  const [left, gone] = ascii ? ['=', '.'] : ['━', '─']
  return ['', inTint(left.repeat(full)) + pen.dim(gone.repeat(room - full))]
}
