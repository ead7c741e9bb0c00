import type { groups } from '@ewallet/protocol'
import type { HandlersFor } from '../handler.ts'

export const supportHandlers = {} as HandlersFor<(typeof groups)['support']>
