import { refuse } from '@ewallet/protocol'
import type { Connection } from '../handler.ts'
import type { RefusedFor } from '../metrics/metrics.ts'
import { Backlog } from './backlog.ts'
import type { Document } from './documents.ts'
import { Unfinished } from './unfinished.ts'

/** Answers a frame; never throws, and replies once. */
export type AnswerFrame = (
  frame: unknown,
  connection: Connection,
  reply: (answer: Record<string, unknown>) => void,
  request: string,
) => void

/** What is around the instructions. */
interface Around {
  /** Hears what broke outside of any instruction. */
  onFault?: (error: unknown) => void
  /** Hears who was turned away before any instruction of theirs was read. */
  onRefused?: (reason: RefusedFor, address: string | null) => void
  /** Tells whether what is said could be kept. */
  isWell?: () => Promise<boolean>
  /** Tells the figures of the daemon, where they are gathered. */
  metrics?: (() => Promise<Document>) | undefined
}

/** Where the requests of all listeners come in: what was accepted is answered, also at the end. */
export class Reception {
  /** What waits to be sent on the WebSockets of all listeners. */
  readonly backlog = new Backlog()
  /** What was sent on all of them and is not whole yet. */
  readonly unfinished = new Unfinished()
  readonly metrics: Around['metrics']
  readonly isWell: () => Promise<boolean>
  readonly onFault: (error: unknown) => void
  readonly onRefused: (reason: RefusedFor, address: string | null) => void
  private readonly answer: AnswerFrame
  private accepted = 0
  private lastRequest = 0
  private ending: (() => void) | undefined
  /** Whether requests are still accepted. */
  isOpen = true

  constructor(answer: AnswerFrame, around: Around = {}) {
    this.answer = answer
    this.metrics = around.metrics
    this.isWell = around.isWell ?? (() => Promise.resolve(true))
    this.onFault = around.onFault ?? (() => {})
    this.onRefused = around.onRefused ?? (() => {})
  }

  /** Answers one frame; `reply` is called once, at once where the answer is. */
  serve(frame: unknown, connection: Connection, reply: (answer: Record<string, unknown>) => void): void {
    if (!this.isOpen) {
      reply({ ...refuse('shutting_down') })
      return
    }
    this.accepted += 1
    this.lastRequest += 1
    const told = (answer: Record<string, unknown>) => {
      reply(answer)
      this.accepted -= 1
      if (this.accepted === 0) this.ending?.()
    }
    this.answer(frame, connection, told, `r${this.lastRequest}`)
  }

  /** Accepts nothing more; resolves once all that was accepted is answered, or after `patienceMs`. */
  async close(patienceMs: number): Promise<void> {
    this.isOpen = false
    if (this.accepted === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs)
      this.ending = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
