import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { BlockList, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isRefusal } from '@ewallet/protocol'
import { WebSocketServer } from 'ws'
import type { Config } from '../config.ts'
import type { RefusedFor } from '../metrics/metrics.ts'
import { bodyOf } from './body.ts'
import { catalogueDocument, jsonDocument, openApiDocument } from './documents.ts'
import { readJson } from './json.ts'
import { addressOf, isFromHere, isOwnHost, plainAddress } from './peer.ts'
import type { Reception } from './reception.ts'
import { found, misfit, no, nothingThere, notThatWay, partFrom, preflight, type Reply, send } from './replies.ts'
import type { Turnstile } from './turnstile.ts'
import { type SocketLimits, speak } from './websocket.ts'

/** Where one flat instruction is posted. */
const INSTRUCTIONS = '/ewallet/instruction-set'
/** How long a whole request may take, if its header may not take longer. */
const REQUEST_MS = 60_000
/** How often it is looked for requests that take too long, at the least. */
const LOOK_MS = 1_000
const HEADER_BYTES_MAX = 16_384
/** How many connections beyond those allowed are told so; further ones are dropped. */
const SURPLUS_MAX = 256
const SURPLUS_MS = 2_000

/** The settings that bound what comes in. */
type DoorLimits = SocketLimits & Pick<Config, 'frameBytesMax' | 'bodyBytesMax' | 'headerMs' | 'silentMs'>

/** What a listener for HTTP and WebSocket is made of. */
export interface Door {
  reception: Reception
  /** The admin channel: whoever can open it is the operator. */
  isLocal: boolean
  /** Names besides addresses and loopback's that a Host header may carry; undefined where any will do. */
  hostNames: readonly string[] | undefined
  /** The web origins whose pages may speak to it. */
  origins: readonly string[]
  trustedProxies: BlockList
  limits: DoorLimits
  tls: { cert: Buffer; key: Buffer } | undefined
  /** Undefined where everybody is let in. */
  turnstile: Turnstile | undefined
}

/** A server for both that listens nowhere yet, and the way to end what goes on on it. */
export interface Listener {
  server: Server
  /** Shows another certificate to whoever connects from now on. */
  renew(tls: NonNullable<Door['tls']>): void
  /** Ends every connection once what was written is sent, at the latest after `patienceMs`. */
  close(patienceMs: number): Promise<void>
}

/** Makes a listener for instructions over HTTP and WebSockets, and for the pages beside them. */
export function openDoor(door: Door): Listener {
  const { headerMs, frameBytesMax, silentMs } = door.limits
  const options = {
    headersTimeout: headerMs,
    requestTimeout: Math.max(REQUEST_MS, headerMs),
    connectionsCheckingInterval: Math.min(LOOK_MS, headerMs),
    maxHeaderSize: HEADER_BYTES_MAX,
  }
  const server = door.tls
    ? createTlsServer({ ...options, ...door.tls, handshakeTimeout: headerMs })
    : createServer(options)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: frameBytesMax, clientTracking: true })

  const { turnstile } = door
  const surplus = new WeakSet<Socket>()
  const { onRefused } = door.reception
  const connections = new Set<Socket>()
  server.setTimeout(silentMs, (socket: Socket) => {
    // Where nothing waits to be read, it was only kept for a next request.
    if (socket.writableLength > 0) onRefused('answers_unread', door.isLocal ? null : plainAddress(socket.remoteAddress))
    socket.destroy()
  })
  if (turnstile) server.maxConnections = turnstile.max + SURPLUS_MAX
  server.on('drop', (dropped) => onRefused('connections', plainAddress(dropped?.remoteAddress)))
  // Of TLS too it is the connection below: who never shakes hands counts like everybody.
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    if (!turnstile) return
    const address = plainAddress(socket.remoteAddress)
    const tooMany = turnstile.enter(address)
    if (!tooMany) {
      socket.once('close', () => turnstile.leave(address))
      return
    }
    onRefused(tooMany, address)
    if (door.tls) {
      socket.destroy()
      return
    }
    // It is told so when it asks for something, which it had better do soon.
    surplus.add(socket)
    socket.setTimeout(SURPLUS_MS, () => socket.destroy())
  })
  const refusal = (request: IncomingMessage) =>
    surplus.has(request.socket) ? { ...no('too_busy'), isLast: true } : turnedAway(request, door)
  server.on('request', (request, response) => {
    const stranger = refusal(request)
    const reply = stranger ? Promise.resolve(stranger) : answerRequest(request, door)
    reply
      .then((said) => send(request, response, said, { origins: door.origins, isOpen: door.reception.isOpen }))
      .catch((error) => {
        // Unless it is the peer that left in the middle of its request, somebody has to hear of it.
        if (request.complete) door.reception.onFault(error)
        response.destroy()
      })
  })
  server.on('upgrade', (request, stream: Duplex, head) => {
    stream.on('error', () => {})
    const peer = peerOf(request, door)
    const stranger = refusal(request) ?? lateOrTooMany(request, stream, peer.address, door)
    if (stranger) {
      partFrom(stream, stranger)
      return
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      speak(socket, stream as Socket, peer, door.reception, door.limits)
    })
  })
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    // Nothing can be said where no hands were shaken.
    const isUnshaken = /^ERR_(TLS|SSL)/.test(error.code ?? '')
    const [status, reason] = unreadable[error.code ?? ''] ?? ([400, 'not_http'] as const)
    const address = door.isLocal ? null : plainAddress((stream as Socket).remoteAddress)
    const isGone = goneCodes.has(error.code ?? '') || !(stream.writable || isUnshaken)
    if (!isGone) onRefused(isUnshaken ? 'tls' : reason, address)
    if (isGone || isUnshaken) return stream.destroy()
    partFrom(stream, misfit(status, 'This is no request the daemon can read.'))
  })

  return {
    server,
    renew(tls) {
      if ('setSecureContext' in server) server.setSecureContext(tls)
    },
    close(patienceMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const socket of connections) socket.destroy()
        }, patienceMs)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        for (const socket of sockets.clients) socket.close(1001, 'The daemon is stopping.')
        server.closeIdleConnections()
      })
    },
  }
}

