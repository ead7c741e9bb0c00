import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { Failure } from '../failure.ts'

/** The lines of a stream, as many at a time as have come. */
export async function* batchesOf(stream: Readable): AsyncGenerator<readonly string[]> {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const piece of stream as AsyncIterable<string>) {
    const lines = (rest + piece).split(/\r?\n/)
    rest = lines.pop() ?? ''
    if (lines.length > 0) yield lines
  }
  if (rest !== '') yield [rest]
}

/** The lines of a file. */
export async function* batchesOfFile(path: string, cwd: string): AsyncGenerator<readonly string[]> {
  const stream = createReadStream(resolve(cwd, path))
  try {
    yield* batchesOf(stream)
  } catch (fault) {
    throw new Failure('input', 'file_unreadable', `${path} cannot be read: ${(fault as Error).message}.`)
  } finally {
    stream.destroy()
  }
}
