import type { Path, Response } from '@ewallet/protocol'
import { accountViews } from './account.ts'
import { clockViews } from './clock.ts'
import { contactsViews } from './contacts.ts'
import { eventsViews } from './events.ts'
import { sessionViews } from './session.ts'
import { sheetsViews } from './sheets.ts'
import { supportViews } from './support.ts'
import { systemViews } from './system.ts'
import type { Listing, Row, View } from './view.ts'
import { walletViews } from './wallet.ts'

/** How answers read for a person; what has no view prints as aligned keys and values. */
export type Views = { readonly [P in Path]?: View<Response<P>> }

const views: Views = {
  ...sessionViews,
  ...accountViews,
  ...walletViews,
  ...clockViews,
  ...sheetsViews,
  ...contactsViews,
  ...eventsViews,
  ...supportViews,
  ...systemViews,
}

/** The view of a path, without the type of its answer. */
export function viewOf(path: Path): View<Row> | undefined {
  return views[path] as View<Row> | undefined
}

/** How a path's answer lists, where it is a list. */
export function listingOf(path: Path): Listing<Row> | undefined {
  const view = viewOf(path)
  return view && 'columns' in view ? view : undefined
}
