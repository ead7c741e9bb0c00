import type { groups } from '@ewallet/protocol'
import type { HandlersFor } from '../handler.ts'

export const sessionHandlers = {} as HandlersFor<(typeof groups)['session']>
