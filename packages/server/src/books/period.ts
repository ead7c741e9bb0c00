import { type Refusal, refuse } from '@ewallet/protocol'
import { cursorAt, type Place, placeOf } from '../domain/page-cursor.ts'
import type { Range } from '../store/store.ts'
import { momentOf } from '../timestamp.ts'

/** How many rows a page holds where the caller names no limit. */
const PAGE_DEFAULT = 50

/** Says that a field which fits its schema still names nothing; every instruction may answer this. */
function malformed(field: string, should: string): Refusal<never> {
  return refuse('malformed_request', { field }, `"${field}" should be ${should}.`) as Refusal<never>
}

/** The moment (ms) a field of a request names. */
export function readMoment(field: string, text: string): number | Refusal<never> {
  const at = momentOf(text)
  return Number.isNaN(at) ? malformed(field, 'a moment that exists: RFC 3339, or DD-MM-YYYY HH:MM:SS') : at
}

/** A page of a listing: from is included, to is not. */
export interface Paging {
  from?: string | undefined
  to?: string | undefined
  limit?: number | undefined
  cursor?: string | undefined
}

/** The part of an index a page asks for, one row more than it may show. */
export function readPage({ from, to, limit = PAGE_DEFAULT, cursor }: Paging): Paged | Refusal<never> {
  const range: Paged = { limit: limit + 1 }
  for (const [bound, text] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (text === undefined) continue
    const at = readMoment(bound, text)
    if (typeof at !== 'number') return at
    range[bound] = at
  }
  if (cursor !== undefined) {
    const after = placeOf(cursor)
    if (!after) return malformed('cursor', 'the cursor of the page before')
    range.after = after
  }
  return range
}

/** A range of at most `limit` rows, the last of which only tells that there is more. */
export interface Paged extends Range {
  limit: number
}

/** The rows of a page, and the cursor of the next one; null at the end. */
export function cutPage<Row>(
  rows: readonly Row[],
  { limit }: Paged,
  place: (row: Row) => Place,
): { rows: readonly Row[]; cursor: string | null } {
  if (rows.length < limit) return { rows, cursor: null }
  const shown = rows.slice(0, limit - 1)
  const last = shown.at(-1)
  return { rows: shown, cursor: last === undefined ? null : cursorAt(place(last)) }
}
