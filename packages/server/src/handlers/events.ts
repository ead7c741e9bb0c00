import type { groups } from '@ewallet/protocol'
import type { HandlersFor } from '../handler.ts'

export const eventsHandlers = {} as HandlersFor<(typeof groups)['events']>
