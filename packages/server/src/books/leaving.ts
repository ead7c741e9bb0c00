import type { Refusal } from '@ewallet/protocol'
import { deletedAccount, forfeited, leavesAt, remainsOf } from '../domain/account.ts'
import { minutesOf } from '../domain/rounding.ts'
import type { Account, LedgerAccount } from '../domain/rows.ts'
import type { Tell } from '../handler.ts'
import type { Table, TableName, Tables, Transaction } from '../store/store.ts'
import { SYSTEM_CORE, sheetReference } from './opening.ts'
import { endTimer } from './settlement.ts'

const MINUTE = 60_000
/** How many rows are looked at a time. */
const PAGE = 1_000

/** Orders an account to be deleted in 30 days: its timers stop. Refused where it holds something nobody said to forfeit. */
export async function orderDeletion(
  tx: Transaction,
  account: Account,
  forfeit: boolean,
  tell: Tell,
): Promise<Refusal<'account_still_holds_credits'> | undefined> {
  for (const clock of await tx.clocks.list('account', [account.id])) {
    if (!clock.timer) continue
    const record = await endTimer(tx, clock, tx.now)
    const spent = { minutes_spent: minutesOf(record.spentMs), time_record: record.id }
    await tell(account.id, 'clock.stopped', { clock: clock.id, ...spent })
  }
  const refused = forfeited(await holdingOf(tx, account.id), forfeit)
  if (refused) return refused
  await tx.accounts.put({ ...account, leavesAt: leavesAt(tx.now), writtenAt: tx.now })
  return undefined
}

/** Cancels an ordered deletion. */
export async function cancelDeletion(tx: Transaction, account: Account): Promise<Account> {
  const staying = { ...account, leavesAt: null, writtenAt: tx.now }
  await tx.accounts.put(staying)
  return staying
}

/** What all wallets and clocks of an account hold. */
async function holdingOf(tx: Transaction, account: number): Promise<{ credits: number; ms: number }> {
  let [credits, ms] = [0, 0]
  for (const { id } of await tx.wallets.list('account', [account]))
    credits += await tx.balance(`wallet:${id}`, 'credits')
  for (const { id } of await tx.clocks.list('account', [account])) ms += await tx.balance(`clock:${id}`, 'milliseconds')
  return { credits, ms }
}

/**
 * Deletes an account for good: what it holds goes to SystemCore, what tells of the person goes from every table, and the money
 * records stay under `deleted account #n`. Its ids and its events' cursor never come back.
 */
export async function deleteAccount(tx: Transaction, account: Account): Promise<void> {
  const partners = await partnersOf(tx, account.id)
  await returnHoldings(tx, account.id)
  await forgetLogins(tx, account.id)
  await forgetContacts(tx, account)
  await renameBooks(tx, account.id)
  await removeAll(tx.events, 'account', account.id)
  await removeAll(tx.answers, 'account', account.id)
  for (const partner of partners) await forgetAt(tx, partner, account)
  await forgetReports(tx, account)
  await tx.accounts.put(deletedAccount(account, tx.now))
}

/** Posts what an account's wallets and clocks hold back to where it came from. */
async function returnHoldings(tx: Transaction, account: number): Promise<void> {
  for (const { id: wallet } of await tx.wallets.list('account', [account])) {
    const debit = { wallet, partner: SYSTEM_CORE }
    const memo = { kind: 'forfeit', notes: null }
    const credits = await tx.balance(`wallet:${wallet}`, 'credits')
    if (credits > 0) await tx.post(`wallet:${wallet}`, 'core', credits, 'credits', { ...memo, debit })

    for (const { id: clock } of await tx.clocks.list('wallet', [wallet])) {
      const from: LedgerAccount = `clock:${clock}`
      const held = await tx.balance(from, 'milliseconds')
      const minutes = Math.floor(held / MINUTE)
      const rest = held - minutes * MINUTE
      const onClock = { ...memo, debit: { ...debit, clock } }
      if (minutes > 0) {
        await tx.post(from, 'exchange', minutes * MINUTE, 'milliseconds', onClock)
        await tx.post('exchange', 'core', minutes, 'credits', memo)
      }
      // Credits are whole minutes: less than one is used up, so that the exchange still owes what it holds, to the millisecond.
      if (rest > 0) await tx.post(from, 'consumed', rest, 'milliseconds', onClock)
    }
  }
}

