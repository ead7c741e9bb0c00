import {
  type Answer,
  type Client,
  ConnectionLost,
  declarationOf,
  isKeyed,
  isRefusal,
  type Path,
  type Refusal,
  type Request,
  refuse,
} from '@ewallet/protocol'
import { Failure } from './failure.ts'
import type { Kept, Keyring } from './keyring.ts'
import { isDecided, isUnknownTo, lostBecause, versionsDiffer } from './link-failures.ts'
import type { KeySource, PendingKey } from './pending.ts'

/** What an instruction came to. */
export interface Outcome {
  answer: Answer<Path>
  /** To be called once the answer is told; until then a money command that is given again has the same key. */
  told(): void
}

/** Says instructions without waiting for answers, each to be done only if all before it were. */
export interface Pipeline {
  /** Whether it takes an instruction; what needs more than one frame, or repeats an unanswered command, is for `Link.say`. */
  takes(path: Path, request: Record<string, unknown>): boolean
  /** Says it in its turn; rejected where no answer can be had. */
  say(path: Path, request: Record<string, unknown>, dryRun: boolean): Promise<Outcome>
  /** Fulfilled once nothing is being sent any more. */
  end(): Promise<void>
}

/** What a pipeline needs of its link. */
export interface PipelineParts {
  context: string
  keyring: Keyring
  pending: KeySource
  timeoutMs: number
  /** The account to be sent along with an instruction. */
  accountFor(path: Path): string | undefined
  /** Whether unanswered commands before are let be. */
  again: boolean
  /** Whether a daemon that could not be reached even once may come up by itself. */
  isLocal: boolean
  /** Whether lines behind one that was refused are done nevertheless. */
  goesOn: boolean
  connection(waitMs: number): Promise<Client>
  isConnected(): boolean
  isClosed(): boolean
  /** Replaces a worn-out session. */
  replace(worn: string | undefined): Promise<Kept>
  /** The number of the next pipeline on the connection. */
  nextNumber(): number
  /** Hears every answer that counts. */
  heard(path: Path, request: object, answer: Answer<Path>, dryRun: boolean): Promise<void> | void
  movesMoney(path: Path): boolean
  say(sentence: string): void
}

interface Command {
  path: Path
  request: Record<string, unknown>
  dryRun: boolean
  account: string | undefined
  /** The key it goes with, kept on disk where it moves money. */
  key: string | undefined
  pending: PendingKey | undefined
  wasSent: boolean
  answer: Answer<Path> | undefined
  resolve(outcome: Outcome): void
  reject(fault: Error): void
}

/** How many may be on their way at once; well under what a session may have open. */
const WINDOW = 256
const RETRY_MS = 200
const RETRY_MAX_MS = 2_000
const BUSY_MS = 20

const wornOut = ['session_token_invalid', 'client_id_invalid']
/** Refusals that pass: the command is said again in its old place. */
const passing = ['too_many_requests', 'too_busy', 'pipeline_broken']

/** Opens a pipeline; nothing is connected before the first thing is said. */
export function openPipeline(parts: PipelineParts): Pipeline {
  return new CommandPipeline(parts)
}

class CommandPipeline implements Pipeline {
  private readonly parts: PipelineParts
  /** What is not settled, in order; the first `sent` are on their way. */
  private readonly open: Command[] = []
  private sent = 0
  /** Answers to what was sent before everything had to be sent again do not count. */
  private epoch = 0
  private number: number | undefined
  private window = WINDOW
  /** What the window may grow to; smaller while the daemon has too much to do. */
  private most = WINDOW
  private pumping: Promise<void> | undefined
  private isResting = false
  private isOver = false
  private isReplaced = false
  private isReached = false
  private isSlow = false
  private wait = RETRY_MS
  /** When something was settled last, or the first thing said. */
  private goodAt = 0

  constructor(parts: PipelineParts) {
    this.parts = parts
  }

  takes(path: Path, request: Record<string, unknown>): boolean {
    const { access, changes, permission } = declarationOf(path)
    if (access !== 'account') return false
    if (changes && (!isKeyed(path) || permission === undefined)) return false
    const { again, context, pending, accountFor, movesMoney } = this.parts
    if (again || !movesMoney(path)) return true
    return pending.unanswered({ context, account: accountFor(path), path, request }) === undefined
  }

