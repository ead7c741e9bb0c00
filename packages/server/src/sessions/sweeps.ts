import type { CleanerName } from '@ewallet/protocol'
import type { Config } from '../config.ts'
import type { SessionManager } from '../handler.ts'
import type { Store } from '../store/store.ts'

export function sweepsOf(_store: Store, _sessions: SessionManager, _config: Config): Record<CleanerName, () => Promise<unknown>> {
  return {} as Record<CleanerName, () => Promise<unknown>>
}
