import { randomInt } from 'node:crypto'
import { connect } from 'node:net'
import { declarationOf, type Path, paths } from '@ewallet/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aDaemon, checkAnswer } from '../harness.ts'
import { aLine, type Heard, type Line } from '../listening.ts'
import { aFuzzedDaemon } from './fuzzed-daemon.ts'
import { httpBytes, instructions, messages, webSocketBytes } from './inputs.ts'

/** `FUZZ_SEED` repeats a run and `FUZZ_INPUTS` makes it longer, as `npm run fuzz` does. */
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31))
const inputs = Number(process.env.FUZZ_INPUTS ?? 20_000)
const timeout = 120_000 + inputs * 10
const BATCH = 250

/** What would end the session that the others are said on. */
const ending: Path[] = ['client action logout', 'client action unlink account', 'client action revoke session']
const lasting = paths.filter((path) => !ending.includes(path))

/** Inputs by the hundreds, always the same for a seed. */
function* batches<T>(arbitrary: fc.Arbitrary<T>, count: number): Generator<T[]> {
  for (let done = 0; done < count; done += BATCH) {
    const numRuns = Math.min(BATCH, count - done)
    yield fc.sample(arbitrary, { numRuns, seed: seed + done })
  }
}

/** Says what was sent before a failure, so that it can be said again. */
function about(what: unknown): string {
  return `FUZZ_SEED=${seed}: ${JSON.stringify(what).slice(0, 2_000)}`
}

/** Sends messages at once and gives back one answer for each; the line must stay open. */
async function answersTo(line: Line, sent: readonly (string | Buffer)[]): Promise<{ id: unknown; response: Heard }[]> {
  for (const message of sent) line.socket.send(message, { binary: false })
  const answers = []
  const isClosed = line.closed.then((code) => ({ closed: code }))
  for (const _ of sent) {
    let answer: object
    // Whoever was made to subscribe hears events between.
    do answer = await Promise.race([line.next(), isClosed])
    while ('event' in answer)
    if ('closed' in answer) throw new Error(`The connection was closed with ${answer.closed}.`)
    answers.push(answer as { id: unknown; response: Heard })
  }
  return answers
}

/** Writes bytes on a connection of their own, ends it, and gives back what was said until the other side ended it too. */
function heardAfter(port: number, handshake: string, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => {
      if (handshake === '') socket.end(bytes)
      else socket.write(handshake)
    })
    const overdue = setTimeout(() => reject(new Error('Neither an answer nor a close.')), 20_000)
    socket.setEncoding('latin1').on('data', (text) => {
      if (heard === '' && handshake !== '') socket.end(bytes)
      heard += text
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(overdue)
      resolve(heard)
    })
  })
}

async function eachOf<T>(things: readonly T[], abreast: number, work: (thing: T) => Promise<void>): Promise<void> {
  const waiting = [...things]
  const go = async () => {
    for (let thing = waiting.pop(); thing !== undefined; thing = waiting.pop()) await work(thing)
  }
  await Promise.all(Array.from({ length: abreast }, go))
}

