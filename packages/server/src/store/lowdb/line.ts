import { hash as digest } from 'node:crypto'
import type { Overlay } from '../memory/overlay.ts'
import type { Posting } from '../memory/posting.ts'
import type { Columns } from '../memory/row-text.ts'
import type { Change } from '../memory/state.ts'
import type { Written } from '../memory/table-state.ts'
import type { TextBytes } from '../memory/text-bytes.ts'

/** Where a chain of lines stands. */
export interface Link {
  seq: number
  hash: string
}

/** What a line tells besides its transaction. */
export interface LineHead {
  batch: number
  format: number | undefined
  columns: Record<string, Columns> | undefined
}

/** Before the first line. */
export const chainStart: Link = { seq: 0, hash: '' }

const hashLength = 43
const beforeHash = ',"hash":"'
const afterHash = '"}'
const tailLength = beforeHash.length + hashLength + afterHash.length

/**
 * A line of the journal is one transaction, as JSON: `seq`; `batch`, the `seq` of the first line that was written with it;
 * `format` on a segment's first line; `columns`, the names of the fields of a table's rows wherever the segment has not told them;
 * `at`; `by`, the account that said it, if one did; `said`, the instruction's path; `post`, the postings; `put` and `gone`, the
 * rows by table; `ids`, the last ids given out where the rows do not tell; `hash`. What is empty is left out. It is written behind the
 * hash of the line before, and throws where something in it cannot be written down.
 */
export function writeLine(
  to: TextBytes,
  before: Link,
  head: LineHead,
  { now, said, postings }: Overlay,
  change: Change,
): Link {
  const { batch, format, columns } = head
  const seq = before.seq + 1
  to.clear()
  // A line's hash is that of the hash before and the line: written side by side, they are hashed in one go.
  to.ascii(before.hash)
  to.ascii('{"seq":').value(seq).ascii(',"batch":').value(batch)
  if (format !== undefined) to.ascii(',"format":').value(format)
  if (columns !== undefined) to.ascii(',"columns":').value(columns)
  to.ascii(',"at":').value(now).ascii(',"by":').value(said.by).ascii(',"said":').value(said.path)
  if (postings.length > 0) writePostings(to, postings)
  writeChange(to, change)
  const hash = digest('sha256', to.bytes.subarray(0, to.length), 'base64url')
  to.ascii(beforeHash).ascii(hash).ascii(afterHash).ascii('\n')
  return { seq, hash }
}

function writePostings(to: TextBytes, postings: readonly Posting[]): void {
  let opening = ',"post":[['
  for (const { debit, credit, amount, unit, memo } of postings) {
    to.ascii(opening).value(debit).ascii(',').value(credit).ascii(',').value(amount)
    to.ascii(',').value(unit).ascii(',').value(memo).ascii(']')
    opening = ',['
  }
  to.ascii(']')
}

function writeChange(to: TextBytes, { tables, texts }: Change): void {
  let opening = ',"put":{'
  const gone: Record<string, number[]> = {}
  const ids: Record<string, number> = {}
  let isPlain = true
  for (const [name, changed] of tables) {
    const { put, posted } = changed
    const first = put[0]
    const last = put[put.length - 1]
    if (first && last) {
      to.ascii(opening).value(name).ascii(':[').copy(texts.bytes, first.start, last.end).ascii(']')
      opening = ','
    }
    if (changed.gone.length > 0) {
      gone[name] = changed.gone
      isPlain = false
    }
    if (changed.isLastIdNew && changed.lastId > Math.max(highestOf(put), highestOf(posted))) {
      ids[name] = changed.lastId
      isPlain = false
    }
  }
  if (opening === ',') to.ascii('}')
  if (isPlain) return
  if (Object.keys(gone).length > 0) to.ascii(',"gone":').value(gone)
  if (Object.keys(ids).length > 0) to.ascii(',"ids":').value(ids)
}

function highestOf(rows: readonly Written[]): number {
  let highest = 0
  for (const { row } of rows) if (row.id > highest) highest = row.id
  return highest
}

/** The whole line, chained to the one before it; `head` is what stands between its batch and its body. */
export function chained(before: Link, batch: number, head: string, body: string): Link & { text: string } {
  const seq = before.seq + 1
  const said = `{"seq":${seq},"batch":${batch},${head}${body}`
  const hash = digest('sha256', before.hash + said, 'base64url')
  return { seq, hash, text: `${said}${beforeHash}${hash}${afterHash}\n` }
}

/** Where a line and the hash before it are put together. */
let together = Buffer.allocUnsafeSlow(1 << 16)

/** The hash that the line between two places ends in, if its text follows from that of the line before; undefined if anything of it is otherwise. */
export function hashOf(before: string, text: Buffer, start: number, end: number): string | undefined {
  const said = end - tailLength
  if (said <= start) return undefined
  const length = before.length + said - start
  if (length > together.length) together = Buffer.allocUnsafeSlow(length * 2)
  text.copy(together, together.write(before, 'latin1'), start, said)
  const hash = digest('sha256', together.subarray(0, length), 'base64url')
  return text.toString('latin1', said, end) === `${beforeHash}${hash}${afterHash}` ? hash : undefined
}
