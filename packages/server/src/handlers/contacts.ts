import type { groups } from '@ewallet/protocol'
import type { HandlersFor } from '../handler.ts'

export const contactsHandlers = {} as HandlersFor<(typeof groups)['contacts']>
