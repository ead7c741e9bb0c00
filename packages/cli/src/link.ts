import { setTimeout as pause } from 'node:timers/promises'
import {
  type Answer,
  type Client,
  ConnectionLost,
  connect,
  declarationOf,
  isKeyed,
  isRefusal,
  type Path,
  type Permission,
  type Request,
  refuse,
  type SocketConstructor,
} from '@ewallet/protocol'
import { Failure, granted } from './failure.ts'
import type { Kept, Keyring } from './keyring.ts'
import { givenUp, isDecided, isUnknownTo, lostBecause, versionsDiffer } from './link-failures.ts'
import { agoOf, type KeySource, type MoneyCommand, type PendingKey } from './pending.ts'
import type { Pipeline } from './pipeline.ts'
import { openTurns, type Turn } from './turns.ts'

/** How a link reaches its daemon and whom it speaks for. */
export interface LinkOptions {
  context: string
  /** Where the daemon listens, asked again after every loss; may start it. */
  locate: () => Promise<string>
  /** Whether the daemon comes back by itself, so that not even the first connection need be given up when it is lost. */
  isLocal: boolean
  /** Where the admin channel of a local daemon is. */
  locateAdmin: () => Promise<string>
  keyring: Keyring
  pending: KeySource
  timeoutMs: number
  /** The account that must be active, by --as. */
  as: string | undefined
  /** Whether an unanswered command before is let be, by --again. */
  again: boolean
  /** Hears every answer, with what was said. */
  heard?: (path: Path, request: object, answer: Answer<Path>) => void
  /** Talk on stderr. */
  say: (sentence: string) => void
  /** Asks a person, where one can be asked; true where the question is whether this repeats a command. */
  repeats: (question: string) => Promise<boolean>
}

/** What may be said besides a request. */
interface Extras {
  dryRun?: boolean
  /** Of the operator's instructions only: how far they are, and how long they may take. */
  progress?: (done: number, of: number) => void
  timeoutMs?: number
}

/** A command's way to the daemon: finds it, is known to it, and says things once and in order even where the connection breaks. */
export interface Link {
  say<P extends Path>(path: P, request: Request<P>, extras?: Extras): Promise<Answer<P>>
  /** Begins to say things without waiting; `goesOn` where a refusal does not end it. */
  pipeline(goesOn: boolean): Promise<Pipeline>
  /** The connection itself, known to the daemon, for what needs to stay on it. */
  client(): Promise<Client>
  /** How this machine is known to the daemon; obtained where nothing is kept. */
  identity(): Promise<Kept>
  /** Gets a new client id and session token; whoever was logged in is not any more. */
  renew(): Promise<Kept>
  /** Ends it for good; what is unanswered is given up. */
  close(): void
  readonly isClosed: boolean
}

/** Permissions whose instructions move credits or time. */
const money: readonly (Permission | undefined)[] = ['supply', 'transfer', 'pay', 'convert', 'clock']

/** Whether an instruction moves credits or time. */
export function movesMoney(path: Path): boolean {
  return money.includes(declarationOf(path).permission)
}

const RETRY_MS = 200
const RETRY_MAX_MS = 2_000

