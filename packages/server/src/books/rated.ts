import { type Refusal, refuse } from '@ewallet/protocol'
import type { Connection, Daemon, RatedKind } from '../handler.ts'

/** Takes one of what an address may ask for in a minute; refuses once they are used up. */
export async function rated(
  { rates, store }: Daemon,
  kind: RatedKind,
  { address }: Connection,
): Promise<Refusal<'too_many_requests'> | undefined> {
  const now = store.now()
  if (await rates.take(kind, address, now)) return undefined
  return refuse('too_many_requests', { seconds: Math.ceil((await rates.waitMs(kind, address, now)) / 1000) })
}
