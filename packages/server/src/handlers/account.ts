import { type groups, isRefusal, PAGE_MAX, type Refusal, refuse } from '@ewallet/protocol'
import { accountData, sessionData } from '../books/account-data.ts'
import { freshPass, type Proof, prove, proveCurrent, proven } from '../books/credentials.ts'
import { cancelDeletion, orderDeletion } from '../books/leaving.ts'
import { openAccount } from '../books/opening.ts'
import { rated } from '../books/rated.ts'
import { theRow } from '../books/row.ts'
import { changedBy, editedAccount, isIdle, keyOf, needsPassword } from '../domain/account.ts'
import { LICENSE_VERSION } from '../domain/license.ts'
import { isStrong } from '../domain/password-rules.ts'
import { aclOf } from '../domain/permissions.ts'
import type { Account, PassHash } from '../domain/rows.ts'
import type { Callers, Daemon, HandlersFor, Tell } from '../handler.ts'
import type { Transaction } from '../store/store.ts'

/** Refuses a name or an email that an account other than this one has. */
async function taken(
  tx: Transaction,
  { name, email }: { name?: string | undefined; email?: string | undefined },
  self?: number,
): Promise<Refusal<'name_taken' | 'email_taken'> | undefined> {
  const hasName = name === undefined ? undefined : await tx.accounts.find('name', [keyOf(name)])
  if (hasName && hasName.id !== self) return refuse('name_taken')
  const hasEmail = email === undefined ? undefined : await tx.accounts.find('email', [keyOf(email)])
  if (hasEmail && hasEmail.id !== self) return refuse('email_taken')
  return undefined
}

/** Whether an account is logged in on as many other sessions as it may be; those that are over make room. */
async function isEverywhere(tx: Transaction, { sessions, config }: Daemon, account: number, session: number) {
  const logins = (await tx.logins.list('account', [account])).filter((login) => login.session !== session)
  let left = logins.length
  if (left < config.sessionsPerAccountMax) return false
  for (const login of logins) {
    const row = await theRow(tx.sessions, login.session)
    if ((await sessions.validTo(tx, row)) > tx.now) continue
    await sessions.end(tx, row.id)
    left -= 1
  }
  return left >= config.sessionsPerAccountMax
}

/** Makes an account active on the caller's session, and tells it. */
async function logIn(
  tx: Transaction,
  daemon: Daemon,
  caller: Callers['session'],
  account: Account,
  tell: Tell,
): Promise<Refusal<'too_many_sessions'> | undefined> {
  const { address } = caller.connection
  if (await isEverywhere(tx, daemon, account.id, caller.session)) {
    return refuse('too_many_sessions', { sessions: daemon.config.sessionsPerAccountMax })
  }
  await daemon.sessions.logIn(tx, caller.session, account.id, address)
  await tell(account.id, 'account.login', { address, at: tx.now })
  return undefined
}

/** Ends every session an account is logged in on, except one. */
async function endOthers(tx: Transaction, daemon: Daemon, account: number, session: number): Promise<void> {
  for (const login of await tx.logins.list('account', [account])) {
    if (login.session !== session) await daemon.sessions.end(tx, login.session)
  }
}

/** The newest times of a login or logout, by the id of their record. */
async function timesOf(
  tx: Transaction,
  table: 'loginRecords' | 'logoutRecords',
  account: number,
  stamp: (at: number) => string,
): Promise<Record<string, string>> {
  const records = await tx[table].list('account', [account], { descending: true, limit: PAGE_MAX })
  return Object.fromEntries(records.map(({ id, at }) => [id, stamp(at)]))
}

