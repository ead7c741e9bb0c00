import type { groups } from '@ewallet/protocol'
import type { HandlersFor } from '../handler.ts'

export const walletHandlers = {} as HandlersFor<(typeof groups)['wallet']>
