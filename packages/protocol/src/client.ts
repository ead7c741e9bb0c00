import { declarationOf, type Path, type Request, type Response } from './catalogue.ts'
import { chainOf } from './chain.ts'
import { type AnswerFrame, type EventFrame, type Header, isEvent } from './frame.ts'
import { isRefusal, type Refusal, refuse } from './refusals.ts'

/** What the client needs of a WebSocket; the one of `ws` and the global one both have it. */
export interface Socket {
  onopen: unknown
  onmessage: unknown
  onclose: unknown
  onerror: unknown
  send(text: string): void
  close(): void
}

/** A WebSocket constructor, handed in by the program. */
export type SocketConstructor = new (url: string, options?: { headers: Record<string, string> }) => Socket

/** The connection ended, never came about, or the answer is overdue; whether an instruction was done is then unknown unless `sent` is false. */
export class ConnectionLost extends Error {
  readonly sent: boolean

  constructor(message: string, sent: boolean) {
    super(message)
    this.name = 'ConnectionLost'
    this.sent = sent
  }
}

/** How a program connects. */
export interface ConnectOptions {
  WebSocket: SocketConstructor
  clientId?: string
  sessionToken?: string
  timestamps?: 'local' | 'iso'
  /** HTTP headers of the handshake, where the constructor takes them as that of `ws` does. */
  headers?: Record<string, string>
  /** How long to wait for the connection and, unless told otherwise, for each answer; 30,000. */
  timeoutMs?: number
  /**
   * Connects again after a loss, with growing pauses, for at most this long. Requests that have an idempotency key or change
   * nothing are then sent again; others are rejected with ConnectionLost, as are all without this option.
   */
  reconnectMs?: number
  /** Hears when the connection is lost and when it is back. */
  onConnection?: (state: 'lost' | 'back') => void
}

/** What goes along with one request. */
export interface SayOptions {
  idempotencyKey?: string
  dryRun?: boolean
  /** The email of whom the caller believes to be active. */
  account?: string
  timestamps?: 'local' | 'iso'
  timeoutMs?: number
  /**
   * The pipeline it belongs to, from 1 on: done in order, and only if all said before it with that number were, also across a
   * reconnection; else it is answered `pipeline_broken`. A higher number begins the next one and ends the one before.
   */
  pipeline?: number
  /** Hears how far long work is, for the operator's instructions that tell. */
  progress?: (done: number, of: number) => void
}

/** What an instruction is answered with. */
export type Answer<P extends Path> = (Response<P> & { failed: false }) | Refusal

/** Events of the account that was active when it was made, until it is cancelled. */
export interface Subscription {
  /** Where it began. */
  cursor: number
  cancel(): Promise<void>
  /** Ends with the refusal, if it could not be made again after a reconnection. */
  ended: Promise<Refusal | undefined>
}

/** One connection to a daemon; requests may be pipelined. */
export interface Client {
  say<P extends Path>(path: P, request: Request<P>, options?: SayOptions): Promise<Answer<P>>
  /** Has events handed to the listener, from a cursor on if one is given, across reconnections. */
  subscribe(from: number | undefined, listener: (event: EventFrame) => void): Promise<Subscription | Refusal>
  /** Says who is speaking from the next request on. */
  identify(clientId: string, sessionToken?: string): void
  close(): void
  /** Fulfilled once the connection is over for good. */
  closed: Promise<void>
}

interface Open {
  frame: string
  again: boolean
  sent: boolean
  pipeline: number | undefined
  timer: ReturnType<typeof setTimeout>
  progress: SayOptions['progress']
  resolve(answer: never): void
  reject(fault: Error): void
}

interface Listening {
  cursor: number | undefined
  listener: (event: EventFrame) => void
  end(refusal?: Refusal): void
}

/** Refusals that pass: a subscription is said again instead of ended by one. */
const passing: readonly string[] = ['store_unavailable', 'shutting_down', 'too_busy', 'too_many_requests']

const PAUSE_MS = 100
const PAUSE_MAX_MS = 5_000

