import { type IncomingHttpHeaders, request } from 'node:http'
import { connect, createServer } from 'node:net'
import type { EventFrame, FrameId, Refusal } from '@ewallet/protocol'
import { onTestFinished } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { type Config, defaults } from '../packages/server/src/config.ts'
import { Reception } from '../packages/server/src/listeners/reception.ts'
import { ListeningSockets } from '../packages/server/src/listeners/sockets.ts'
import { openLog } from '../packages/server/src/log.ts'
import { expose } from '../packages/server/src/metrics/exposition.ts'
import { Metrics, type RefusedFor } from '../packages/server/src/metrics/metrics.ts'
import { aDaemon, type Client, type TestDaemon } from './harness.ts'

/** A daemon in this process with real sockets. */
export interface ListeningDaemon {
  daemon: TestDaemon
  operator: Client
  sockets: ListeningSockets
  reception: Reception
  /** Why connections were turned away so far. */
  refused: RefusedFor[]
}

/** The settings of a daemon in this process, on a free port. */
export function aConfig(config: Partial<Config> = {}): Config {
  return { ...defaults, dataFolder: '', runtimeFolder: '', port: 0, ...config }
}

/** A daemon in this process that can listen on a free port, its own listener not open yet. */
export async function aDaemonWithSockets(config: Partial<Config> = {}): Promise<ListeningDaemon> {
  const settings = aConfig(config)
  const sockets = new ListeningSockets(settings, openLog('silent'), (isExposed) => {
    daemon.house.daemon.config.supply = isExposed ? 'granted' : 'open'
  })
  const metrics = new Metrics()
  const refused: RefusedFor[] = []
  const daemon = await aDaemon({ config: settings, sockets, metrics })
  const reception: Reception = new Reception((...said) => daemon.house.answer(...said), {
    onFault: (error) => daemon.faults.push(error),
    onRefused: (reason) => refused.push(reason),
    isWell: () => daemon.house.isWell(),
    metrics: async () =>
      expose(metrics, { ...(await daemon.house.gauges()), connections: sockets.connections, unsentBytes: 0 }),
  })
  sockets.serve(reception)
  onTestFinished(() => sockets.end(0))
  return { daemon, operator: daemon.stranger({ isLocal: true }), sockets, reception, refused }
}

/** The same, with its listener open. */
export async function aListeningDaemon(config: Partial<Config> = {}): Promise<ListeningDaemon & { port: number }> {
  const listening = await aDaemonWithSockets(config)
  await listening.sockets.startListener()
  return { ...listening, port: Number(new URL(listening.sockets.url).port) }
}

/** A port that somebody else listens on. */
export async function aTakenPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as { port: number }).port
}

/** An answer as a test looks at it. */
export type Heard = { failed: boolean } & Partial<Refusal> & Record<string, unknown>

/** A WebSocket that is open, and what was heard on it. */
export interface Line {
  socket: WebSocket
  sends(message: string | Buffer): void
  /** The next frame that was not taken yet. */
  next(): Promise<{ id: FrameId | null; response: Heard }>
  nextEvent(): Promise<EventFrame>
  /** Sends a frame and gives back its answer; nothing else may be open. */
  says(frame: object): Promise<Heard>
  /** The code it was closed with. */
  closed: Promise<number>
}

/** Opens a WebSocket; rejects with the HTTP status where the daemon will not have it. */
export async function aLine(url: string, options: ClientOptions = {}): Promise<Line> {
  const socket = new WebSocket(url, options)
  onTestFinished(() => socket.terminate())
  const frames: unknown[] = []
  const waiting: ((frame: unknown) => void)[] = []
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  socket.on('message', (message) => {
    const frame = JSON.parse(String(message))
    const first = waiting.shift()
    if (first) first(frame)
    else frames.push(frame)
  })
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('unexpected-response', (_, response) => reject(response.statusCode))
    socket.on('error', reject)
  })
  const next = () =>
    frames.length > 0 ? Promise.resolve(frames.shift()) : new Promise((resolve) => waiting.push(resolve))
  return {
    socket,
    sends: (message) => socket.send(message),
    next: next as Line['next'],
    nextEvent: next as Line['nextEvent'],
    async says(frame) {
      socket.send(JSON.stringify(frame))
      return ((await next()) as { response: Heard }).response
    },
    closed,
  }
}

/** An HTTP answer. */
export interface HttpAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  body: Heard
}

/** Asks over HTTP, at a port of this machine or at a socket file. */
export function ask(
  where: { port: number } | { socketPath: string },
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', agent: false, ...where, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => {
        const isJson = response.headers['content-type']?.startsWith('application/json') && text !== ''
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, text, body: isJson ? JSON.parse(text) : {} })
      })
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

/** Posts one instruction. */
export function post(
  where: { port: number } | { socketPath: string },
  body: unknown,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  return ask(where, 'POST', '/ewallet/instruction-set', {
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** Writes bytes to a port and gives back all that comes until the other side ends. */
export function bytesTo(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    onTestFinished(() => {
      socket.destroy()
    })
    let heard = ''
    socket.setEncoding('utf8').on('data', (text) => {
      heard += text
    })
    socket.on('close', () => resolve(heard))
    socket.on('error', () => {})
  })
}

/** Whether a WebSocket can be opened at a port of this machine. */
export async function listens(port: number): Promise<boolean> {
  try {
    const { socket } = await aLine(`ws://127.0.0.1:${port}`)
    socket.close()
    return true
  } catch {
    return false
  }
}
