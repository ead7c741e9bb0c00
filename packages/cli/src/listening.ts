import { setTimeout as pause } from 'node:timers/promises'
import { ConnectionLost, type Response, refusals } from '@ewallet/protocol'
import type { Given } from './commands/command.ts'
import { Failure, granted, Refused } from './failure.ts'
import type { Link } from './link.ts'

/** Something that happened to the account; what is live only has no cursor. */
export type Happened = Omit<Response<'client action view events'>['events'][number], 'cursor'> & {
  cursor: number | null
}

/** What is done while the account's events are followed. */
export interface Listening {
  /** The cursor after which to begin; what happens from now on, where it is missing. */
  from?: number
  /**
   * Hears what happened, in order and once; nothing at all when the daemon was just reached, at a heartbeat, and when it is due.
   * `cursor` is that of the last event so far.
   */
  happened(events: readonly Happened[], link: Link, cursor: number): Promise<void>
  /** How long the next look may wait, in ms, if nothing happens. */
  due?(): number | undefined
  /** Hears that the daemon was lost, and that it is there again. */
  reached?(isThere: boolean): void
}

/** How long nothing is heard before it is asked whether the daemon is still there. */
const HEARTBEAT_MS = 15_000
const RETRY_MS = 200
const RETRY_MAX_MS = 5_000
const PAGE = 500

/**
 * Follows the events of the account of this shell until told to stop. What is pushed wakes it, and it reads on from its own cursor;
 * so nothing is missed or heard twice where the connection breaks. It comes back by itself with growing pauses, and starts a
 * daemon only for the first time.
 */
export async function followEvents(given: Given, listening: Listening, until: AbortSignal): Promise<void> {
  let cursor = listening.from
  let everReached = false
  for (let wait = RETRY_MS; !until.aborted; wait = Math.min(wait * 2, RETRY_MAX_MS)) {
    const link = linkOf(given, !everReached)
    const close = () => link.close()
    until.addEventListener('abort', close)
    try {
      await followOn(
        link,
        listening,
        {
          get cursor() {
            return cursor
          },
          at(next) {
            cursor = next
            if (everReached && wait > RETRY_MS) listening.reached?.(true)
            everReached = true
            wait = RETRY_MS
          },
        },
        until,
      )
    } catch (fault) {
      if (until.aborted) return
      if (!everReached || !isPassing(fault)) throw fault
    } finally {
      until.removeEventListener('abort', close)
      link.close()
    }
    if (until.aborted) return
    if (wait === RETRY_MS) listening.reached?.(false)
    // Half of it at random, so that many listeners of one daemon do not come back at once.
    await pause(wait / 2 + Math.random() * (wait / 2), undefined, { signal: until }).catch(() => {})
  }
}

/** Where a listener is. */
interface Place {
  readonly cursor: number | undefined
  at(cursor: number): void
}

/** Follows on one connection until it is over. */
async function followOn(link: Link, listening: Listening, place: Place, until: AbortSignal): Promise<void> {
  const client = await link.client()
  const bell = openBell()
  const live: Happened[] = []
  let isOver = false
  const subscription = granted(
    await client.subscribe(place.cursor, ({ event, cursor, data }) => {
      if (cursor === null) live.push({ event, cursor, at: new Date().toISOString(), data })
      bell.ring()
    }),
  )
  const over = () => {
    isOver = true
    bell.ring()
  }
  until.addEventListener('abort', over)
  void client.closed.then(over)
  void subscription.ended.then(over)
  try {
    let cursor = place.cursor ?? subscription.cursor
    while (!isOver) {
      for (let isMore = true; isMore; ) {
        const page = granted(await link.say('client action view events', { from: cursor, limit: PAGE }))
        cursor = page.events.at(-1)?.cursor ?? cursor
        await listening.happened([...page.events, ...live.splice(0)], link, cursor)
        place.at(cursor)
        isMore = page.events.length === PAGE
      }
      if (!isOver) await bell.next(Math.min(HEARTBEAT_MS, listening.due?.() ?? HEARTBEAT_MS))
    }
  } finally {
    until.removeEventListener('abort', over)
  }
}

/** The way to the daemon: it speaks for the account of this shell, and leaves the talk about lost connections to the listener. */
function linkOf({ stage, globals }: Given, mayStart: boolean): Link {
  const { context } = stage.target(globals)
  const as = globals.as ?? stage.keyring.accountHere(context)
  const start = globals.start && mayStart
  return stage.link({ ...globals, start, quiet: true, input: false, ...(as !== undefined && { as }) })
}

/** Whether it goes away by itself. */
function isPassing(fault: unknown): boolean {
  if (fault instanceof ConnectionLost) return true
  if (fault instanceof Failure) return fault.exit === 'unreachable'
  if (!(fault instanceof Refused)) return false
  return fault.refusal.code === 'too_busy' || refusals[fault.refusal.code].exit === 'unreachable'
}

/** Wakes who waits, or who is about to. */
function openBell(): { ring(): void; next(ms: number): Promise<void> } {
  let isRung = false
  let wake: (() => void) | undefined
  return {
    ring() {
      isRung = true
      wake?.()
    },
    async next(ms) {
      if (!isRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = undefined
      isRung = false
    },
  }
}
