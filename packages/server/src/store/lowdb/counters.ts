import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Files, readWhole } from './files.ts'
import { manifestName } from './manifest.ts'
import { journalFolder, segmentsOf } from './segments.ts'

/** What a store has given out and must not give out again. */
export interface Counters {
  /** The last id, by table. */
  lastIds: Record<string, number>
  /** The last event cursor, by account. */
  cursors: Map<number, number>
  /** The latest moment of all lines, in ms. */
  lastNow: number
}

interface Line {
  at?: number
  columns?: Record<string, string[]>
  post?: unknown[]
  put?: Record<string, (unknown[] | Record<string, unknown>)[]>
  ids?: Record<string, number>
}

/** Reads the counters of a folder from whatever can still be read of it; it may be damaged anywhere. */
export function countersOf(files: Files, folder: string): Counters {
  const counters: Counters = { lastIds: {}, cursors: new Map(), lastNow: 0 }
  let entries = 0
  for (const { name } of segmentsOf(files, folder)) {
    const columns: Record<string, string[]> = {}
    for (const line of linesOf(files, join(journalFolder(folder), name))) {
      Object.assign(columns, line.columns)
      entries += 2 * (line.post?.length ?? 0)
      counters.lastNow = Math.max(counters.lastNow, line.at ?? 0)
      for (const [table, id] of Object.entries(line.ids ?? {})) raise(counters, table, id)
      for (const [table, rows] of Object.entries(line.put ?? {})) {
        for (const told of rows) note(counters, table, rowOf(told, columns[table] ?? []))
      }
    }
  }
  raise(counters, 'entries', entries)
  const manifest = parsed(readWhole(files, join(folder, manifestName))?.toString() ?? '') as
    | { lastIds?: Record<string, number>; lastNow?: number }
    | undefined
  for (const [table, id] of Object.entries(manifest?.lastIds ?? {})) raise(counters, table, id)
  counters.lastNow = Math.max(counters.lastNow, manifest?.lastNow ?? 0)
  return counters
}

function note(counters: Counters, table: string, row: Record<string, unknown>): void {
  raise(counters, table, row.id as number)
  if (table !== 'eventCursors') return
  const { account, cursor } = row as { account: number; cursor: number }
  counters.cursors.set(account, Math.max(counters.cursors.get(account) ?? 0, cursor))
}

function raise(counters: Counters, table: string, id: number): void {
  if (Number.isSafeInteger(id) && id > (counters.lastIds[table] ?? 0)) counters.lastIds[table] = id
}

function rowOf(told: unknown[] | Record<string, unknown>, columns: readonly string[]): Record<string, unknown> {
  if (!Array.isArray(told)) return told
  return Object.fromEntries(columns.map((name, place) => [name, told[place]]))
}

function* linesOf(files: Files, path: string): Generator<Line> {
  let text = readWhole(files, path) ?? Buffer.alloc(0)
  try {
    if (path.endsWith('.gz')) text = gunzipSync(text)
  } catch {
    return
  }
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(10, start)
    const line = parsed(text.toString('utf8', start, end < 0 ? text.length : end))
    if (typeof line === 'object' && line !== null) yield line as Line
    start = end < 0 ? text.length : end + 1
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
