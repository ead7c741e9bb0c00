import type { LedgerAccount, Unit } from '../../domain/rows.ts'
import type { JsonCursor } from '../memory/json-cursor.ts'
import type { Posting } from '../memory/posting.ts'
import type { Memo } from '../store.ts'

type Side = NonNullable<Memo['debit']>

const comma = 44
const openBracket = 91
const closeBracket = 93
const openBrace = 123
const closeBrace = 125

/** Reads the postings of a line, which stand there as a JSON array of `[debit, credit, amount, unit, memo]`. */
export function readPostings(cursor: JsonCursor, tell: (posting: Posting) => void): void {
  cursor.pass(openBracket)
  do tell(postingAt(cursor))
  while (cursor.takes(comma))
  cursor.pass(closeBracket)
}

function postingAt(cursor: JsonCursor): Posting {
  cursor.pass(openBracket)
  const debit = cursor.text() as LedgerAccount
  cursor.pass(comma)
  const credit = cursor.text() as LedgerAccount
  cursor.pass(comma)
  const amount = cursor.number()
  cursor.pass(comma)
  const unit = cursor.text() as Unit
  cursor.pass(comma)
  const memo = memoAt(cursor)
  cursor.pass(closeBracket)
  return { debit, credit, amount, unit, memo }
}

function memoAt(cursor: JsonCursor): Memo {
  const memo: Memo = { kind: '', notes: null }
  cursor.pass(openBrace)
  do {
    const name = cursor.name()
    if (name === 'kind') memo.kind = cursor.text()
    else if (name === 'notes') memo.notes = cursor.textOrNull()
    else if (name === 'debit' || name === 'credit') memo[name] = sideAt(cursor)
    else cursor.skip()
  } while (cursor.takes(comma))
  cursor.pass(closeBrace)
  return memo
}

function sideAt(cursor: JsonCursor): Side {
  const side: Side = { wallet: 0 }
  cursor.pass(openBrace)
  do {
    const name = cursor.name()
    if (name === 'wallet' || name === 'clock' || name === 'record' || name === 'partner') side[name] = cursor.number()
    else cursor.skip()
  } while (cursor.takes(comma))
  cursor.pass(closeBrace)
  return side
}
