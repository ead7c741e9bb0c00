import { PassThrough } from 'node:stream'
import type { Path } from '@ewallet/protocol'
import { print } from '../../packages/cli/src/output/print.ts'
import type { Stream, Style, Terminal } from '../../packages/cli/src/terminal.ts'

/** A terminal that keeps what is written on it. */
export interface Paper extends Terminal {
  out(): string
  err(): string
}

/** A terminal of some width; without one, a pipe. */
export function aPaper({ columns, colour = false }: { columns?: number; colour?: boolean } = {}): Paper {
  const written = { out: '', err: '' }
  const stream = (name: 'out' | 'err'): Stream => ({
    write: (text) => {
      written[name] += text
    },
    isTerminal: columns !== undefined,
    colour,
    columns: columns ?? Number.POSITIVE_INFINITY,
  })
  return {
    stdout: stream('out'),
    stderr: stream('err'),
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    env: {},
    cwd: '/',
    out: () => written.out,
    err: () => written.err,
  }
}

export const aStyle = (style: Partial<Style> = {}): Style => ({
  format: 'table',
  ascii: false,
  timeZone: 'UTC',
  ...style,
})

/** Nine o'clock, when everything in these specs happens. */
export const nine = '2026-01-31T09:00:00.000Z'
export const tenPast = '2026-01-31T09:10:00.000Z'

/** What print writes on stdout for an answer. */
export async function printed(
  path: Path,
  response: object,
  style: Partial<Style> = {},
  paper: Paper = aPaper({ columns: 80 }),
): Promise<string> {
  await print(paper, aStyle(style), path, response, { now: Date.parse(nine) })
  return paper.out()
}

/** Lines as they stand in a spec, without the break before and the indentation of the code around them. */
export function lines(text: string): string {
  const all = text.replace(/^\n/, '').trimEnd().split('\n')
  const indent = Math.min(...all.filter((line) => line !== '').map((line) => line.length - line.trimStart().length))
  return `${all.map((line) => line.slice(indent)).join('\n')}\n`
}
