import { hash } from 'node:crypto'
import { type Declared, declarationOf, isRefusal, type Path, type Refusal, refuse } from '@ewallet/protocol'
import { theRow } from './books/row.ts'
import { settleDue } from './books/settlement.ts'
import { keyOf } from './domain/account.ts'
import { isDenied } from './domain/permissions.ts'
import { telling } from './events/telling.ts'
import type { ReadFrame } from './frame.ts'
import type { Answer, Call, Callers, Connection, Daemon, Presented } from './handler.ts'
import type { Identifier } from './sessions/identifier.ts'
import type { Place } from './sessions/pipelines.ts'
import { type Awaitable, after, type Transaction } from './store/store.ts'

/** Who asks for what, as far as their frame says. */
export interface Asks {
  path: Path
  header: ReadFrame['header']
  presented: Presented
  connection: Connection
  place: Place | undefined
}

/** What is said, as a handler is given it. */
export interface Said {
  request: Record<string, unknown>
  stamp: (at: number) => string
  daemon: Daemon
}

/** What a handler does within the transaction. */
export type Handle = (call: Call<Declared>) => Awaitable<Answer<Declared>>

/** An answer on its way out of a transaction: a refusal that is to be remembered must not undo its own remembering. */
export interface Wrapped {
  answer: Answer<Declared>
}

/** Who tells who asks and what they may. */
interface Deciders {
  daemon: Daemon
  identifier: Identifier
}

type Caller = Callers['account']

/** The key a request is remembered by, and what it said. */
interface Named {
  key: string
  digest: string
}

/** Who asks: by access, and by whom they believe to be active, where anybody is. */
function identified(
  tx: Transaction,
  { path, header, presented, connection }: Asks,
  { identifier }: Deciders,
): Awaitable<Caller | Refusal> {
  const identifying = identifier.identify(tx, declarationOf(path).access, presented, connection)
  return after(identifying as Awaitable<Caller | Refusal>, (caller) =>
    isRefusal(caller) || header.account === undefined || !('session' in caller)
      ? caller
      : believed(tx, caller, header.account),
  )
}

async function believed(tx: Transaction, caller: Caller, email: string): Promise<Caller | Refusal> {
  const { account } = await theRow(tx.sessions, caller.session)
  const active = account === null ? null : (await theRow(tx.accounts, account)).emailKey
  return active !== null && keyOf(email) !== active ? refuse('other_account_active') : caller
}

/** Why the account that asks may not; undefined where it may. */
function denial(
  tx: Transaction,
  path: Path,
  caller: Callers['account'],
  { daemon }: Deciders,
): Awaitable<Refusal | undefined> {
  const { access, permission, changes } = declarationOf(path)
  if (access !== 'account') return undefined
  return after(theRow(tx.accounts, caller.account), ({ leavesAt, acl }) => {
    if (leavesAt !== null && changes && path !== 'client action logout') return refuse('account_leaving')
    if (permission && isDenied(acl, permission, daemon.config.supply)) {
      return refuse('permission_denied', { permission })
    }
    return undefined
  })
}

/** Who asks, if they may. */
export async function allowed(
  tx: Transaction,
  asks: Asks,
  dispatcher: Deciders,
): Promise<Callers['account'] | Refusal> {
  const caller = await identified(tx, asks, dispatcher)
  return isRefusal(caller) ? caller : ((await denial(tx, asks.path, caller, dispatcher)) ?? caller)
}

/** What a request says, whatever the order of its fields. */
function digestOf(path: Path, request: object): string {
  return hash('sha256', `${path}\n${JSON.stringify(inOrder(request))}`, 'base64url')
}

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  const ordered: Record<string, unknown> = {}
  for (const name of Object.keys(value).sort()) ordered[name] = inOrder((value as Record<string, unknown>)[name])
  return ordered
}

/**
 * One instruction in its one transaction: who asks, whether it was answered before, the handler, and what is kept of a refusal. What
 * the store has at once is gone on with at once.
 */
export class Execution {
  /** The accounts that were told something. */
  told: readonly number[] = []
  private readonly asks: Asks
  private readonly said: Said
  private readonly handle: Handle
  private readonly deciders: Deciders
  private readonly isDry: boolean

  constructor(asks: Asks, said: Said, handle: Handle, deciders: Deciders) {
    this.asks = asks
    this.said = said
    this.handle = handle
    this.deciders = deciders
    this.isDry = asks.header.dry_run === true
  }

  within(tx: Transaction): Awaitable<Wrapped> {
    this.told = []
    return after(identified(tx, this.asks, this.deciders), (caller) => {
      if (isRefusal(caller)) return { answer: caller }
      tx.said = { by: caller.account ?? null, path: this.asks.path }
      const key = this.asks.header.idempotency_key
      return key === undefined || this.isDry ? this.ifAllowed(tx, caller) : this.once(tx, caller, key)
    })
  }

  /** What was answered once is answered again, whatever the account may do by now. */
  private once(tx: Transaction, caller: Caller, key: string): Awaitable<Wrapped> {
    const digest = digestOf(this.asks.path, this.said.request)
    return after(tx.answers.find('key', [caller.account, key]), (before) => {
      if (!before) return this.ifAllowed(tx, caller, { key, digest })
      return { answer: (before.digest === digest ? before.answer : refuse('idempotency_conflict')) as Answer<Declared> }
    })
  }

  private ifAllowed(tx: Transaction, caller: Caller, named?: Named): Awaitable<Wrapped> {
    return after(denial(tx, this.asks.path, caller, this.deciders), (denied) =>
      denied ? { answer: denied } : this.handled(tx, caller, named),
    )
  }

  private handled(tx: Transaction, caller: Caller, named: Named | undefined): Awaitable<Wrapped> {
    const { request, stamp, daemon } = this.said
    const { tell, accounts } = telling(tx)
    const answering = after(settleDue(tx, tell), () =>
      // Spelled out, as a spread that fields are added to is slow.
      this.handle({ request, stamp, daemon, caller, tx, now: tx.now, tell }),
    )
    return after(answering, (answer) =>
      isRefusal(answer) ? this.refused(tx, caller, answer, named) : this.kept(tx, caller, answer, accounts, named),
    )
  }

  private async refused(tx: Transaction, caller: Caller, refusal: Refusal, named: Named | undefined): Promise<Wrapped> {
    await tx.undo()
    // What was due is settled, whatever was refused.
    const { tell, accounts } = telling(tx)
    await settleDue(tx, tell)
    return this.kept(tx, caller, refusal, accounts, isRemembered(refusal) ? named : undefined)
  }

  private kept(
    tx: Transaction,
    caller: Caller,
    answer: Answer<Declared>,
    accounts: readonly number[],
    named: Named | undefined,
  ): Awaitable<Wrapped> {
    const remembering =
      named && tx.answers.add({ account: caller.account, key: named.key, digest: named.digest, answer: { ...answer } })
    return after(remembering, () => {
      if (this.isDry || !(tx.changed || tx.isShared)) return { answer }
      this.told = accounts
      return after(this.deciders.identifier.storeUse(tx, caller), () => ({ answer }))
    })
  }
}

/** Limits pass and a malformed request was never one; what a rule decided stands (decisions.md, Money). */
function isRemembered({ code }: Refusal): boolean {
  return !['malformed_request', 'too_busy', 'too_many_requests', 'too_many_attempts', 'server_full'].includes(code)
}
