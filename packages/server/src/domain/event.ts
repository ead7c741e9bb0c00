import { type Refusal, refuse } from '@ewallet/protocol'

/** How long events are kept (instructions.md, Events). */
export const EVENTS_KEPT_MS = 90 * 86_400_000

/** What an event tells, its moments worded as the caller asked for timestamps. */
export function eventData(data: Record<string, unknown>, stamp: (at: number) => string): Record<string, unknown> {
  return typeof data.at === 'number' ? { ...data, at: stamp(data.at) } : data
}

/**
 * The cursor after which to go on. Without `from` it is `otherwise`; one that was never given out counts as the last. Refused
 * where events between `from` and the oldest one kept are gone.
 */
export function cursorAfter(
  from: number | undefined,
  { oldest, last }: { oldest: number; last: number },
  otherwise: number,
): number | Refusal<'cursor_too_old'> {
  const after = Math.min(from ?? otherwise, last)
  return after < oldest - 1 ? refuse('cursor_too_old', { oldest }) : after
}
