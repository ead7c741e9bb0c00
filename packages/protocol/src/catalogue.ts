import type * as z from 'zod/mini'
import type { Declared } from './instruction.ts'
import { accountInstructions } from './instructions/account.ts'
import { clockInstructions } from './instructions/clock.ts'
import { contactsInstructions } from './instructions/contacts.ts'
import { eventsInstructions, sessionInstructions } from './instructions/session.ts'
import { sheetsInstructions } from './instructions/sheets.ts'
import { supportInstructions } from './instructions/support.ts'
import { systemInstructions } from './instructions/system.ts'
import { walletInstructions } from './instructions/wallet.ts'

/** Every instruction, by its words, a group per noun. */
export const groups = {
  session: sessionInstructions,
  account: accountInstructions,
  wallet: walletInstructions,
  clock: clockInstructions,
  sheets: sheetsInstructions,
  contacts: contactsInstructions,
  events: eventsInstructions,
  support: supportInstructions,
  system: systemInstructions,
}

/** Everything the daemon can be told, by its path. */
export const catalogue = {
  ...sessionInstructions,
  ...accountInstructions,
  ...walletInstructions,
  ...clockInstructions,
  ...sheetsInstructions,
  ...contactsInstructions,
  ...eventsInstructions,
  ...supportInstructions,
  ...systemInstructions,
}

export type Catalogue = typeof catalogue
export type Path = keyof Catalogue

/** What a caller sends with a path. */
export type Request<P extends Path> = z.input<Catalogue[P]['request']>
/** What a success of a path carries, besides `failed: false`. */
export type Response<P extends Path> = z.output<Catalogue[P]['response']>

/** Every path, in the order of the pages. */
export const paths = Object.keys(catalogue) as Path[]

/** The declaration of a path, without its literal types. */
export function declarationOf(path: Path): Declared {
  return catalogue[path] as unknown as Declared
}
