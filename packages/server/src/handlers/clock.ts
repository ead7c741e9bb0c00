import type { groups } from '@ewallet/protocol'
import type { HandlersFor } from '../handler.ts'

export const clockHandlers = {} as HandlersFor<(typeof groups)['clock']>
