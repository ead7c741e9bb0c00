import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defaults } from '../packages/server/src/config.ts'
import { openHouse } from '../packages/server/src/daemon.ts'
import { Reception } from '../packages/server/src/listeners/reception.ts'
import { ListeningSockets } from '../packages/server/src/listeners/sockets.ts'
import { openLog } from '../packages/server/src/log.ts'
import { openLowdbStore } from '../packages/server/src/store/lowdb/lowdb-store.ts'
import { aHandTurnedClock, PASSWORD } from './harness.ts'

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'transcripts')
/** `RECORD=1` writes what is seen into the transcripts, to be read before it is committed. */
const isRecording = process.env.RECORD === '1'
const program = join(import.meta.dirname, '..', 'bin', 'ewallet.js')

/** What is typed by whom, and everything that is to be seen before the next thing is typed. */
interface Step {
  who: string
  line: string
  seen: string[]
}

/**
 * A transcript: `ada $ ewallet …` is typed, in a shell of ada's own; lines after it are stdout, with `! ` stderr, with `= ` an exit
 * code other than 0; `. 10 minutes pass` turns the daemon's clock; `# ` is for the reader. `<password` gives it on stdin.
 */
function stepsOf(text: string): (Step | string)[] {
  const steps: (Step | string)[] = []
  for (const line of text.split('\n')) {
    const typed = /^(\w+) \$ ewallet (.*)$/.exec(line)
    const last = steps.at(-1)
    if (typed) steps.push({ who: typed[1] ?? '', line: typed[2] ?? '', seen: [] })
    else if (/^(# \S|\. )/.test(line)) steps.push(line, '')
    else if (typeof last === 'object') last.seen.push(line)
  }
  return steps
}

/** A daemon in this process that listens, upon a store on disk, with a clock turned by hand. */
async function aListeningDaemon(folder: string) {
  const time = aHandTurnedClock()
  const config = { ...defaults, dataFolder: join(folder, 'data'), runtimeFolder: folder, port: 0, scryptN: 16 }
  const faults: unknown[] = []
  const report = (sentence: string) => faults.push(new Error(sentence))
  const store = await openLowdbStore({
    folder: config.dataFolder,
    time,
    checkpointBytes: config.checkpointBytes,
    report,
  })
  const sockets = new ListeningSockets(config, openLog('silent'), () => {})
  const house = await openHouse({
    config,
    store,
    sockets,
    random: randomBytes,
    onFault: (error) => faults.push(error),
    stop: () => {},
  })
  sockets.serve(new Reception((...said) => house.answer(...said)))
  await sockets.startListener()
  onTestFinished(async () => {
    await sockets.end(0)
    await house.close()
    await store.close()
    if (faults.length > 0) throw faults[0]
  })
  return { time, url: sockets.url ?? '' }
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
}

/** Everything a command shows: stdout, then stderr behind `! `, then an exit code other than 0 behind `= `. */
function shown(line: string, home: string, url: string): Promise<string[]> {
  const [typed = '', input] = line.split(/ <(?=password$)/)
  const env = { PATH: process.env.PATH ?? '', TZ: 'UTC', EWALLET_HOME: home, EWALLET_URL: url }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...wordsOf(typed)], { env }, (error, stdout, stderr) => {
      const lines = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
      const code = error ? [`= ${error.code}`] : []
      resolve([...lines(stdout), ...lines(stderr).map((each) => `! ${each}`), ...code])
    })
    child.stdin?.end(input === undefined ? '' : `${PASSWORD}\n`)
  })
}

describe('what a person types and sees', () => {
  it.each(readdirSync(fixtures).map((name) => [name.replace(/\.session$/, ''), name]))('%s', async (_, name) => {
    const folder = mkdtempSync(join(tmpdir(), 'ewallet-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const { time, url } = await aListeningDaemon(folder)
    const path = join(fixtures, name)
    const written = readFileSync(path, 'utf8')
    const recorded: string[] = []
    for (const step of stepsOf(written)) {
      if (typeof step === 'string') {
        recorded.push(step)
        const turned = /^\. ([\d.]+) minutes? pass$/.exec(step)
        if (turned) time.turn(Number(turned[1]) * 60_000)
        continue
      }
      const found = await shown(step.line, join(folder, step.who), url)
      recorded.push(`${step.who} $ ewallet ${step.line}`, ...found, '')
      if (!isRecording) expect({ [step.line]: found.join('\n') }).toEqual({ [step.line]: step.seen.join('\n').trim() })
    }
    if (isRecording) writeFileSync(path, `${recorded.join('\n').trim()}\n`)
  })
})
