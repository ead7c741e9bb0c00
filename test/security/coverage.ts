import { Session } from 'node:inspector/promises'
import { onTestFinished } from 'vitest'

interface Range {
  startOffset: number
  endOffset: number
  count: number
}

/** Which blocks of the product's code this process has run, as V8 counts them. */
export interface Coverage {
  /** How many so far: functions, and the parts of them that were at first not run and were later. */
  readonly blocks: number
  /** How many were run for the first time since it was asked last. */
  take(): Promise<number>
}

/** Begins to count. */
export async function aCoverage(): Promise<Coverage> {
  const session = new Session()
  session.connect()
  onTestFinished(() => session.disconnect())
  await session.post('Profiler.enable')
  // Without counts V8 tells of a function only where something of it is new: little to read after each input.
  await session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true })
  /** What was not run yet of each function that was run. */
  const notRun = new Map<string, Range[]>()
  let blocks = 0
  return {
    get blocks() {
      return blocks
    },
    async take() {
      const before = blocks
      const { result } = await session.post('Profiler.takePreciseCoverage')
      for (const { url, functions } of result) {
        if (!url.includes('/packages/')) continue
        for (const { ranges } of functions) {
          const [whole] = ranges
          const key = `${url} ${whole?.startOffset}-${whole?.endOffset}`
          const left = notRun.get(key)
          if (!left && whole?.count === 0) continue
          const isRun = (range: Range) => (ranges.findLast((other) => isWithin(range, other))?.count ?? 0) > 0
          const lately = left?.filter(isRun) ?? []
          blocks += left ? lately.length : 1
          // Of what is run now, parts may still be left.
          const parts = ranges.filter(({ count }) => count === 0)
          const stillLeft = left
            ? [
                ...left.filter((range) => !isRun(range)),
                ...parts.filter((part) => lately.some((one) => isWithin(part, one))),
              ]
            : parts
          notRun.set(key, stillLeft)
        }
      }
      return blocks - before
    },
  }
}

const isWithin = (inner: Range, outer: Range) =>
  inner.startOffset >= outer.startOffset && inner.endOffset <= outer.endOffset