  say(path: Path, request: Record<string, unknown>, dryRun: boolean): Promise<Outcome> {
    if (this.isOver) return Promise.resolve({ answer: refuse('pipeline_broken'), told() {} })
    const account = this.parts.accountFor(path)
    if (this.open.length === 0) this.goodAt = Date.now()
    return new Promise((resolve, reject) => {
      this.open.push({
        path,
        request,
        dryRun,
        account,
        key: undefined,
        pending: undefined,
        wasSent: false,
        answer: undefined,
        resolve,
        reject,
      })
      // What is said in the same turn goes together: one write of keys, one of frames.
      if (!this.pumping) setImmediate(() => this.pump())
    })
  }

  async end(): Promise<void> {
    await this.pumping
  }

  private pump(): void {
    if (!this.pumping && this.canSend()) this.pumping = this.sendAll()
  }

  private canSend(): boolean {
    if (this.isOver || this.isResting) return false
    return this.sent < Math.min(this.open.length, Math.trunc(this.window))
  }

  private async sendAll(): Promise<void> {
    while (this.canSend()) await this.sendSome()
    this.pumping = undefined
  }

  private async sendSome(): Promise<void> {
    const { epoch, parts } = this
    const batch = this.open.slice(this.sent, Math.trunc(this.window))
    try {
      await Promise.all(batch.map((command) => this.makeKey(command)))
      const kept = parts.keyring.read(parts.context)
      this.isReached ||= parts.isConnected()
      const client = await parts.connection(parts.timeoutMs)
      if (epoch !== this.epoch || this.isOver) return
      if (kept) {
        client.identify(kept.clientId, kept.sessionToken)
        this.transmit(client, batch)
      } else this.refuseFirst(refuse('not_logged_in'))
    } catch (fault) {
      if (epoch === this.epoch) this.lose(fault as Error)
    } finally {
      // What was to be sent when the one before was refused is not done; nobody needs its key.
      if (this.isOver) for (const { pending, wasSent } of batch) if (!wasSent) pending?.answered()
    }
  }

  private async makeKey(command: Command): Promise<void> {
    const { path, request, account, dryRun } = command
    if (command.key !== undefined || dryRun || !declarationOf(path).changes) return
    const { context, pending, movesMoney } = this.parts
    if (!movesMoney(path)) {
      command.key = crypto.randomUUID()
      return
    }
    command.pending = await pending.create({ context, account, path, request })
    command.key = command.pending.key
  }

  private transmit(client: Client, batch: readonly Command[]): void {
    const { epoch } = this
    this.number ??= this.parts.nextNumber()
    for (const command of batch) {
      const { path, request, account, key, dryRun } = command
      command.wasSent = true
      this.sent += 1
      const answer = client.say(path, request as Request<Path>, {
        pipeline: this.number,
        timeoutMs: this.parts.timeoutMs,
        ...(account !== undefined && { account }),
        ...(key !== undefined && { idempotencyKey: key }),
        ...(dryRun && { dryRun }),
      })
      answer.then(
        (heard) => {
          if (epoch !== this.epoch) return
          command.answer = heard
          if (command === this.open[0]) this.advance()
        },
        (fault) => {
          if (epoch === this.epoch) this.lose(fault as Error)
        },
      )
    }
  }

  /** Settles what is answered, in order; answers may overtake each other. */
  private advance(): void {
    for (let first = this.open[0]; first?.answer !== undefined; first = this.open[0]) {
      if (isRefusal(first.answer)) {
        this.refuseFirst(first.answer)
        return
      }
      this.settleFirst(first, first.answer)
      this.most = Math.min(WINDOW, this.most + 1 / this.most)
      this.window = Math.min(this.most, this.window * 2)
    }
    this.pump()
  }

  private settleFirst(first: Command, answer: Answer<Path>): Promise<void> | void {
    const { path, request, dryRun, pending, resolve, reject } = first
    this.open.shift()
    this.sent = Math.max(0, this.sent - 1)
    this.goodAt = Date.now()
    this.wait = RETRY_MS
    this.isReplaced = false
    const noted = this.parts.heard(path, request, answer, dryRun)
    const isSettled = !isRefusal(answer) || isDecided(answer)
    const told = () => (isSettled ? pending?.answered() : pending?.leave())
    if (isRefusal(answer) && isUnknownTo(answer)) {
      told()
      reject(versionsDiffer())
    } else resolve({ answer, told })
    return noted
  }

