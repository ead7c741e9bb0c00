import type { Duplex } from 'node:stream'
import { type FrameId, isRefusal, refuse } from '@ewallet/protocol'
import type { WebSocket } from 'ws'
import type { Connection } from '../handler.ts'
import { readJson } from './json.ts'
import type { Reception } from './reception.ts'

/** What one connection may have waiting to be sent before it is not read from any more, in bytes. */
const UNSENT_BYTES_MAX = 4_194_304
/** How many requests of one connection are answered at a time; further ones wait unread. */
const IN_FLIGHT_MAX = 2_048
const PING_MS = 30_000

/** Limits of one connection that are settings. */
export interface SocketLimits {
  /** Events that may wait for a slow reader. */
  eventsBufferedMax: number
}

/**
 * Speaks frames on an open WebSocket: one JSON text message each way, requests pipelined, answers as soon as they are ready. What
 * is ready in one turn of the event loop goes out in one write on the stream below.
 */
export function speak(
  socket: WebSocket,
  stream: Duplex,
  peer: { address: string | null; isLocal: boolean },
  reception: Reception,
  { eventsBufferedMax }: SocketLimits,
): void {
  let inFlight = 0
  let unsentEvents = 0
  let heard = true
  let isCorked = false

  const uncork = () => {
    isCorked = false
    stream.uncork()
  }
  const cork = () => {
    if (isCorked) return
    isCorked = true
    stream.cork()
    setImmediate(uncork)
  }

  const write = (frame: object, sent?: () => void) => {
    if (socket.readyState !== socket.OPEN) {
      sent?.()
      return
    }
    cork()
    socket.send(JSON.stringify(frame), () => {
      sent?.()
      breathe()
    })
  }

  // Who does not read its answers is not read from, so that what waits for it stays small.
  const breathe = () => {
    const isFull = inFlight >= IN_FLIGHT_MAX || socket.bufferedAmount > UNSENT_BYTES_MAX
    if (isFull && !socket.isPaused) socket.pause()
    else if (!isFull && socket.isPaused) socket.resume()
  }

  const connection: Connection = {
    ...peer,
    push(frame) {
      if (socket.readyState !== socket.OPEN) return false
      if (unsentEvents >= eventsBufferedMax || socket.bufferedAmount > UNSENT_BYTES_MAX) {
        // Closed rather than left without events: it comes back and goes on from its cursor.
        socket.close(1013, 'Too slow a reader; subscribe again from the last cursor.')
        return false
      }
      unsentEvents += 1
      write(frame, () => {
        unsentEvents -= 1
      })
      return true
    },
    onClose: (listener) => socket.once('close', listener),
  }

  socket.on('message', (data, isBinary) => {
    const frame = isBinary
      ? refuse('malformed_request', { field: '' }, 'A request should be a text message.')
      : readJson(String(data))
    if (isRefusal(frame)) {
      write({ id: null, response: frame })
      return
    }
    const id = idOf(frame.value)
    if (isRefusal(id)) {
      write({ id: null, response: id })
      return
    }
    inFlight += 1
    breathe()
    void reception.serve(frame.value, connection, (response) => {
      inFlight -= 1
      write({ id, response })
      breathe()
    })
  })

  socket.on('pong', () => {
    heard = true
  })
  const pinging = setInterval(() => {
    if (!heard) {
      socket.terminate()
      return
    }
    heard = false
    socket.ping()
  }, PING_MS).unref()
  socket.on('close', () => clearInterval(pinging))
  // A message too large, or one that is no UTF-8: ws closes it with the code for that.
  socket.on('error', () => {})
}

function idOf(frame: unknown): FrameId | null | ReturnType<typeof refuse<'malformed_request'>> {
  const id = typeof frame === 'object' && frame !== null ? (frame as { id?: unknown }).id : undefined
  if (id === undefined || id === null) return null
  if (typeof id === 'string' || Number.isSafeInteger(id)) return id as FrameId
  return refuse('malformed_request', { field: 'id' }, '"id" should be a text or a whole number.')
}