describe(`anything at all (FUZZ_SEED=${seed})`, () => {
  it(
    'said as an instruction is answered once, as declared; nobody loses anything and nothing secret is told',
    async () => {
      const fuzzed = await aFuzzedDaemon()
      const before = await fuzzed.holdings()
      const line = await aLine(`ws://127.0.0.1:${fuzzed.port}`)
      const outcomes = new Set<string>()
      for (const batch of batches(instructions(fuzzed.held, lasting), Math.floor(inputs * 0.6))) {
        const answers = await answersTo(line, batch).catch((error) => {
          throw new Error(about(batch), { cause: error })
        })
        fuzzed.checkTexts(answers.map((answer) => JSON.stringify(answer)))
        for (const { response } of answers) outcomes.add(response.failed ? String(response.code) : 'done')
        fuzzed.daemon.time.turn(1_000)
      }
      await fuzzed.checkHoldings(before)
      // It reached more than the first check of each.
      for (const outcome of [
        'done',
        'malformed_request',
        'session_token_invalid',
        'permission_denied',
        'system_is_local',
      ])
        expect([...outcomes]).toContain(outcome)
      expect(outcomes.size).toBeGreaterThan(15)
      await fuzzed.checkServed()
    },
    timeout,
  )

  it(
    'said by a stranger moves nothing',
    async () => {
      const fuzzed = await aFuzzedDaemon()
      const before = await fuzzed.holdings()
      const line = await aLine(`ws://127.0.0.1:${fuzzed.port}`)
      for (const batch of batches(instructions(fuzzed.held.slice(2)), Math.floor(inputs * 0.1))) {
        const answers = await answersTo(line, batch).catch((error) => {
          throw new Error(about(batch), { cause: error })
        })
        fuzzed.checkTexts(answers.map((answer) => JSON.stringify(answer)))
        fuzzed.daemon.time.turn(1_000)
      }
      expect(await fuzzed.holdings()).toEqual(before)
    },
    timeout,
  )

  it(
    'that comes as a text message is answered once or closes its connection',
    async () => {
      const fuzzed = await aFuzzedDaemon()
      const before = await fuzzed.holdings()
      let line = await aLine(`ws://127.0.0.1:${fuzzed.port}`)
      for (const batch of batches(messages(fuzzed.held.slice(2)), Math.floor(inputs * 0.2))) {
        const isText = (bytes: Buffer) => Buffer.from(String(bytes)).equals(bytes)
        const texts = batch.filter(isText)
        const answers = await answersTo(line, texts).catch((error) => {
          throw new Error(about(texts.map(String)), { cause: error })
        })
        fuzzed.checkTexts(answers.map((answer) => JSON.stringify(answer)))
        for (const bytes of batch.filter((each) => !isText(each)).slice(0, 5)) {
          line.socket.send(bytes, { binary: false })
          expect(await line.closed).toBe(1007)
          line = await aLine(`ws://127.0.0.1:${fuzzed.port}`)
        }
      }
      expect(await fuzzed.holdings()).toEqual(before)
      await fuzzed.checkServed()
    },
    timeout,
  )

  it(
    'written as bytes on an open WebSocket ends with a close at the latest when its writer leaves',
    async () => {
      const fuzzed = await aFuzzedDaemon()
      const before = await fuzzed.holdings()
      const lines = ['GET / HTTP/1.1', 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket']
      const handshake = [...lines, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', '']
      for (const batch of batches(webSocketBytes, Math.floor(inputs * 0.03))) {
        await eachOf(batch, 50, async (bytes) => {
          const heard = await heardAfter(fuzzed.port, handshake.join('\r\n'), bytes).catch((error) => {
            throw new Error(about(bytes.toString('hex')), { cause: error })
          })
          expect(heard).toMatch(/^HTTP\/1\.1 101 /)
          fuzzed.checkTexts([heard])
        })
      }
      expect(await fuzzed.holdings()).toEqual(before)
      await fuzzed.checkServed()
    },
    timeout,
  )

  it(
    'written as bytes where HTTP is spoken ends with an answer or a close',
    async () => {
      const fuzzed = await aFuzzedDaemon()
      const before = await fuzzed.holdings()
      for (const batch of batches(httpBytes(fuzzed.held.slice(2)), Math.floor(inputs * 0.04))) {
        await eachOf(batch, 50, async (bytes) => {
          const heard = await heardAfter(fuzzed.port, '', bytes).catch((error) => {
            throw new Error(about(bytes.toString('latin1')), { cause: error })
          })
          expect(heard, about(bytes.toString('latin1'))).toMatch(/^(HTTP\/1\.1 \d{3} |$)/)
          fuzzed.checkTexts([heard])
        })
        fuzzed.daemon.time.turn(1_000)
      }
      expect(await fuzzed.holdings()).toEqual(before)
      await fuzzed.checkServed()
    },
    timeout,
  )

  it(
    'said on the admin channel is answered as declared, too',
    async () => {
      const daemon = await aDaemon()
      await daemon.has('ada@example.org', { credits: 100 })
      const operator = daemon.stranger({ isLocal: true })
      const here: Path[] = [
        'system action open sockets',
        'system action close sockets',
        'system action start instruction_listener',
      ]
      const system = paths.filter((path) => declarationOf(path).access === 'system' && !here.includes(path))
      for (const batch of batches(instructions([{}], system), Math.floor(inputs * 0.03))) {
        for (const said of batch) {
          const answer = await operator.sends(JSON.parse(said))
          expect(answer.code, about(said)).not.toBe('daemon_fault')
          const path = system.find((each) => each === pathIn(said))
          if (path) checkAnswer(path, answer)
        }
        expect(daemon.faults).toEqual([])
      }
    },
    timeout,
  )
})

/** The words of an instruction, where they stand in it in order. */
function pathIn(said: string): string {
  const words = /"controller":"(\w+)","ctype":"(\w+)","action":"(\w+)","\w+":"(\w+)"/.exec(said)
  return words ? words.slice(1).join(' ') : ''
}
