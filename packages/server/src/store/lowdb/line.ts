import { hash as digest } from 'node:crypto'
import type { Overlay } from '../memory/overlay.ts'
import type { Columns } from '../memory/row-text.ts'
import type { Change } from '../memory/state.ts'

/**
 * A line of the journal is one transaction, as JSON: `seq`; `batch`, the `seq` of the first line that was written with it;
 * `format` on a segment's first line; `columns`, the names of the fields of a table's rows wherever the segment has not told them;
 * `at`; `by`, the account that said it, if one did; `said`, the instruction's path; `post`, the postings; `put` and `gone`, the
 * rows by table; `ids`, the last ids given out where the rows do not tell; `hash`. What is empty is left out.
 */
export interface Body {
  /** What a line says from `at` on to its hash. */
  text: string
  /** By table, the columns its rows are told under. */
  columns: Map<string, Columns>
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

/** What a transaction writes into the journal; throws where something in it cannot be written down. */
export function bodyOf(overlay: Overlay, change: Change): Body {
  const columns = new Map<string, Columns>()
  const put: string[] = []
  const gone: Record<string, number[]> = {}
  const ids: Record<string, number> = {}
  for (const [name, changed] of change.tables) {
    const last = changed.put.at(-1)
    if (last) {
      columns.set(name, last.columns)
      const rows = changed.put.map((row) => (row.columns === last.columns ? row.text : JSON.stringify(row.row)))
      put.push(`"${name}":[${rows.join()}]`)
    }
    if (changed.gone.length > 0) gone[name] = changed.gone
    const highest = [...changed.put, ...changed.posted].reduce((most, { row }) => Math.max(most, row.id), 0)
    if (changed.lastId > highest && changed.isLastIdNew) ids[name] = changed.lastId
  }
  let text = `"at":${overlay.now},"by":${overlay.said.by},"said":${JSON.stringify(overlay.said.path)}`
  if (overlay.postings.length > 0) {
    const post = overlay.postings.map(({ debit, credit, amount, unit, memo }) => [debit, credit, amount, unit, memo])
    text += `,"post":${JSON.stringify(post)}`
  }
  if (put.length > 0) text += `,"put":{${put.join()}}`
  if (Object.keys(gone).length > 0) text += `,"gone":${JSON.stringify(gone)}`
  if (Object.keys(ids).length > 0) text += `,"ids":${JSON.stringify(ids)}`
  return { text, columns }
}

/** The whole line, chained to the one before it; `head` is what stands between its batch and its body. */
export function chained(before: Link, batch: number, head: string, body: string): Link & { text: string } {
  const seq = before.seq + 1
  const said = `{"seq":${seq},"batch":${batch},${head}${body}`
  const hash = digest('sha256', before.hash + said, 'base64url')
  return { seq, hash, text: `${said}${beforeHash}${hash}${afterHash}\n` }
}

/** The hash a line ends in, if its text follows from that of the line before; undefined if anything of it is otherwise. */
export function hashOf(before: string, line: Buffer): string | undefined {
  const said = line.length - tailLength
  if (said <= 0) return undefined
  const whole = Buffer.allocUnsafe(before.length + said)
  line.copy(whole, whole.write(before, 'latin1'), 0, said)
  const hash = digest('sha256', whole, 'base64url')
  return line.toString('latin1', said) === `${beforeHash}${hash}${afterHash}` ? hash : undefined
}
