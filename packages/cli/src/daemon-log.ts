import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as pause } from 'node:timers/promises'

const LOOK_MS = 150
const CHUNK_BYTES = 65_536

/** Hands on every line that is written to a log from a place on, for ever; a log begun anew is read from its start. */
export async function followLog(file: string, from: number, hear: (line: string) => void): Promise<never> {
  let [at, rest, decoder] = [from, '', new StringDecoder('utf8')]
  for (;;) {
    const size = sizeOf(file)
    if (size < at) [at, rest, decoder] = [0, '', new StringDecoder('utf8')]
    while (at < size) {
      const bytes = readFrom(file, at)
      at += bytes.length
      const lines = (rest + decoder.write(bytes)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) hear(line)
      if (bytes.length === 0) break
    }
    await pause(LOOK_MS)
  }
}

/** How long a log is now; 0 where there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function readFrom(file: string, at: number): Buffer {
  const log = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(CHUNK_BYTES)
    return bytes.subarray(0, readSync(log, bytes, 0, bytes.length, at))
  } finally {
    closeSync(log)
  }
}
