import type { Account, Wallet } from '../domain/rows.ts'
import type { SessionManager } from '../handler.ts'
import { type Awaitable, after, type Transaction } from '../store/store.ts'
import { theRow } from './row.ts'

type Stamp = (at: number) => string

/** Things by id, each with its reference. */
export function archiveOf(rows: readonly { id: number; reference: string }[]): Record<string, string> {
  const archive: Record<string, string> = {}
  for (const { id, reference } of rows) archive[id] = reference
  return archive
}

/** `account_data` of an answer (instructions.md, account). */
export async function accountData(tx: Transaction, sessions: SessionManager, account: Account, stamp: Stamp) {
  const isIn = await sessions.isLoggedIn(tx, account.id)
  return {
    id: account.id,
    name: account.name,
    create_date: stamp(account.createdAt),
    write_date: stamp(account.writtenAt),
    ewallet: account.wallet,
    contact_list: account.contactList,
    email: account.email,
    phone: account.phone,
    alias: account.alias,
    state_code: isIn ? (1 as const) : (0 as const),
    state_name: isIn ? ('LoggedIn' as const) : ('LoggedOut' as const),
    ewallet_archive: archiveOf(await tx.wallets.list('account', [account.id])),
    contact_list_archive: archiveOf(await tx.contactLists.list('account', [account.id])),
  }
}

/** `session_data` of an answer: who is active on a session and who else is logged in there. */
export async function sessionData(tx: Transaction, sessions: SessionManager, id: number) {
  const session = await theRow(tx.sessions, id)
  const accounts = await sessions.loggedIn(tx, id)
  const active = session.account === null ? undefined : await theRow(tx.accounts, session.account)
  return {
    session_user_account: active?.email ?? null,
    session_credit_ewallet: active?.wallet ?? null,
    session_contact_list: active?.contactList ?? null,
    session_account_archive: Object.fromEntries(accounts.map(({ email, name }) => [email, name])),
  }
}

/** The wallet an account acts with. */
export function activeWallet(tx: Transaction, account: number): Awaitable<Wallet> {
  return after(theRow(tx.accounts, account), ({ wallet }) => theRow(tx.wallets, wallet))
}
