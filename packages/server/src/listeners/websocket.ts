import type { Socket } from 'node:net'
import { type FrameId, isRefusal, refuse } from '@ewallet/protocol'
import type { RawData, WebSocket } from 'ws'
import type { Connection } from '../handler.ts'
import { readJson } from './json.ts'
import type { Reception } from './reception.ts'

/** What one connection may have waiting to be sent before it is not read from any more, in bytes. */
const UNSENT_BYTES_MAX = 4_194_304
/** How many requests of one connection are answered at a time; further ones wait unread. */
const IN_FLIGHT_MAX = 2_048
/** How large an answer is taken to be before one was seen, in bytes. */
const ANSWER_BYTES = 4_096

/** Limits of one connection that are settings. */
export interface SocketLimits {
  jsonDepthMax: number
  /** Events that may wait for a slow reader. */
  eventsBufferedMax: number
  /** How long it may leave a ping without its pong. */
  silentMs: number
  /** How long it may stay open on which no session spoke. */
  unauthenticatedMs: number
}

/** Where a connection comes from. */
interface Peer {
  address: string | null
  isLocal: boolean
}

/**
 * Speaks frames on an open WebSocket: one JSON text message each way, requests pipelined, answers as soon as they are ready. What
 * is ready in one turn of the event loop goes out in one write on the stream below.
 */
export function speak(
  socket: WebSocket,
  stream: Socket,
  peer: Peer,
  reception: Reception,
  { jsonDepthMax, eventsBufferedMax, unauthenticatedMs, silentMs }: SocketLimits,
): void {
  const { backlog } = reception
  let inFlight = 0
  let unsentEvents = 0
  let heard = true
  let isCorked = false

  /** What of it is counted in the backlog. */
  let countedBytes = 0
  const count = () => {
    const waiting = socket.readyState === socket.CLOSED ? 0 : socket.bufferedAmount
    if (waiting !== countedBytes) backlog.add(waiting - countedBytes)
    countedBytes = waiting
    if (!backlog.isTooSlow(waiting) || socket.readyState !== socket.OPEN) return
    reception.onRefused('answers_unread', peer.address)
    socket.terminate()
  }
  const settle = () => {
    count()
    breathe()
  }
  const uncork = () => {
    isCorked = false
    stream.uncork()
    count()
  }
  const cork = () => {
    if (isCorked) return
    isCorked = true
    stream.cork()
    setImmediate(uncork)
  }
  let isStranger = !peer.isLocal
  /** Goes up with a large answer at once and down with small ones slowly. */
  let answerBytes = ANSWER_BYTES
  /** What came with other messages before reading from the socket could stop. */
  const unread: { data: RawData; isBinary: boolean }[] = []
  let draining: (() => void)[] = []

  const write = (frame: object, sent?: () => void): number => {
    if (socket.readyState !== socket.OPEN) {
      sent?.()
      return 0
    }
    // What one turn wrote is sent together, so that to hear of the first is to hear of all.
    const isFirst = !isCorked
    cork()
    const text = JSON.stringify(frame)
    socket.send(text, sent ?? (isFirst ? settle : undefined))
    return text.length
  }

  // Who does not read its answers is not read from, and large ones are worked out fewer at a time, so that what waits stays small.
  const isFull = () =>
    inFlight >= IN_FLIGHT_MAX || inFlight * answerBytes > UNSENT_BYTES_MAX || socket.bufferedAmount > UNSENT_BYTES_MAX

  let isBreathing = false
  const breathe = () => {
    // Answers that are there at once come back here.
    if (isBreathing) return
    isBreathing = true
    while (unread.length > 0 && !isFull()) {
      const next = unread.shift()
      if (next) take(next.data, next.isBinary)
    }
    isBreathing = false
    const isStuck = unread.length > 0 || isFull()
    if (isStuck && !socket.isPaused) socket.pause()
    else if (!isStuck && socket.isPaused) socket.resume()
  }

  const connection: Connection = {
    ...peer,
    push(frame) {
      if (socket.readyState !== socket.OPEN) return false
      if (unsentEvents >= eventsBufferedMax || socket.bufferedAmount > UNSENT_BYTES_MAX) {
        // Closed rather than left without events: it comes back and goes on from its cursor.
        reception.onRefused('events_unread', peer.address)
        socket.close(1013, 'Too slow a reader; subscribe again from the last cursor.')
        return false
      }
      unsentEvents += 1
      write(frame, () => {
        unsentEvents -= 1
        if (unsentEvents === 0) drain()
        settle()
      })
      return true
    },
    drained: () =>
      unsentEvents === 0 || socket.readyState !== socket.OPEN
        ? Promise.resolve()
        : new Promise((resolve) => draining.push(resolve)),
    onIdentified() {
      isStranger = false
    },
    onClose: (listener) => socket.once('close', listener),
  }

  const drain = () => {
    const waiting = draining
    draining = []
    for (const go of waiting) go()
  }

  const answer = (id: FrameId | null, response: object) => {
    const bytes = write({ id, response })
    answerBytes = Math.max(bytes, answerBytes - (answerBytes >> 4))
  }

  const take = (data: RawData, isBinary: boolean) => {
    const frame = isBinary
      ? refuse('malformed_request', { field: '' }, 'A request should be a text message.')
      : readJson(String(data), jsonDepthMax)
    if (isRefusal(frame)) {
      answer(null, frame)
      return
    }
    const id = idOf(frame.value)
    if (isRefusal(id)) {
      answer(null, id)
      return
    }
    inFlight += 1
    reception.serve(frame.value, connection, (response) => {
      inFlight -= 1
      answer(id, response)
      breathe()
    })
  }

  /** How much was read up to the end of the last message. */
  let wholeBytes = stream.bytesRead
  const forgetUnfinished = reception.unfinished.add({
    bytes: () => (socket.isPaused ? 0 : stream.bytesRead - wholeBytes),
    cut() {
      reception.onRefused('unfinished', peer.address)
      socket.terminate()
    },
  })

  socket.on('message', (data, isBinary) => {
    wholeBytes = stream.bytesRead
    if (unread.length > 0 || isFull()) unread.push({ data, isBinary })
    else take(data, isBinary)
    breathe()
  })

  socket.on('pong', () => {
    heard = true
  })
  const pinging = setInterval(() => {
    if (!heard) {
      reception.onRefused('no_pong', peer.address)
      socket.terminate()
      return
    }
    heard = false
    socket.ping()
  }, silentMs / 2).unref()
  const waitingToBeToldWho = setTimeout(() => {
    if (!isStranger) return
    reception.onRefused('no_session', peer.address)
    socket.close(1008, 'No session spoke on this connection in time.')
  }, unauthenticatedMs).unref()
  socket.on('close', () => {
    count()
    clearInterval(pinging)
    clearTimeout(waitingToBeToldWho)
    forgetUnfinished()
    unread.length = 0
    drain()
  })
  // A message too large, or one that is no UTF-8: ws closes it with the code for that.
  socket.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (!code?.startsWith('WS_ERR')) return
    const isLarge = code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    reception.onRefused(isLarge ? 'frame_bytes' : 'bad_frame', peer.address)
  })
}

function idOf(frame: unknown): FrameId | null | ReturnType<typeof refuse<'malformed_request'>> {
  const id = typeof frame === 'object' && frame !== null ? (frame as { id?: unknown }).id : undefined
  if (id === undefined || id === null) return null
  if (typeof id === 'string' || Number.isSafeInteger(id)) return id as FrameId
  return refuse('malformed_request', { field: 'id' }, '"id" should be a text or a whole number.')
}