/** What node says of a peer that left, in the middle of its request or not. */
const goneCodes = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE'])
/** The HTTP status of what cannot be read, by node's own code for it. */
const unreadable: Record<string, readonly [number, RefusedFor]> = {
  HPE_HEADER_OVERFLOW: [431, 'header_bytes'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'header_time'],
}

/** Refuses a WebSocket at the end of the daemon, or where a trusted proxy holds too many for its caller. */
function lateOrTooMany(
  request: IncomingMessage,
  stream: Duplex,
  address: string | null,
  { reception, turnstile }: Door,
): Reply | undefined {
  if (!reception.isOpen) {
    reception.onRefused('stopping', address)
    return no('shutting_down')
  }
  if (!turnstile || address === null || address === plainAddress(request.socket.remoteAddress)) return undefined
  const tooMany = turnstile.enterBehind(address)
  if (tooMany) {
    reception.onRefused(tooMany, address)
    return no('too_busy')
  }
  stream.once('close', () => turnstile.leaveBehind(address))
  return undefined
}

function peerOf(request: IncomingMessage, { isLocal, trustedProxies }: Door) {
  return { address: isLocal ? null : addressOf(request, trustedProxies), isLocal }
}

/** Refuses what a page of another site may have sent, by its own name or by one that was pointed here. */
function turnedAway(request: IncomingMessage, door: Door): Reply | undefined {
  const { isLocal, hostNames, origins, reception } = door
  if (isLocal) return undefined
  const { host, origin } = request.headers
  if (request.rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/i.test(name)).length > 1) {
    return misfit(400, 'A request should have one Host header.')
  }
  if (hostNames && !isOwnHost(host, hostNames)) {
    reception.onRefused('host', peerOf(request, door).address)
    return misfit(403, 'The Host header names another machine.', 'Connect by address, or by the name in EWALLET_HOST.')
  }
  if (origin !== undefined && !origins.includes(origin)) {
    reception.onRefused('origin', peerOf(request, door).address)
    return misfit(403, 'Pages of that origin may not speak to this daemon.', 'List it in EWALLET_ORIGINS.')
  }
  return undefined
}

async function answerRequest(request: IncomingMessage, door: Door): Promise<Reply> {
  const [path = ''] = (request.url ?? '').split('?')
  const { method } = request
  const isRead = method === 'GET' || method === 'HEAD'
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (page) return isRead ? page(request, door) : notThatWay('GET, HEAD')
  if (path !== INSTRUCTIONS) return nothingThere()
  if (isRead) return found(catalogueDocument())
  if (method === 'OPTIONS' && request.headers.origin !== undefined) return preflight
  if (method !== 'POST') return notThatWay('GET, HEAD, POST')
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (type !== 'application/json' || encoding !== 'identity') {
    return misfit(415, 'The body should be plain application/json.')
  }
  const text = await bodyOf(request, door.limits.bodyBytesMax, door.reception.unfinished, () => {
    door.reception.onRefused('unfinished', peerOf(request, door).address)
  })
  if (typeof text !== 'string') {
    if (text.status === 413) door.reception.onRefused('body_bytes', peerOf(request, door).address)
    return text
  }
  const frame = readJson(text, door.limits.jsonDepthMax)
  if (isRefusal(frame)) return no(frame)
  return new Promise((resolve) => {
    door.reception.serve(frame.value, peerOf(request, door), (answer) => {
      resolve(isRefusal(answer) ? no(answer) : found(jsonDocument(answer)))
    })
  })
}

/** What can be read beside the instructions. */
const pages: Record<string, (request: IncomingMessage, door: Door) => Reply | Promise<Reply>> = {
  '/healthz': async (_, { reception }) => {
    if (!reception.isOpen) return no('shutting_down')
    return (await reception.isWell()) ? found(jsonDocument({ status: 'ok' })) : no('store_unavailable')
  },
  '/openapi.json': () => found(openApiDocument()),
  '/metrics': async (request, { reception, isLocal }) => {
    if (!isLocal && !isFromHere(request)) return misfit(403, 'Figures are told on this machine only.')
    return reception.metrics ? found(await reception.metrics()) : nothingThere()
  },
}
