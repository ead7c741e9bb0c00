import { visible } from '../output/sanitise.ts'
import type { Entry, Statement } from './history.ts'
import { isoDay, type Zone } from './zone.ts'

/**
 * Minutes are written with six decimals: every balance is rounded, every posting is the difference of two rounded balances, so
 * all sums agree to the last digit, and a written balance is never so far from the true one that its millisecond is lost.
 */
const DECIMALS = 6

/** An amount in the last digit of its unit: whole credits, or millionths of a minute. */
type Digits = bigint

/** One line of a transaction, and what its account holds after it. */
interface Posting {
  account: string
  unit: Entry['unit']
  amount: Digits
  after: Digits
}

/** A statement as a journal that `hledger check --strict` passes: accounts and commodities declared, every posting asserted. */
export function hledgerJournal(statement: Statement, zone: Zone): string {
  const book = openBook()
  const blocks: string[] = []
  // Assertions hold in the order of dates, so a date never goes back.
  let last = Number.NEGATIVE_INFINITY
  const opened = new Set<string>()

  const opening = (day: number, account: string, unit: Entry['unit'], held: number): void => {
    if (opened.has(account)) return
    opened.add(account)
    book.declare(account)
    if (held === 0) return
    const amount = digitsOf(held, unit)
    const postings = [book.post(account, unit, amount), book.post('equity:opening', unit, -amount)]
    blocks.push(transaction(`${isoDay(day)} * opening balance`, postings))
  }

  const firstAt = statement.entries[0]?.at
  const firstDay = zone.dayAt(firstAt === undefined ? 0 : Date.parse(firstAt))
  const wallet = `assets:wallet:${statement.ewallet}`
  opening(firstDay, wallet, 'credits', statement.opening.credits)
  const idle = statement.opening.milliseconds - sumOf([...openingsOfClocks(statement.entries).values()])
  if (idle !== 0) opening(firstDay, 'assets:clock', 'milliseconds', idle)

  for (const entry of statement.entries) {
    const { id, at, unit, amount, balance, clock } = entry
    last = Math.max(last, zone.dayAt(Date.parse(at)))
    const account = unit === 'credits' ? wallet : `assets:clock:${clock ?? 0}`
    opening(last, account, unit, balance - amount)
    const moved = digitsOf(balance, unit) - digitsOf(balance - amount, unit)
    const own = { ...book.post(account, unit, moved), after: digitsOf(balance, unit) }
    blocks.push(
      transaction(`${isoDay(last)} * (${id}) ${descriptionOf(entry)}`, [
        own,
        book.post(otherSide(entry), unit, -moved),
      ]),
    )
  }

  const head = [
    `; Wallet ${statement.ewallet}, from its statement. Days are those of ${zone.name}.`,
    '; Minutes times 60,000, rounded, are the milliseconds of the ledger.',
    '',
    'commodity 1000. credits',
    `commodity 1000.${'0'.repeat(DECIMALS)} minutes`,
    '',
    ...book.accounts().map((account) => `account ${account}`),
  ]
  return `${[head.join('\n'), ...blocks].join('\n\n')}\n`
}

/** What each clock of a statement held before its first entry, in ms. */
function openingsOfClocks(entries: readonly Entry[]): Map<number, number> {
  const held = new Map<number, number>()
  for (const { unit, clock, amount, balance } of entries) {
    if (unit === 'milliseconds' && clock !== null && !held.has(clock)) held.set(clock, balance - amount)
  }
  return held
}

function openBook() {
  const held = new Map<string, Digits>()
  const known = new Set<string>()
  return {
    declare: (account: string) => known.add(account),
    post(account: string, unit: Entry['unit'], amount: Digits): Posting {
      known.add(account)
      const key = `${unit} ${account}`
      const after = (held.get(key) ?? 0n) + amount
      held.set(key, after)
      return { account, unit, amount, after }
    },
    accounts: () => [...known].sort(),
  }
}

function transaction(head: string, postings: readonly Posting[]): string {
  const lines = postings.map(({ account, unit, amount, after }) => {
    return `    ${account}  ${written(amount, unit)} = ${written(after, unit)}`
  })
  return [head, ...lines].join('\n')
}

function digitsOf(figure: number, unit: Entry['unit']): Digits {
  if (unit === 'credits') return BigInt(figure)
  // A millisecond is 50/3 millionths of a minute; half up, and what a clock holds is never below zero.
  return (BigInt(figure) * 100n + 3n) / 6n
}

function written(amount: Digits, unit: Entry['unit']): string {
  if (unit === 'credits') return `${amount} credits`
  const digits = String(amount < 0n ? -amount : amount).padStart(DECIMALS + 1, '0')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)} minutes`
}

/** Where an entry's amount comes from or goes to; the statement tells one side, the other follows from its kind. */
function otherSide({ kind, amount, counterparty }: Entry): string {
  const name = accountPart(kind)
  if (kind === 'time') return 'expenses:time'
  if (kind === 'supply' || counterparty === null) return `equity:${name}`
  // A refund takes back what was earned or spent before.
  const earned = kind === 'refund' ? amount < 0 : amount > 0
  return `${earned ? 'income' : 'expenses'}:${name}:${accountPart(counterparty)}`
}

/** One part of an account's name: what hledger reads as something else is written as `%` and its code. */
function accountPart(text: string): string {
  return text
    .replaceAll(' ', '_')
    .replace(/[^\p{L}\p{N}@._+#'-]/gu, (character) =>
      [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    )
}

/** `bob@example.org | payment: lunch`; a semicolon would begin a comment, a bar ends the name. */
function descriptionOf({ kind, counterparty, notes }: Entry): string {
  const line = (text: string) => visible(text).replaceAll(';', ',').replace(/\s+/g, ' ').trim()
  const what = notes === null || line(notes) === '' ? kind : `${kind}: ${notes}`
  return counterparty === null ? line(what) : `${line(counterparty).replaceAll('|', '/')} | ${line(what)}`
}

function sumOf(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0)
}
