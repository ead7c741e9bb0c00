import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isRefusal } from '@ewallet/protocol'
import type { Folders } from './folders.ts'
import type { Speaker } from './live-values.ts'
import { writePrivate } from './private-file.ts'

/** How long an answer stands for the next tab. */
const KEPT_MS = 30_000

/** Answers by context and by what was asked. */
type Cached = Record<string, { at: number; answer: object } | undefined>

function fileOf(folders: Folders): string {
  return join(folders.state, 'completion.json')
}

/** Asks the daemon only for what is not known from a moment ago: a Tab is often followed by another. */
export function rememberingSpeaker(
  folders: Folders,
  context: string,
  speaker: () => Speaker,
  now = Date.now,
): Pick<Speaker, 'say'> {
  return {
    async say(path, request, extras) {
      const key = JSON.stringify([context, path, request])
      const found = readCached(folders)[key]
      if (found && Math.abs(now() - found.at) < KEPT_MS) return found.answer as never
      const answer = await speaker().say(path, request, extras)
      if (!isRefusal(answer)) keep(folders, key, { at: now(), answer }, now())
      return answer
    },
  }
}

/** Forgets what an instruction may have changed; where that cannot be, it is forgotten by itself soon. */
export function forgetCompletions(folders: Folders): void {
  try {
    rmSync(fileOf(folders), { force: true, recursive: true })
  } catch {}
}

function readCached(folders: Folders): Cached {
  try {
    return JSON.parse(readFileSync(fileOf(folders), 'utf8')) as Cached
  } catch {
    // What was not kept, or cannot be read, is asked for.
    return {}
  }
}

function keep(folders: Folders, key: string, kept: { at: number; answer: object }, now: number): void {
  const fresh = Object.entries(readCached(folders)).filter(([, known]) => known && now - known.at < KEPT_MS)
  try {
    writePrivate(fileOf(folders), JSON.stringify({ ...Object.fromEntries(fresh), [key]: kept }))
  } catch {
    // A cache that cannot be written only costs time.
  }
}
