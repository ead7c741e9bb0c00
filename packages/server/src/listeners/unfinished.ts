/** What all connections together may have sent of messages and bodies that are not whole, in bytes. */
const ALL_BYTES_MAX = 268_435_456
const LOOK_MS = 1_000

/** Who sends something that is not whole yet. */
export interface Sender {
  /** How much of it was read. */
  bytes(): number
  /** Ends its connection. */
  cut(): void
}

/** Watches what is sent and never finished, so that many halves together cannot fill the memory: the largest go first. */
export class Unfinished {
  private readonly allBytesMax: number
  private readonly senders = new Set<Sender>()
  private timer: NodeJS.Timeout | undefined

  constructor(allBytesMax = ALL_BYTES_MAX) {
    this.allBytesMax = allBytesMax
  }

  /** Watches a sender until the function it gives back is called. */
  add(sender: Sender): () => void {
    this.senders.add(sender)
    this.timer ??= setInterval(() => this.look(), LOOK_MS).unref()
    return () => {
      this.senders.delete(sender)
      if (this.senders.size > 0) return
      clearInterval(this.timer)
      this.timer = undefined
    }
  }

  private look(): void {
    const held = [...this.senders].map((sender) => ({ sender, bytes: sender.bytes() }))
    let all = held.reduce((sum, { bytes }) => sum + bytes, 0)
    if (all <= this.allBytesMax) return
    for (const { sender, bytes } of held.sort((a, b) => b.bytes - a.bytes)) {
      if (all <= this.allBytesMax) return
      all -= bytes
      sender.cut()
    }
  }
}