/** Prepares a link; nothing is loaded or connected before the first thing is said. */
export function openLink(options: LinkOptions): Link {
  const { context, keyring, pending, timeoutMs } = options
  let connected: Client | undefined
  let admin: Client | undefined
  let isClosed = false
  let lastPipeline = 0
  const turns = openTurns()

  async function dial(locate: () => Promise<string>, waitMs: number): Promise<Client> {
    const [{ CorkedSocket }, url] = await Promise.all([import('./corked-socket.ts'), locate()])
    const WebSocket = CorkedSocket as unknown as SocketConstructor
    return connect(url, { WebSocket, timestamps: 'iso', timeoutMs: waitMs })
  }

  async function connection(waitMs = timeoutMs): Promise<Client> {
    if (connected) return connected
    if (isClosed) throw givenUp()
    const client = await dial(options.locate, waitMs)
    if (isClosed) {
      client.close()
      throw givenUp()
    }
    connected = client
    void client.closed.then(() => {
      if (connected === client) connected = undefined
    })
    return client
  }

  async function adminConnection(): Promise<Client> {
    admin ??= await dial(async () => `ws+unix://${await options.locateAdmin()}:/`, timeoutMs)
    return admin
  }

  async function obtain(): Promise<Kept> {
    const client = await connection()
    const { client_id: clientId } = granted(await client.say('client action request client_id', {}))
    client.identify(clientId)
    const request = { client_id: clientId }
    const { session_token: sessionToken } = granted(await client.say('client action request session_token', request))
    return { clientId, sessionToken }
  }

  const replace = (worn: string | undefined) => keyring.replace(context, worn, obtain)

  async function identity(): Promise<Kept> {
    return keyring.read(context) ?? (await replace(undefined))
  }

  /** One attempt: who speaks, then what is said; a worn-out session is replaced on the way. */
  async function attempt(
    path: Path,
    request: object,
    extras: object,
    waitMs: number,
    turn: Turn,
  ): Promise<Answer<Path>> {
    const { access } = declarationOf(path)
    const client = await connection(waitMs)
    const say = () => {
      const answer = client.say(path, request as Request<Path>, { ...extras, timeoutMs: waitMs })
      turn.sent()
      return answer
    }
    const kept = keyring.read(context)
    if (kept) client.identify(kept.clientId, kept.sessionToken)
    if (access === 'anyone') return say()
    // Nobody is logged in on a session that does not exist yet.
    if (!kept && access === 'account') return refuse('not_logged_in')
    const known = kept ?? (await replace(undefined))
    client.identify(known.clientId, known.sessionToken)
    const answer = await say()
    if (!isRefusal(answer) || !['session_token_invalid', 'client_id_invalid'].includes(answer.code)) return answer
    const next = await replace(known.sessionToken)
    client.identify(next.clientId, next.sessionToken)
    return say()
  }

  /** The account that is sent along: with a money command whoever this shell believes to be active. */
  function accountFor(path: Path): string | undefined {
    return options.as ?? (movesMoney(path) ? keyring.accountHere(context) : undefined)
  }

  /** The key of this command, or that of an identical one before it which nobody answered. */
  async function keyFor(command: MoneyCommand): Promise<PendingKey> {
    const before = options.again ? undefined : pending.unanswered(command)
    if (before) {
      const ago = agoOf(Date.now() - before.since.getTime())
      const question = `The same command was given ${ago} and never answered. Is this the same one, to be done once?`
      const same = (await options.repeats(question)) ? before.takeUp() : undefined
      if (same) {
        options.say(`Taking up the same command given ${ago}, which was never answered; --again would do it anew.`)
        return same
      }
    }
    return pending.create(command)
  }

  async function sayUntilAnswered(
    path: Path,
    request: object,
    extras: object,
    safe: boolean,
    turn: Turn,
  ): Promise<Answer<Path>> {
    const until = Date.now() + timeoutMs
    let reached = connected !== undefined
    let everSent = false
    for (let wait = RETRY_MS; ; wait = Math.min(wait * 2, RETRY_MAX_MS)) {
      await turn.mine()
      try {
        return await attempt(path, request, extras, Math.max(1, until - Date.now()), turn)
      } catch (fault) {
        turn.lost()
        const lost = fault instanceof ConnectionLost || (fault instanceof Failure && fault.exit === 'unreachable')
        if (!lost || (fault instanceof Failure && fault.code === 'daemon_not_started')) throw fault
        const sent = fault instanceof ConnectionLost && fault.sent
        everSent ||= sent
        reached ||= connected !== undefined || sent || (options.isLocal && fault instanceof ConnectionLost)
        if (isClosed || (sent && !safe) || !reached || Date.now() + wait > until)
          throw lostBecause(fault, everSent, safe)
        if (wait === RETRY_MS) options.say('The connection to the daemon was lost; trying again.')
        await pause(wait)
      }
    }
  }

  async function say(path: Path, request: object, extras: Extras = {}): Promise<Answer<Path>> {
    if (declarationOf(path).access === 'system') {
      const client = await adminConnection()
      return client.say(path, request as Request<Path>, extras)
    }
    const turn = turns.take()
    try {
      return await sayInTurn(path, request, extras, turn)
    } finally {
      turn.over()
    }
  }

  async function sayInTurn(path: Path, request: object, extras: Extras, turn: Turn): Promise<Answer<Path>> {
    const { access, permission, changes } = declarationOf(path)
    const isMoney = movesMoney(path)
    const account = accountFor(path)
    const named = access === 'account' && account !== undefined ? { ...extras, account } : extras
    const keyed = isKeyed(path) && permission !== undefined && !extras.dryRun
    if (!keyed) return sayUntilAnswered(path, request, named, !changes || extras.dryRun === true, turn)
    if (!isMoney) return sayUntilAnswered(path, request, { ...named, idempotencyKey: crypto.randomUUID() }, true, turn)

    const key = await keyFor({ context, account, path, request: request as Record<string, unknown> })
    let answered = false
    try {
      const answer = await sayUntilAnswered(path, request, { ...named, idempotencyKey: key.key }, true, turn)
      answered = !isRefusal(answer) || isDecided(answer)
      return answer
    } finally {
      if (answered) key.answered()
      else key.leave()
    }
  }

  /** Who is active changes with a few instructions; what is remembered follows. */
  async function note(path: Path, answer: Answer<Path>): Promise<void> {
    if (isRefusal(answer)) {
      if (answer.code === 'not_logged_in') await keyring.remember(context, undefined)
      return
    }
    if (path === 'client action edit account') await keyring.remember(context, (answer as { account: string }).account)
    if (!follows.includes(path)) return
    const { session_data: session } = answer as { session_data: { session_user_account: string | null } }
    await keyring.remember(context, session.session_user_account ?? undefined)
  }

  function heard(path: Path, request: object, answer: Answer<Path>, dryRun: boolean): Promise<void> | void {
    if (dryRun) return
    const isNoted = isRefusal(answer) || path === 'client action edit account' || follows.includes(path)
    const noted = isNoted ? note(path, answer) : undefined
    options.heard?.(path, request, answer)
    return noted
  }

  return {
    async say<P extends Path>(path: P, request: Request<P>, extras?: Extras) {
      const answer = await say(path, request, extras)
      await heard(path, request, answer, extras?.dryRun === true)
      if (isRefusal(answer) && isUnknownTo(answer)) throw versionsDiffer()
      return answer as Answer<P>
    },
    async pipeline(goesOn) {
      const { openPipeline } = await import('./pipeline.ts')
      return openPipeline({
        context,
        keyring,
        pending,
        timeoutMs,
        accountFor,
        again: options.again,
        isLocal: options.isLocal,
        goesOn,
        connection,
        isConnected: () => connected !== undefined,
        isClosed: () => isClosed,
        replace,
        nextNumber: () => ++lastPipeline,
        heard,
        movesMoney,
        say: options.say,
      })
    },
    async client() {
      const client = await connection()
      const { clientId, sessionToken } = await identity()
      client.identify(clientId, sessionToken)
      return client
    },
    identity,
    renew: async () => {
      await keyring.remember(context, undefined)
      return replace(keyring.read(context)?.sessionToken)
    },
    get isClosed() {
      return isClosed
    },
    close() {
      isClosed = true
      connected?.close()
      admin?.close()
      connected = admin = undefined
    },
  }
}

const follows: readonly Path[] = [
  'client action login',
  'client action logout',
  'client action switch account',
  'client action recover account',
]
