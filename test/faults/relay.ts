import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Stands between a program and a daemon and hands on what both say, until it is told otherwise. */
export interface Relay {
  /** Where the program connects to. */
  url: string
  /** Asked before each piece from the program is handed on; to say no ends the handing on, both ways, and keeps the connection. */
  onSent(heed: () => boolean): void
  /** Resolves when a piece was held back: of the program's where it is `sent`, of the daemon's otherwise. */
  held(): Promise<void>
  /** Whether the daemon's answers are held back from now on. */
  holdAnswers(hold: boolean): void
  /** Holds them back once so many bytes of them were handed on, in the middle of one. */
  holdAnswersAfter(bytes: number): void
  /** Ends every connection; new ones may come. */
  cut(): void
}

/** Opens a relay to a daemon on a port of its own. */
export async function aRelay(url: string): Promise<Relay> {
  const daemon = new URL(url)
  const sockets = new Set<Socket>()
  let heed = () => true
  let bytesLeft = Number.POSITIVE_INFINITY
  let tellHeld = () => {}
  let held = new Promise<void>((resolve) => {
    tellHeld = resolve
  })
  const server = createServer((program) => {
    const onward = connect(Number(daemon.port), daemon.hostname)
    for (const [one, other] of [
      [program, onward],
      [onward, program],
    ] as const) {
      sockets.add(one)
      one.on('close', () => other.destroy()).on('error', () => {})
    }
    program.on('data', (piece) => {
      if (heed()) onward.write(piece)
      else tellHeld()
    })
    onward.on('data', (piece) => {
      const part = piece.subarray(0, bytesLeft)
      bytesLeft -= part.length
      if (part.length > 0) program.write(part)
      if (part.length < piece.length) tellHeld()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return {
    url: `ws://127.0.0.1:${port}`,
    onSent(next) {
      heed = next
    },
    async held() {
      await held
      held = new Promise((resolve) => {
        tellHeld = resolve
      })
    },
    holdAnswers(hold) {
      bytesLeft = hold ? 0 : Number.POSITIVE_INFINITY
    },
    holdAnswersAfter(bytes) {
      bytesLeft = bytes
    },
    cut() {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
  }
}