export const accountHandlers: HandlersFor<(typeof groups)['account']> = {
  'client action new account': {
    async prepare({ request, caller, daemon }) {
      const { user_name: name, user_email: email, license = null } = request
      if (license !== null && license !== LICENSE_VERSION) return refuse('license_unknown')
      if (!isStrong(request.user_pass)) return refuse('password_too_weak')
      const refused = await rated(daemon, 'account', caller.connection)
      if (refused) return refused
      // Told before the hash is worked out, and again when nobody can come in between.
      const early = await daemon.store.transaction((tx) => taken(tx, { name, email }))
      if (early) return early
      const pass = await freshPass(daemon, request.user_pass, [])
      if (isRefusal(pass)) return pass as Refusal<never>
      return async ({ tx, stamp }) => {
        const late = await taken(tx, { name, email })
        if (late) return late
        const { user_phone: phone = null, user_alias: alias = null } = request
        const account = await openAccount(tx, { name, email, phone, alias, pass, license })
        return { account: account.email, account_data: await accountData(tx, daemon.sessions, account, stamp) }
      }
    },
  },

  'client action login': {
    async prepare({ request, caller: { connection }, daemon }) {
      const proof = await prove(daemon, connection, request)
      if (isRefusal(proof)) return proof
      return async ({ caller, tx, tell }) => {
        const account = await proven(tx, proof)
        if (!account) return refuse('login_failed')
        const refused = await logIn(tx, daemon, caller, account, tell)
        if (refused) return refused
        return { account: account.email, session_data: await sessionData(tx, daemon.sessions, caller.session) }
      }
    },
  },

  'client action logout': async ({ caller, tx, daemon }) => {
    const { email } = await theRow(tx.accounts, caller.account)
    await daemon.sessions.logOut(tx, caller.session, caller.account)
    return { account: email, session_data: await sessionData(tx, daemon.sessions, caller.session) }
  },

  'client action switch account': async ({ request, caller, tx, daemon }) => {
    const here = await daemon.sessions.loggedIn(tx, caller.session)
    const account = here.find(({ emailKey }) => emailKey === keyOf(request.account))
    if (!account) return refuse('account_not_found')
    await daemon.sessions.switchTo(tx, caller.session, account.id)
    return { account: account.email, session_data: await sessionData(tx, daemon.sessions, caller.session) }
  },

  'client action view account': async ({ caller, tx, stamp, daemon }) => {
    const account = await theRow(tx.accounts, caller.account)
    return { account: account.email, account_data: await accountData(tx, daemon.sessions, account, stamp) }
  },

  'client action edit account': {
    async prepare({ request, caller: { account: id, connection }, daemon }) {
      const { user_name: name, user_email: email, user_phone: phone, user_alias: alias, user_pass } = request
      const wish = { name, email, phone, alias, pass: user_pass }
      if (isIdle(wish)) return refuse('nothing_to_edit')
      if (user_pass !== undefined && !isStrong(user_pass)) return refuse('password_too_weak')
      const before = await daemon.store.transaction(async (tx) => theRow(tx.accounts, id))
      let proof: Proof | undefined
      let pass: PassHash | undefined
      if (needsPassword(before, wish)) {
        const proved = await proveCurrent(daemon, connection, before, request.current_pass)
        if (isRefusal(proved)) return proved
        proof = proved
        if (user_pass !== undefined) {
          const fresh = await freshPass(daemon, user_pass, [proved.pass, ...before.passArchive])
          if (isRefusal(fresh)) return fresh
          pass = fresh
        }
      }
      return async ({ caller, tx, now, stamp }) => {
        const account = await theRow(tx.accounts, caller.account)
        if (needsPassword(account, wish)) {
          // What was proved must be of this account still.
          const known = proof && (await proven(tx, proof))
          if (known?.id !== account.id) return refuse('wrong_password')
        }
        const refused = await taken(tx, wish, account.id)
        if (refused) return refused
        const edit = changedBy(account, wish)
        const isChanged = Object.values(edit).includes(true)
        const edited = isChanged ? editedAccount(account, wish, pass, now) : account
        if (isChanged) await tx.accounts.put(edited)
        if (edit.pass || edit.email) await endOthers(tx, daemon, account.id, caller.session)
        return { account: edited.email, edit, account_data: await accountData(tx, daemon.sessions, edited, stamp) }
      }
    },
  },

  'client action unlink account': async ({ request, caller, tx, tell }) => {
    const account = await theRow(tx.accounts, caller.account)
    const refused = await orderDeletion(tx, account, request.forfeit === true, tell)
    return refused ?? { account: account.email }
  },

  'client action recover account': {
    async prepare({ request, caller: { connection }, daemon }) {
      const proof = await prove(daemon, connection, request)
      if (isRefusal(proof)) return proof
      return async ({ caller, tx, stamp, tell }) => {
        const leaving = await proven(tx, proof)
        if (!leaving) return refuse('login_failed')
        if (leaving.leavesAt === null) return refuse('account_stays')
        const account = await cancelDeletion(tx, leaving)
        const refused = await logIn(tx, daemon, caller, account, tell)
        if (refused) return refused
        return {
          account: account.email,
          account_data: await accountData(tx, daemon.sessions, account, stamp),
          session_data: await sessionData(tx, daemon.sessions, caller.session),
        }
      }
    },
  },

  'client action view login': async ({ caller, tx, stamp }) => ({
    account: (await theRow(tx.accounts, caller.account)).email,
    login_records: await timesOf(tx, 'loginRecords', caller.account, stamp),
  }),

  'client action view logout': async ({ caller, tx, stamp }) => ({
    account: (await theRow(tx.accounts, caller.account)).email,
    logout_records: await timesOf(tx, 'logoutRecords', caller.account, stamp),
  }),

  'client action view acl': async ({ caller, tx, daemon }) => {
    const { email, acl } = await theRow(tx.accounts, caller.account)
    return { account: email, acl: aclOf(acl, daemon.config.supply) }
  },
}