/** Takes an account off every session, and with it what tells when and from where somebody came. */
async function forgetLogins(tx: Transaction, account: number): Promise<void> {
  for (const login of await tx.logins.list('account', [account])) {
    await tx.logins.remove(login.id)
    const session = await tx.sessions.get(login.session)
    if (!session) continue
    const [next] = await tx.logins.list('session', [session.id], { descending: true, limit: 1 })
    const active = session.account === account ? (next?.account ?? null) : session.account
    const address = next ? session.address : null
    await tx.sessions.put({ ...session, account: active, address, writtenAt: tx.now })
  }
  await removeAll(tx.loginRecords, 'account', account)
  await removeAll(tx.logoutRecords, 'account', account)
}

/** Removes the contacts of an account; the active list stays, empty, because the account names it. */
async function forgetContacts(tx: Transaction, account: Account): Promise<void> {
  for (const list of await tx.contactLists.list('account', [account.id])) {
    await removeAll(tx.contactRecords, 'list', list.id)
    if (list.id === account.contactList) await tx.contactLists.put({ ...list, writtenAt: tx.now })
    else await tx.contactLists.remove(list.id)
  }
}

/** Gives wallets and sheets the names they began with: those a person chose tell of the person. */
async function renameBooks(tx: Transaction, account: number): Promise<void> {
  for (const wallet of await tx.wallets.list('account', [account])) {
    await rename(tx.wallets, wallet, 'Credit EWallet', tx.now)
    for (const kind of ['transfer', 'invoice'] as const) {
      const sheets = tx[`${kind}Sheets`]
      for (const sheet of await sheets.list('owner', [wallet.id])) {
        await rename(sheets, sheet, sheetReference(kind), tx.now)
      }
    }
  }
  for (const clock of await tx.clocks.list('account', [account])) {
    for (const kind of ['conversion', 'time'] as const) {
      const sheets = tx[`${kind}Sheets`]
      for (const sheet of await sheets.list('owner', [clock.id]))
        await rename(sheets, sheet, sheetReference(kind), tx.now)
    }
  }
}

type Named = Extract<TableName, 'wallets' | `${string}Sheets`>

async function rename<T extends Named>(table: Table<T>, row: Tables[T], reference: string, now: number): Promise<void> {
  if (row.reference !== reference) await table.put({ ...row, reference, writtenAt: now })
}

/** Everybody that credits of an account went to or came from. */
async function partnersOf(tx: Transaction, account: number): Promise<Set<number>> {
  const partners = new Set<number>()
  for (const { id } of await tx.wallets.list('account', [account])) {
    for (let after: { order: number; id: number } | undefined; ; ) {
      const entries = await tx.entries.list('wallet', [id], { ...(after && { after }), limit: PAGE })
      for (const { partner } of entries) if (partner !== null && partner !== account) partners.add(partner)
      const last = entries.at(-1)
      if (!last || entries.length < PAGE) break
      after = { order: last.at, id: last.id }
    }
  }
  return partners
}

/** Replaces an account's email in what a partner was told of it and in the answers that are kept for the partner. */
async function forgetAt(tx: Transaction, partner: number, account: Account): Promise<void> {
  for (const event of await tx.events.list('account', [partner])) {
    const data = without(event.data, account)
    if (data !== event.data) await tx.events.put({ ...event, data })
  }
  for (const kept of await tx.answers.list('account', [partner])) {
    const answer = without(kept.answer, account)
    if (answer !== kept.answer) await tx.answers.put({ ...kept, answer })
  }
}

/** The fields of an answer or event with an account's email replaced by what is left of it. */
function without(fields: Record<string, unknown>, account: Account): Record<string, unknown> {
  const isEmail = (value: unknown) => typeof value === 'string' && value.toLowerCase() === account.emailKey
  if (!Object.values(fields).some(isEmail)) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, isEmail(value) ? remainsOf(account) : value]),
  )
}

/** Removes an account's email from the issues it reported. */
async function forgetReports(tx: Transaction, account: Account): Promise<void> {
  for (let after: { order: number; id: number } | undefined; ; ) {
    const reports = await tx.issueReports.list('all', [], { ...(after && { after }), limit: PAGE })
    for (const report of reports) {
      if (report.contact?.toLowerCase() === account.emailKey) {
        await tx.issueReports.put({ ...report, contact: null, source: null })
      }
    }
    const last = reports.at(-1)
    if (!last || reports.length < PAGE) return
    after = { order: last.id, id: last.id }
  }
}

type Gathered = Extract<TableName, 'events' | 'answers' | 'loginRecords' | 'logoutRecords' | 'contactRecords'>

async function removeAll<T extends Gathered>(
  table: Table<T>,
  index: Parameters<Table<T>['list']>[0],
  key: number,
): Promise<void> {
  for (const { id } of await table.list(index, [key])) await table.remove(id)
}
