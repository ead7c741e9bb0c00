import type { groups } from '@ewallet/protocol'
import type { HandlersFor } from '../handler.ts'

export const systemHandlers = {} as HandlersFor<(typeof groups)['system']>
