import type { Request } from '@ewallet/protocol'
import { fieldsOf, readTyped } from '../fields.ts'
import { followEvents, type Happened } from '../listening.ts'
import { type Paint, paint } from '../output/colour.ts'
import { csvText } from '../output/csv.ts'
import { chosenColumns, pickedRow } from '../output/fields.ts'
import { jsonLine } from '../output/json.ts'
import { momentsIn } from '../output/moment.ts'
import { allVisible } from '../output/sanitise.ts'
import { instruct } from '../perform.ts'
import type { Style } from '../terminal.ts'
import { eventSentence } from '../views/events.ts'
import type { Given, SpecialCommand } from './command.ts'
import { connection } from './watching.ts'

const path = 'client action view events'

/** Lists what happened to the account, and goes on with what happens if asked to. */
export const events: SpecialCommand = {
  options: [
    ['--from <cursor>', 'only what came after that cursor'],
    ['--limit <n>', 'how many at most; 50 unless typed'],
    ['--follow', 'go on with what happens; from now on, unless --from is typed'],
  ],
  examples: ['ewallet events', 'ewallet events --from 12 --follow', 'ewallet events --follow --json'],
  notes:
    'Every event has a cursor. --follow never misses one or tells one twice, also where the connection breaks for a while.',
  async run(given) {
    const request: Request<typeof path> = {}
    for (const name of ['from', 'limit'] as const) {
      const typed = given.options[name]
      const field = fieldsOf(path).find((field) => field.name === name)
      if (typeof typed === 'string' && field) request[name] = readTyped(field, typed) as number
    }
    if (given.options.follow !== true) return instruct(given, path, request)
    return follow(given, request)
  },
}

async function follow(given: Given, { from, limit }: Request<typeof path>): Promise<number> {
  const { terminal, style } = given
  const pen = await paint(terminal.stdout)
  const stop = new AbortController()
  let toTell = limit ?? Number.POSITIVE_INFINITY
  if (style.format === 'csv') terminal.stdout.write(csvText(keysOf(style), []))
  await followEvents(
    given,
    {
      ...(from !== undefined && { from }),
      async happened(heard) {
        for (const event of heard.slice(0, toTell)) terminal.stdout.write(lineOf(event, style, pen))
        toTell -= heard.length
        if (toTell <= 0) stop.abort()
      },
      reached: (isThere) => given.say(connection(isThere)),
    },
    stop.signal,
  )
  return 0
}

const columns = ['event', 'cursor', 'at', 'data'].map((key) => ({ key }))

function keysOf({ fields }: Style): string[] {
  return (fields ? chosenColumns(columns, fields) : columns).map(({ key }) => key)
}

/** One event on a line of its own, for it is told before the next one is known. */
function lineOf(happened: Happened, style: Style, pen: Paint): string {
  const keys = keysOf(style)
  if (style.format === 'json' || style.format === 'ndjson') return `${jsonLine(pickedRow(happened, keys))}\n`
  const row = pickedRow(happened, keys)
  if (style.format === 'csv') return csvText([], [keys.map((key) => row[key])]).replace(/^\n/, '')
  return `${eventLine(happened, style, pen)}\n`
}

/** What happened, when, and its cursor, as a person reads it. */
export function eventLine({ event, cursor, at, data }: Happened, style: Style, pen: Paint): string {
  const moment = momentsIn(style.timeZone)
  const told = moment(eventSentence(event, allVisible(data)))
  return `${pen.dim(moment(at))}  ${told}${cursor === null ? '' : pen.dim(`  #${cursor}`)}`
}
