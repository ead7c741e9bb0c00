import type { Handlers } from '../handler.ts'
import { accountHandlers } from './account.ts'
import { clockHandlers } from './clock.ts'
import { contactsHandlers } from './contacts.ts'
import { eventsHandlers } from './events.ts'
import { sessionHandlers } from './session.ts'
import { sheetsHandlers } from './sheets.ts'
import { supportHandlers } from './support.ts'
import { systemHandlers } from './system.ts'
import { walletHandlers } from './wallet.ts'

/** One handler for every instruction of the catalogue; the compiler says which is missing. */
export const handlers: Handlers = {
  ...sessionHandlers,
  ...accountHandlers,
  ...walletHandlers,
  ...clockHandlers,
  ...sheetsHandlers,
  ...contactsHandlers,
  ...eventsHandlers,
  ...supportHandlers,
  ...systemHandlers,
}
