import { WebSocket } from 'ws'
import { type Spread, spreadOf } from './figures.ts'

/** What one connection says: the text of its n-th request, whose `id` is n, from 0. */
export type Says = (request: number) => string

/** What is asked of a server, and how hard. */
export interface Load {
  url: string
  /** One entry a connection. */
  says: readonly Says[]
  /** Requests of one connection that are under way at a time. */
  inFlight: number
  /** How long to measure, in ms, after a warm-up of a quarter of it. */
  forMs: number
  /** Hears of every answer, those of the warm-up included. */
  onAnswer?: () => void
}

/** What came back. */
export interface Measured {
  /** Answers a second. */
  rate: number
  /** From request to answer, in ms. */
  latency: Spread
  answers: number
  /** Answers that were refusals, by code. */
  refused: Record<string, number>
}

/** Opens a connection without compression. */
export function openConnection(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Keeps a number of requests under way on each connection for a while, and measures what comes back. */
export async function offer({ url, says, inFlight, forMs, onAnswer }: Load): Promise<Measured> {
  const latencies: number[] = []
  const refused: Record<string, number> = {}
  const from = performance.now() + forMs / 4
  const until = from + forMs
  const heard = (answer: Answered, tookMs: number, now: number) => {
    onAnswer?.()
    if (now < from || now > until) return
    latencies.push(tookMs)
    if (answer.response?.failed) refused[answer.response.code] = (refused[answer.response.code] ?? 0) + 1
  }
  const sockets = await Promise.all(says.map(() => openConnection(url)))
  await Promise.all(sockets.map((socket, place) => drive(socket, says[place] as Says, inFlight, until, heard)))
  for (const socket of sockets) socket.close()
  return { rate: (latencies.length * 1_000) / forMs, latency: spreadOf(latencies), answers: latencies.length, refused }
}

interface Answered {
  id: number
  response?: { failed: boolean; code: string }
}

/** Drives one connection until the time is over and all is answered. */
function drive(
  socket: WebSocket,
  say: Says,
  inFlight: number,
  until: number,
  heard: (answer: Answered, tookMs: number, now: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sentAt: number[] = []
    let open = 0
    const send = (now: number) => {
      open += 1
      socket.send(say(sentAt.push(now) - 1))
    }
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as Answered
      const now = performance.now()
      open -= 1
      heard(answer, now - (sentAt[answer.id] as number), now)
      if (now < until) send(now)
      else if (open === 0) resolve()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('The connection was closed.')))
    for (let count = 0; count < inFlight; count += 1) send(performance.now())
  })
}
