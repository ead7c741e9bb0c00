import { setTimeout as pause } from 'node:timers/promises'
import { type Client, connect, type EventFrame, isRefusal, type SocketConstructor } from '@ewallet/protocol'
import { unreachable } from '../failure.ts'
import { type Globals, timeoutOf } from '../globals.ts'
import type { Stage } from '../stage.ts'

/** Who is told what comes over a live connection. */
export interface LiveParts {
  stage: Stage
  onEvent(event: EventFrame): void
  /** A connection was made, or made again: what was known may be out of date. */
  onOpen(): void
  /** The daemon can no longer be reached, or could not be; it goes on trying. */
  onLost(): void
}

const PAUSE_MS = 200
const PAUSE_MAX_MS = 5_000

/**
 * A connection that hears the events of whoever is active, and comes back by itself where it is lost. It never starts a daemon, and
 * nothing that changes anything is said on it.
 */
export class Live {
  private readonly parts: LiveParts
  private current: Client | undefined
  private turns = 0

  constructor(parts: LiveParts) {
    this.parts = parts
  }

  /** The connection, where there is one. */
  get client(): Client | undefined {
    return this.current
  }

  /** Turns to the daemon these flags mean, and to whoever is active there now; fulfilled once it was tried. */
  turn(globals: Globals): Promise<void> {
    this.close()
    const turn = this.turns
    return new Promise((resolve) => void this.listen(turn, globals, resolve))
  }

  close(): void {
    this.turns += 1
    this.current?.close()
    this.current = undefined
  }

  private async listen(turn: number, globals: Globals, tried: () => void): Promise<void> {
    for (let wait = PAUSE_MS; ; wait = Math.min(2 * wait, PAUSE_MAX_MS)) {
      try {
        const client = await this.dial(turn, globals)
        if (turn !== this.turns) client.close()
        else {
          this.current = client
          await this.subscribe(client, globals)
          if (turn === this.turns) this.parts.onOpen()
        }
        return tried()
      } catch {
        if (turn === this.turns) this.parts.onLost()
        tried()
      }
      await pause(wait, undefined, { ref: false })
      if (turn !== this.turns) return
    }
  }

  private async dial(turn: number, globals: Globals): Promise<Client> {
    const { stage, onOpen, onLost } = this.parts
    const { url } = stage.target(globals)
    const [{ WebSocket }, { findDaemon }] = await Promise.all([import('ws'), import('../daemon-start.ts')])
    async function locate(): Promise<string> {
      const at = url ?? (await findDaemon(stage.folders))?.url
      if (at === undefined) throw unreachable('No daemon is running.')
      return at
    }
    return connect(locate, {
      WebSocket: WebSocket as unknown as SocketConstructor,
      timestamps: 'iso',
      timeoutMs: timeoutOf(globals, stage.settings),
      reconnectMs: Number.POSITIVE_INFINITY,
      onConnection: (state) => {
        if (turn === this.turns) state === 'back' ? onOpen() : onLost()
      },
    })
  }

  /** Where nobody is logged in nothing is heard, but that the daemon goes and comes. */
  private async subscribe(client: Client, globals: Globals): Promise<void> {
    const { stage, onEvent } = this.parts
    const kept = stage.keyring.read(stage.target(globals).context)
    if (!kept) return
    client.identify(kept.clientId, kept.sessionToken)
    const subscription = await client.subscribe(undefined, onEvent)
    // Once it ends, whoever speaks next learns why.
    if (!isRefusal(subscription)) subscription.ended.catch(() => {})
  }
}
