import { createHash } from 'node:crypto'
import type { LedgerAccount, Unit } from '../../domain/rows.ts'
import type { Overlay } from '../memory/overlay.ts'
import type { AnyRow, Change, State } from '../memory/state.ts'
import { type Memo, shapes, type TableName } from '../store.ts'

/** A posting in a journal line: debited, credited, amount, unit, memo. */
type PostedLine = [LedgerAccount, LedgerAccount, number, Unit, Memo]

/** One transaction in the journal. What is empty is left out. */
export interface Line {
  seq: number
  /** The `seq` of the first line that was written with it. */
  batch: number
  /** The format of this line and all that follow in its segment; on a segment's first line. */
  format?: number
  at: number
  /** The account that said it, if one did. */
  by: number | null
  /** The instruction's path. */
  said: string
  /** The last ids given out, by table, where the rows put do not tell them. */
  ids?: Record<string, number>
  put?: Record<string, AnyRow[]>
  gone?: Record<string, number[]>
  post?: PostedLine[]
}

/** Where a chain of lines stands. */
export interface Link {
  seq: number
  hash: string
}

/** Before the first line. */
export const chainStart: Link = { seq: 0, hash: '' }

const hashLength = 43
const beforeHash = ',"hash":"'
const afterHash = '"}'
const tailLength = beforeHash.length + hashLength + afterHash.length

/** What a transaction's line says after `seq` and `batch`; throws where something in it cannot be written down. */
export function bodyOf(overlay: Overlay, change: Change, state: State): string {
  const put: Record<string, AnyRow[]> = {}
  const gone: Record<string, number[]> = {}
  const ids: Record<string, number> = {}
  for (const [name, rows] of change.rows) {
    let highest = 0
    for (const [id, row] of rows) {
      if (row === null) {
        // A removed entry of a posting is not there yet, and comes back when the posting is worked out again.
        if (name === 'entries' || state.tables[name].get(id)) push(gone, name, id)
        continue
      }
      highest = Math.max(highest, id)
      // The entries of postings follow from them.
      if (!overlay.posted.has(row)) push(put, name, row)
    }
    const lastId = change.lastIds.get(name)
    if (lastId !== undefined && lastId !== highest) ids[name] = lastId
  }
  const post = overlay.postings.map(({ debit, credit, amount, unit, memo }) => [debit, credit, amount, unit, memo])
  return JSON.stringify({
    at: overlay.now,
    by: overlay.said.by,
    said: overlay.said.path,
    ...filled({ ids, put, gone }),
    ...(post.length > 0 ? { post } : {}),
  }).slice(1)
}

function push<T>(lists: Record<string, T[]>, name: string, value: T): void {
  const list = lists[name]
  if (list) list.push(value)
  else lists[name] = [value]
}

function filled(parts: Record<string, object>): object {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0))
}

/** The whole line, chained to the one before it. */
export function chained(
  before: Link,
  batch: number,
  format: number | undefined,
  body: string,
): Link & { text: string } {
  const seq = before.seq + 1
  const head = format === undefined ? '' : `"format":${format},`
  const said = `{"seq":${seq},"batch":${batch},${head}${body.slice(0, -1)}`
  const hash = createHash('sha256').update(before.hash).update(said).digest('base64url')
  return { seq, hash, text: `${said}${beforeHash}${hash}${afterHash}\n` }
}

/** The hash a line ends in, if its text follows from that of the line before; undefined if anything of it is otherwise. */
export function hashOf(before: string, line: Uint8Array): string | undefined {
  const said = line.length - tailLength
  if (said <= 0) return undefined
  const hash = createHash('sha256').update(before).update(line.subarray(0, said)).digest('base64url')
  return Buffer.from(line.buffer, line.byteOffset + said, tailLength).toString('latin1') ===
    `${beforeHash}${hash}${afterHash}`
    ? hash
    : undefined
}

/** The hash a line says it has, whether or not it is so. */
export function saidHashOf(line: Uint8Array): string | undefined {
  const tail = Buffer.from(line).subarray(-tailLength).toString('latin1')
  return /^,"hash":"([\w-]{43})"\}$/.exec(tail)?.[1]
}

/** Does to a state what a line tells. */
export function replay(state: State, line: Line): void {
  for (const [debit, credit, amount, unit, memo] of line.post ?? []) {
    state.post({ debit, credit, amount, unit, memo }, line.at)
  }
  for (const name in line.put) {
    const table = state.tables[known(name)]
    for (const row of line.put[name] as AnyRow[]) table.put(row)
  }
  for (const name in line.gone) {
    const table = state.tables[known(name)]
    for (const id of line.gone[name] as number[]) table.remove(id)
  }
  for (const name in line.ids) {
    const table = state.tables[known(name)]
    table.lastId = Math.max(table.lastId, line.ids[name] as number)
  }
}

function known(name: string): TableName {
  if (!(name in shapes)) throw new Error(`There is no table ${name}.`)
  return name as TableName
}
