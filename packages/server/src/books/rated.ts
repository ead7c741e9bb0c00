import { type Refusal, refuse } from '@ewallet/protocol'
import type { Connection, Daemon, RatedKind } from '../handler.ts'

/** Takes one of what an address may ask for in a minute; refuses once they are used up. */
export function rated(
  { rates, store }: Daemon,
  kind: RatedKind,
  { address }: Connection,
): Refusal<'too_many_requests'> | undefined {
  const now = store.now()
  if (rates.take(kind, address, now)) return undefined
  return refuse('too_many_requests', { seconds: Math.ceil(rates.waitMs(kind, address, now) / 1000) })
}