/** Connects to a daemon; the url may be a function, asked again before every attempt. */
export async function connect(
  url: string | (() => string | Promise<string>),
  options: ConnectOptions,
): Promise<Client> {
  const timeoutMs = options.timeoutMs ?? 30_000
  const open = new Map<number, Open>()
  let listening: Listening | undefined
  let socket: Socket | undefined
  let over = false
  let lastId = 0
  /** The last pipeline of which something was refused or lost. */
  let broken = 0
  const resting = new Set<ReturnType<typeof setTimeout>>()
  let { clientId, sessionToken } = options
  let finish = () => {}
  const closed = new Promise<void>((resolve) => {
    finish = resolve
  })

  function hear(text: unknown): void {
    const frame = JSON.parse(String(text)) as AnswerFrame | EventFrame
    if (isEvent(frame)) {
      if (frame.event === 'system.progress') {
        const { done, of } = frame.data as { done: number; of: number }
        for (const { progress } of open.values()) progress?.(done, of)
        return
      }
      if (!listening) return
      if (frame.cursor !== null) {
        // A subscription that was said twice, for its answer was lost, tells again what was told.
        if (listening.cursor !== undefined && frame.cursor <= listening.cursor) return
        listening.cursor = frame.cursor
      }
      listening.listener(frame)
      return
    }
    const asked = open.get(frame.id as number)
    if (!asked) return
    open.delete(frame.id as number)
    clearTimeout(asked.timer)
    if (isRefusal(frame.response)) breakPipeline(asked)
    asked.resolve(frame.response as never)
  }

  function breakPipeline({ pipeline }: Open): void {
    if (pipeline !== undefined && pipeline > broken) broken = pipeline
  }

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        resting.delete(timer)
        resolve()
      }, ms)
      resting.add(timer)
    })

  function end(): void {
    over = true
    // Nothing keeps a program alive that has closed its connection.
    for (const timer of resting) clearTimeout(timer)
    socket = undefined
    for (const [id, { sent }] of open) drop(id, new ConnectionLost('The connection to the daemon was lost.', sent))
    listening?.end()
    listening = undefined
    finish()
  }

  function drop(id: number, fault: ConnectionLost): void {
    const asked = open.get(id)
    if (!asked) return
    open.delete(id)
    clearTimeout(asked.timer)
    breakPipeline(asked)
    asked.reject(fault)
  }

  async function dial(): Promise<void> {
    const target = typeof url === 'string' ? url : await url()
    const next = options.headers
      ? new options.WebSocket(target, { headers: options.headers })
      : new options.WebSocket(target)
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer)
        next.onopen = next.onclose = null
        next.onerror = () => {}
        next.close()
        reject(new ConnectionLost(`The daemon at ${target} cannot be reached${why && `: ${why}`}.`, false))
      }
      const timer = setTimeout(() => fail('no answer'), timeoutMs)
      next.onerror = (event: { message?: string; error?: { code?: string } }) =>
        fail(event.error?.code ?? event.message ?? '')
      next.onclose = () => fail('the connection was closed')
      next.onopen = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    next.onmessage = (event: { data: unknown }) => hear(event.data)
    next.onerror = () => {}
    next.onclose = () => lose(next)
    socket = next
  }

  function lose(lost: Socket): void {
    if (lost !== socket) return
    socket = undefined
    if (over || !options.reconnectMs) {
      end()
      return
    }
    for (const [id, asked] of open) {
      // What is behind it in its pipeline must not be done without it.
      const isCut = asked.pipeline !== undefined && asked.pipeline <= broken
      if (!asked.again || isCut) drop(id, new ConnectionLost('The connection to the daemon was lost.', asked.sent))
    }
    options.onConnection?.('lost')
    void comeBack(Date.now() + options.reconnectMs)
  }

  async function comeBack(until: number): Promise<void> {
    for (let wait = PAUSE_MS; !over; wait = Math.min(wait * 2, PAUSE_MAX_MS)) {
      // Half of it at random, so that many clients of one daemon do not come back at once.
      await pause(wait / 2 + Math.random() * (wait / 2))
      if (over) return
      try {
        await dial()
      } catch {
        if (Date.now() > until) return end()
        continue
      }
      if (over) return socket?.close()
      for (const asked of open.values()) transmit(asked)
      options.onConnection?.('back')
      if (listening) void listenAgain()
      // A connection on which no session speaks is not kept open for long.
      else if (sessionToken !== undefined) void say('client action view session', {}).catch(() => {})
      return
    }
  }

  /** Subscribes on a connection that came back, as long as it lasts: the next one is for whoever comes back on it. */
  async function listenAgain(): Promise<void> {
    const [again, here] = [listening, socket]
    const isDue = () => again !== undefined && again === listening && here === socket && !over
    for (let wait = PAUSE_MS; again && isDue(); wait = Math.min(wait * 2, PAUSE_MAX_MS)) {
      try {
        const request = again.cursor === undefined ? {} : { from: again.cursor }
        const answer = await say('client action subscribe events', request)
        if (!isRefusal(answer) || again !== listening) return
        if (!passing.includes(answer.code)) {
          listening = undefined
          again.end(answer)
          return
        }
      } catch {
        // Lost with its connection, or overdue.
      }
      if (isDue()) await pause(wait)
    }
  }

  function transmit(asked: Open): void {
    asked.sent = true
    socket?.send(asked.frame)
  }

  function say<P extends Path>(path: P, request: Request<P>, extras: SayOptions = {}): Promise<Answer<P>> {
    const id = ++lastId
    const header: Header = {}
    if (clientId !== undefined) header.client_id = clientId
    if (sessionToken !== undefined) header.session_token = sessionToken
    const timestamps = extras.timestamps ?? options.timestamps
    if (timestamps !== undefined) header.timestamps = timestamps
    if (extras.idempotencyKey !== undefined) header.idempotency_key = extras.idempotencyKey
    if (extras.dryRun !== undefined) header.dry_run = extras.dryRun
    if (extras.account !== undefined) header.account = extras.account
    const { pipeline } = extras
    if (pipeline !== undefined) {
      if (pipeline <= broken) return Promise.resolve(refuse('pipeline_broken'))
      header.pipeline = pipeline
    }
    const frame = JSON.stringify({ id, header, command_chain: chainOf(path, request as Record<string, unknown>) })
    const again = extras.idempotencyKey !== undefined || !declarationOf(path).changes

    return new Promise((resolve, reject) => {
      if (!socket && (over || !again)) {
        reject(new ConnectionLost('There is no connection to the daemon.', false))
        return
      }
      const overdue = () => {
        drop(id, new ConnectionLost('The answer of the daemon is overdue.', open.get(id)?.sent ?? false))
      }
      const timer = setTimeout(overdue, extras.timeoutMs ?? timeoutMs)
      const asked: Open = { frame, again, sent: false, pipeline, timer, progress: extras.progress, resolve, reject }
      open.set(id, asked)
      if (socket) transmit(asked)
    })
  }

  await dial()
  return {
    say,
    async subscribe(from, listener) {
      let finished: (refusal?: Refusal) => void = () => {}
      const ended = new Promise<Refusal | undefined>((resolve) => {
        finished = resolve
      })
      const own: Listening = { cursor: from, listener, end: (refusal) => finished(refusal) }
      const before = listening
      // Events may overtake the answer.
      listening = own
      const answer = await say('client action subscribe events', from === undefined ? {} : { from })
      if (isRefusal(answer)) {
        listening = before
        return answer
      }
      before?.end()
      own.cursor ??= answer.cursor
      return {
        cursor: answer.cursor,
        ended,
        async cancel() {
          if (listening !== own) return
          listening = undefined
          own.end()
          if (!over) await say('client action unsubscribe events', {})
        },
      }
    },
    identify(nextClientId, nextSessionToken) {
      clientId = nextClientId
      sessionToken = nextSessionToken
    },
    close() {
      const last = socket
      end()
      last?.close()
    },
    closed,
  }
}
