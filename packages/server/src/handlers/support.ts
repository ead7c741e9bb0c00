import { type groups, refuse } from '@ewallet/protocol'
import { rated } from '../books/rated.ts'
import { isTooLarge } from '../domain/issue.ts'
import { LICENSE_TEXT, LICENSE_VERSION } from '../domain/license.ts'
import type { HandlersFor } from '../handler.ts'

export const supportHandlers: HandlersFor<(typeof groups)['support']> = {
  'client action report issue': {
    async prepare({ request: { issue }, caller, daemon }) {
      if (isTooLarge(issue)) return refuse('issue_too_large')
      const refused = await rated(daemon, 'issue', caller.connection)
      if (refused) return refused
      const source = caller.connection.address
      return async ({ tx, now, stamp }) => {
        const { name, details, email, log } = issue
        const contact = email ?? null
        const { id } = await tx.issueReports.add({ at: now, source, contact, name, details, log: log ?? null })
        return { issue: id, timestamp: stamp(now), source, contact }
      }
    },
  },

  'client action view license': () => ({ version: LICENSE_VERSION, text: LICENSE_TEXT }),
}
