import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A network between two programs, in which something may go wrong. */
export interface Gate {
  /** Where it is connected to. */
  port: number
  /** Breaks all connections, with a reset. */
  cut(): void
  /** Ends what goes onward, as whoever has nothing more to say does; what comes back still comes. */
  halfClose(): void
  /** Lets nothing through any more, and breaks nothing. */
  stall(): void
  /** Lets everything through again, what was held back as well. */
  pass(): void
  /** Connects what comes from now on to another port. */
  leadTo(port: number): void
}

/** Opens a gate before a port of this machine; it ends with the test. */
export async function aGate(to: number): Promise<Gate> {
  const pairs = new Set<[Socket, Socket]>()
  let isStalled = false
  const flow = ([one, other]: [Socket, Socket]) => {
    one.pipe(other)
    other.pipe(one)
  }
  const server = createServer({ allowHalfOpen: true }, (caller) => {
    const pair: [Socket, Socket] = [caller, connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })]
    pairs.add(pair)
    const [, onward] = pair
    for (const [one, other] of [pair, [onward, caller] as const]) {
      one.on('error', () => {})
      one.on('close', () => {
        other.destroy()
        pairs.delete(pair)
      })
    }
    if (!isStalled) flow(pair)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  return {
    port: (server.address() as { port: number }).port,
    cut,
    halfClose() {
      for (const [caller, onward] of pairs) {
        caller.unpipe(onward)
        onward.end()
      }
    },
    stall() {
      isStalled = true
      for (const [one, other] of pairs) {
        one.unpipe(other).pause()
        other.unpipe(one).pause()
      }
    },
    pass() {
      isStalled = false
      for (const pair of pairs) flow(pair)
    },
    leadTo(port) {
      to = port
    },
  }
}
