import { isRefusal, type Refusal, refuse } from '@ewallet/protocol'
import { isOpen, isSamePass, keyOf } from '../domain/account.ts'
import type { Account, PassHash } from '../domain/rows.ts'
import type { Connection, Daemon } from '../handler.ts'
import type { Transaction } from '../store/store.ts'

/** Longer than any name or email; what is typed may be longer. */
const TYPED_MAX = 254

/** Who somebody says to be. */
interface Credentials {
  user_name?: string | undefined
  user_email?: string | undefined
  user_pass: string
}

/** That somebody knew an account's password, as it was then. */
export interface Proof {
  account: number
  pass: PassHash
}

/** A refusal that every instruction may answer and none declares. */
function common(refusal: Refusal): Refusal<never> {
  return refusal as Refusal<never>
}

async function named(tx: Transaction, { user_name, user_email }: Credentials): Promise<Account | undefined> {
  if (user_email !== undefined) return tx.accounts.find('email', [keyOf(user_email)])
  return tx.accounts.find('name', [keyOf(user_name ?? '')])
}

/**
 * Compares a password behind the login back-off of who is meant. Whether it fits counts only if nobody failed too often
 * meanwhile: guesses sent all at once get no further than those sent one by one.
 */
async function tried(
  { passwords, attempts, store }: Daemon,
  who: string,
  { address }: Connection,
  password: string,
  pass: PassHash | null,
): Promise<boolean | Refusal<'too_many_attempts'>> {
  const mustWait = (ms: number) => (ms > 0 ? refuse('too_many_attempts', { seconds: Math.ceil(ms / 1000) }) : undefined)
  const before = mustWait(await attempts.waitMs(who, address, store.now()))
  if (before) return before
  const fits = await passwords.verify(password, pass)
  if (isRefusal(fits)) return common(fits)
  return mustWait(await attempts.judged(who, address, fits, store.now())) ?? fits
}

/** Who somebody is, by name or email and password. An unknown one costs as long, and has to wait as long, as a wrong password. */
export async function prove(
  daemon: Daemon,
  connection: Connection,
  credentials: Credentials,
): Promise<Proof | Refusal<'login_failed' | 'too_many_attempts'>> {
  const { account, now } = await daemon.store.transaction(async (tx) => ({
    account: await named(tx, credentials),
    now: tx.now,
  }))
  const typed = keyOf(credentials.user_email ?? credentials.user_name ?? '').slice(0, TYPED_MAX)
  const pass = account && isOpen(account, now) ? account.pass : null
  const who = account ? `account ${account.id}` : `typed ${typed}`
  const fits = await tried(daemon, who, connection, credentials.user_pass, pass)
  if (isRefusal(fits)) return fits
  return fits && account && pass ? { account: account.id, pass } : refuse('login_failed')
}

/** That an account's current password is known; `undefined` where none was given. */
export async function proveCurrent(
  daemon: Daemon,
  connection: Connection,
  { id, pass }: Account,
  password: string | undefined,
): Promise<Proof | Refusal<'wrong_password' | 'too_many_attempts'>> {
  if (password === undefined) return refuse('wrong_password')
  const fits = await tried(daemon, `account ${id}`, connection, password, pass)
  if (isRefusal(fits)) return fits
  return fits && pass ? { account: id, pass } : refuse('wrong_password')
}

/** The account a proof is of, unless its password was changed or it was deleted since. */
export async function proven(tx: Transaction, proof: Proof): Promise<Account | undefined> {
  const account = await tx.accounts.get(proof.account)
  return account && isSamePass(account.pass, proof.pass) && isOpen(account, tx.now) ? account : undefined
}

/** The hash of a new password, unless it is one of those kept. */
export async function freshPass(
  { passwords }: Daemon,
  password: string,
  kept: readonly PassHash[],
): Promise<PassHash | Refusal<'password_used_before'>> {
  for (const pass of kept) {
    const fits = await passwords.verify(password, pass)
    if (isRefusal(fits)) return common(fits)
    if (fits) return refuse('password_used_before')
  }
  const pass = await passwords.hash(password)
  return isRefusal(pass) ? common(pass) : pass
}
