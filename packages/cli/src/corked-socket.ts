import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'

/** A WebSocket on which what is sent in one go leaves in one write: a system call a frame costs more than the frame. */
export class CorkedSocket extends WebSocket {
  private stream: Duplex | undefined
  private isCorked = false

  constructor(url: string, options?: { headers: Record<string, string> }) {
    super(url, options)
    this.once('upgrade', ({ socket }: IncomingMessage) => {
      this.stream = socket
    })
  }

  override send(text: string): void {
    const { stream } = this
    if (stream && !this.isCorked) {
      this.isCorked = true
      stream.cork()
      process.nextTick(() => {
        this.isCorked = false
        stream.uncork()
      })
    }
    super.send(text)
  }
}
