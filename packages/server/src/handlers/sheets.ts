import type { groups } from '@ewallet/protocol'
import type { HandlersFor } from '../handler.ts'

export const sheetsHandlers = {} as HandlersFor<(typeof groups)['sheets']>
