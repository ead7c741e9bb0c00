import { type Refusal, refuse } from '@ewallet/protocol'
import { minutesOf } from './rounding.ts'
import type { Account, PassHash } from './rows.ts'

const DAY = 86_400_000
/** How long an ordered deletion can be cancelled (decisions.md, Accounts). */
export const DELETION_MS = 30 * DAY

/** The text under which a name, email or reference is unique or found: neither case nor another width of letters tells two apart. */
export function keyOf(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** When an account is deleted whose deletion is ordered now. */
export function leavesAt(now: number): number {
  return now + DELETION_MS
}

/** Whether a password can open an account at all: it is neither deleted nor due to be, swept or not. */
export function isOpen(account: Account, now: number): boolean {
  return account.pass !== null && (account.leavesAt === null || account.leavesAt > now)
}

/** What is to be changed of an account; what is not named stays. */
export interface Wish {
  name?: string | undefined
  email?: string | undefined
  phone?: string | undefined
  alias?: string | undefined
  pass?: string | undefined
}

/** Whether nothing at all was named. */
export function isIdle(wish: Wish): boolean {
  return Object.values(wish).every((value) => value === undefined)
}

/** Whether a wish needs the current password: it changes the password or the email. */
export function needsPassword(account: Account, { pass, email }: Wish): boolean {
  return pass !== undefined || (email !== undefined && email !== account.email)
}

/** Which fields of an account a wish changes; naming what is so already changes nothing. */
export function changedBy(account: Account, wish: Wish) {
  const differs = (field: 'name' | 'alias' | 'email' | 'phone') =>
    wish[field] !== undefined && wish[field] !== account[field]
  return {
    name: differs('name'),
    pass: wish.pass !== undefined,
    alias: differs('alias'),
    email: differs('email'),
    phone: differs('phone'),
  }
}

/** The account as wished, with the new password's hash if it has one; the hash before goes to the archive. */
export function editedAccount(account: Account, wish: Wish, pass: PassHash | undefined, now: number): Account {
  const name = wish.name ?? account.name
  const email = wish.email ?? account.email
  const archive = account.pass ? [account.pass, ...account.passArchive] : account.passArchive
  return {
    ...account,
    name,
    nameKey: keyOf(name),
    email,
    emailKey: keyOf(email),
    phone: wish.phone ?? account.phone,
    alias: wish.alias ?? account.alias,
    pass: pass ?? account.pass,
    passArchive: pass ? archive.slice(0, PASSES_ARCHIVED) : account.passArchive,
    writtenAt: now,
  }
}

/** With the current one they are the last 5, of which none may be chosen again. */
const PASSES_ARCHIVED = 4

/** Whether two hashes are one and the same. */
export function isSamePass(a: PassHash | null, b: PassHash | null): boolean {
  return a !== null && b !== null && a.hash === b.hash && a.salt === b.salt
}

/** Refuses to give up what all wallets and clocks hold where nobody said to forfeit it. */
export function forfeited(
  held: { credits: number; ms: number },
  forfeit: boolean,
): Refusal<'account_still_holds_credits'> | undefined {
  if (forfeit || held.credits + held.ms === 0) return undefined
  return refuse('account_still_holds_credits', { credits: held.credits, minutes: minutesOf(held.ms) })
}

/** What an account is called once it is deleted. */
export function remainsOf({ id }: Account): string {
  return `deleted account #${id}`
}

/** The account as it stays behind: its id and its money, nothing of the person. */
export function deletedAccount(account: Account, now: number): Account {
  const remains = remainsOf(account)
  return {
    ...account,
    name: remains,
    nameKey: null,
    email: remains,
    emailKey: null,
    phone: null,
    alias: null,
    pass: null,
    passArchive: [],
    leavesAt: null,
    deletedAt: now,
    writtenAt: now,
  }
}
