import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { Corpus, diceOf } from './corpus.ts'
import { aCoverage } from './coverage.ts'

/** A short one runs with the tests; `npm run fuzz -- --guided` sets the seconds for a long one. */
const seconds = Number(process.env.FUZZ_SECONDS ?? 3)
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31))
const FIRST = 400
const BATCH = 8
const TELL_MS = 30_000

/** Where what reached something new is kept; in FUZZ_CORPUS it stays, and the next run begins with it. */
function aCorpusFolder(): string {
  if (process.env.FUZZ_CORPUS) return process.env.FUZZ_CORPUS
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-corpus-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

it(
  `inputs that are bred for ${seconds} s by the code they reach are answered as ever (FUZZ_SEED=${seed})`,
  async () => {
    const coverage = await aCoverage()
    // V8 tells of blocks only where the code was loaded while it counts.
    const { paths } = await import('@ewallet/protocol')
    const { aLine } = await import('../listening.ts')
    const { aFuzzedDaemon } = await import('./fuzzed-daemon.ts')
    const { instructions, nastyTexts } = await import('./inputs.ts')
    const fuzzed = await aFuzzedDaemon()
    const before = await fuzzed.holdings()
    const first = fc.sample(instructions(fuzzed.held, paths), { numRuns: FIRST, seed })
    const words = [...nastyTexts, ...new Set(paths.flatMap((path) => path.split(' ')))].map(String)
    const corpus = new Corpus(aCorpusFolder(), first, words, diceOf(seed))
    const line = await aLine(`ws://127.0.0.1:${fuzzed.port}`)
    const ended = line.closed.then((code) => {
      throw new Error(`The connection was closed with ${code}.`)
    })
    let [said, kept, toldAt] = [0, 0, 0]
    const began = performance.now()
    const tell = (at: number) => {
      const [rate, s] = [Math.round((said / at) * 1_000), Math.round(at / 1_000)]
      console.log(
        `${s} s: ${said} inputs (${rate}/s), ${coverage.blocks} blocks, ${kept} kept beside the first ${first.length}`,
      )
    }
    const sayAll = async (inputs: readonly string[]) => {
      const answers: unknown[] = []
      for (const input of inputs) line.sends(input)
      while (answers.length < inputs.length) {
        const frame = await Promise.race([line.next(), ended])
        if (!('event' in frame)) answers.push(frame)
      }
      said += inputs.length
      try {
        fuzzed.checkTexts(answers.map((answer) => JSON.stringify(answer)))
      } catch (error) {
        throw new Error(`FUZZ_SEED=${seed}: ${JSON.stringify(inputs)}`, { cause: error })
      }
      fuzzed.daemon.time.turn(1_000)
      return coverage.take()
    }
    for (let at = 0; at < corpus.inputs.length; at += BATCH) await sayAll(corpus.inputs.slice(at, at + BATCH))
    // The code that counts is the one that runs.
    expect(coverage.blocks).toBeGreaterThan(500)
    tell(performance.now() - began)
    const until = performance.now() - began + seconds * 1_000
    for (let at = 0; at < until; at = performance.now() - began) {
      const inputs = Array.from({ length: BATCH }, () => corpus.next())
      if ((await sayAll(inputs)) > 0) {
        kept += inputs.length
        for (const input of inputs) corpus.keep(input)
      }
      // Whatever she was made to do, she is logged in again now and then.
      if (said % 400 < BATCH) await fuzzed.comeBack()
      if (at - toldAt > TELL_MS) {
        toldAt = at
        tell(at)
      }
    }
    tell(performance.now() - began)
    await fuzzed.checkHoldings(before)
    await fuzzed.checkServed()
  },
  120_000 + seconds * 2_000,
)
