import type { groups } from '@ewallet/protocol'
import type { HandlersFor } from '../handler.ts'

export const accountHandlers = {} as HandlersFor<(typeof groups)['account']>
