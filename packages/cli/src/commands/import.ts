import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Answer, isRefusal, type Request } from '@ewallet/protocol'
import { Failure, granted, misuse } from '../failure.ts'
import { amount, duration } from '../output/amount.ts'
import { paint } from '../output/colour.ts'
import { jsonText } from '../output/json.ts'
import { visible } from '../output/sanitise.ts'
import { clockTime } from '../reports/clock-time.ts'
import { checkTimes, type KeptTime, type TimeFile } from '../reports/kept-time.ts'
import { showProgress } from '../reports/progress.ts'
import { machineZone, openZone } from '../reports/zone.ts'
import type { Given, SpecialCommand } from './command.ts'

const path = 'client action import time_records'
type Imported = Answer<typeof path>

const parsers: Record<string, (text: string, file: TimeFile) => Promise<KeptTime[]>> = {
  timew: async (text, file) => (await import('../reports/import-timew.ts')).timesFromTimew(text, file),
  timeclock: async (text, file) => (await import('../reports/import-timeclock.ts')).timesFromTimeclock(text, file),
  csv: async (text, file) => (await import('../reports/import-csv.ts')).timesFromCsv(text, file),
}

/** Charges time that was kept elsewhere to the active clock; all records of a file, or none. */
export const importTime: SpecialCommand = {
  args: '[file]',
  options: [['--from <format>', 'timew, timeclock or csv; told by the name of the file where it ends so']],
  values: ({ flag }) => (flag === '--from' ? Object.keys(parsers) : []),
  dryRun: true,
  examples: [
    'ewallet import time january.csv --dry-run',
    'timew export | ewallet import time - --from timew',
    'ewallet import time work.timeclock --tz Europe/Bucharest',
  ],
  notes: `timew is what "timew export" prints, or a file of its data folder; csv has a header of start,stop and perhaps notes.
Times that name no zone are those of --tz. A file holds at most 10,000 records; a line that is wrong is named, and nothing is imported.`,
  run,
}

async function run(given: Given): Promise<number> {
  const { terminal, globals, style } = given
  const [typed] = given.args
  if (typed === undefined) throw misuse('Missing FILE.', 'See: ewallet import time --help')
  const parse = parserOf(typed, given.options.from)
  const file: TimeFile = {
    name: typed === '-' ? 'stdin' : typed,
    zone: openZone(style.timeZone ?? machineZone()),
  }
  const times = await parse(await readText(typed, given), file)
  checkTimes(times, file, Date.now())
  const request = requestOf(times)
  checkFrame(request, file, Number(given.stage.settings.get('frame_bytes').value))

  const quiet = globals.quiet ? { ...terminal.stderr, isTerminal: false } : terminal.stderr
  const progress = showProgress(quiet, `Charging ${amount(times.length, 'record')}`, style.ascii)
  let answer: Imported
  try {
    answer = await given.link().say(path, request, { dryRun: globals.dryRun })
  } finally {
    progress.end()
  }
  const imported = granted(namingLine(answer, times, file))
  if (globals.dryRun) await tellDifference(given, times, imported, file)
  else await given.answer(path, imported)
  return 0
}

function parserOf(file: string, typed: unknown) {
  const names = Object.keys(parsers)
  const ending = /\.(csv|timeclock|data)$/i.exec(file)?.[1]?.toLowerCase()
  const from = typed === undefined ? (ending === 'data' ? 'timew' : ending) : String(typed)
  if (from === undefined) throw misuse('Missing --from.', `Name one of ${names.join(', ')}.`)
  return parsers[from] ?? refuseFormat(names)
}

function refuseFormat(names: readonly string[]): never {
  throw misuse(`--from should be one of ${names.join(', ')}.`)
}

async function readText(typed: string, { terminal: { stdin, cwd } }: Given): Promise<string> {
  if (typed === '-' && stdin.isTTY) throw misuse('stdin is a terminal.', 'Name a file, or pipe one in.')
  try {
    const file = typed === '-' ? stdin : createReadStream(resolve(cwd, typed))
    return (await text(file)).replace(/^\ufeff/, '')
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code)
    throw new Failure('input', 'file_unreadable', `${typed} cannot be read: ${why}.`, 'Nothing was imported.')
  }
}

function requestOf(times: readonly KeptTime[]): Request<typeof path> {
  const moment = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z')
  return {
    records: times.map(({ start, stop, notes }) => ({
      time_start: moment(start),
      time_stop: moment(stop),
      ...(notes !== undefined && { notes }),
    })),
  }
}

/** All or nothing means one request, and a daemon takes none beyond its limit. */
function checkFrame(request: object, { name }: TimeFile, bytesMax: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(request)) + 1_024
  if (bytes <= bytesMax) return
  throw new Failure(
    'input',
    'file_too_long',
    `${name} makes a request of ${bytes} bytes; a daemon takes ${bytesMax}, and it is all records or none.`,
    'Nothing was imported. Split the file.',
  )
}

/** A refusal that is about one record names the line of the file that says it. */
function namingLine(answer: Imported, times: readonly KeptTime[], { name }: TimeFile): Imported {
  if (!isRefusal(answer)) return answer
  const time = times[Number(answer.details?.index ?? Number.NaN)]
  if (!time) return answer
  const { index: _, ...details } = answer.details ?? {}
  return { ...answer, error: `${name}, line ${time.line}: ${answer.error}`, details: { line: time.line, ...details } }
}

async function tellDifference(
  { terminal, style, say }: Given,
  times: readonly KeptTime[],
  { minutes_spent, credit_clock }: Extract<Imported, { failed: false }>,
  { zone }: TimeFile,
): Promise<void> {
  const { stdout } = terminal
  if (style.format === 'json') {
    const records = requestOf(times).records
    stdout.write(
      `${jsonText({ failed: false, dry_run: true, imported: records.length, minutes_spent, credit_clock, records })}\n`,
    )
    return
  }
  const { red, green } = await paint(stdout)
  const lines = times.map(({ start, stop, notes = '' }) => {
    const told = `+ ${zone.textAt(start)}  ${zone.textAt(stop)}  ${clockTime(stop - start)}  ${visible(notes)}`
    return green(told.trimEnd())
  })
  const before = Math.round((credit_clock + minutes_spent) * 100) / 100
  lines.push(red(`- ${duration(before)} left`), green(`+ ${duration(credit_clock)} left`))
  stdout.write(lines.map((line) => `${line}\n`).join(''))
  say(
    `${amount(times.length, 'record')} would be imported, ${amount(minutes_spent, 'minute')} charged. Nothing was done.`,
  )
}