  /** What the first comes to that was refused: it is said again in its old place, or that is its answer. */
  private refuseFirst(refusal: Refusal): void {
    this.beginAnew()
    void this.overcome(refusal).then(
      (isOvercome) => {
        if (!isOvercome && !this.parts.goesOn) this.stop()
        this.isResting = false
        this.pump()
      },
      (fault) => this.lose(fault as Error),
    )
  }

  private async overcome(refusal: Refusal): Promise<boolean> {
    const [first] = this.open
    if (!first) return true
    const { replace, keyring, context, timeoutMs, say } = this.parts
    if (wornOut.includes(refusal.code) && !this.isReplaced) {
      this.isReplaced = true
      await replace(keyring.read(context)?.sessionToken)
      return true
    }
    if (passing.includes(refusal.code)) {
      const seconds = refusal.details?.seconds
      const pauseMs = typeof seconds === 'number' ? seconds * 1_000 : Math.min(this.wait / (RETRY_MS / BUSY_MS), 1_000)
      if (Date.now() + pauseMs < this.goodAt + timeoutMs) {
        if (refusal.code === 'too_busy') this.most = Math.max(1, Math.trunc(this.most / 2))
        if (!this.isSlow && refusal.code !== 'pipeline_broken')
          say('The daemon has too much to do; going on more slowly.')
        this.isSlow = true
        this.window = Math.min(this.window, this.most)
        this.wait *= 2
        await pause(pauseMs)
        return true
      }
    }
    await this.settleFirst(first, refusal)
    // Where one fails the next may: what is sent behind a failure is sent for nothing.
    this.window = 1
    return false
  }

  /** From now on everything is to be sent anew. */
  private beginAnew(): void {
    this.isResting = true
    this.epoch += 1
    this.sent = 0
    this.number = undefined
    for (const command of this.open) command.answer = undefined
  }

  private lose(fault: Error): void {
    this.beginAnew()
    if (!this.isWorthAnother(fault)) {
      this.giveUp(isLost(fault) ? lostBecause(fault, this.open[0]?.wasSent === true, true) : fault)
      return
    }
    if (this.wait === RETRY_MS) this.parts.say('The connection to the daemon was lost; trying again.')
    const pauseMs = this.wait
    this.wait = Math.min(this.wait * 2, RETRY_MAX_MS)
    void pause(pauseMs).then(() => {
      this.isResting = false
      this.pump()
    })
  }

  /** Whether everything is sent again after a loss: where there was a connection once, and not for ever. */
  private isWorthAnother(fault: Error): boolean {
    const { isClosed, isConnected, isLocal, timeoutMs } = this.parts
    if (!isLost(fault)) return false
    const wasSent = fault instanceof ConnectionLost && fault.sent
    this.isReached ||= isConnected() || wasSent || (isLocal && fault instanceof ConnectionLost)
    return !isClosed() && this.isReached && Date.now() + this.wait <= this.goodAt + timeoutMs
  }

  /** Nobody answers: what became of all that was sent is not known. */
  private giveUp(fault: Error): void {
    if (!this.parts.goesOn) this.isOver = true
    for (const { pending, wasSent, reject } of this.open.splice(0)) {
      if (wasSent) pending?.leave()
      else pending?.answered()
      reject(fault)
    }
    this.wait = RETRY_MS
    this.isResting = false
  }

  /** The first was refused, so the daemon does nothing of what is behind it. */
  private stop(): void {
    this.isOver = true
    for (const { pending, resolve } of this.open.splice(0)) {
      pending?.answered()
      resolve({ answer: refuse('pipeline_broken'), told() {} })
    }
  }
}

/** Whether a connection was lost or not to be had; a daemon that does not start is another matter. */
function isLost(fault: Error): boolean {
  if (fault instanceof ConnectionLost) return true
  return fault instanceof Failure && fault.exit === 'unreachable' && fault.code !== 'daemon_not_started'
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
