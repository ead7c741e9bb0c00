import { type Refusal, refuse } from '@ewallet/protocol'
import { keyOf } from '../domain/account.ts'
import type { Account } from '../domain/rows.ts'
import { type Awaitable, after, type Transaction } from '../store/store.ts'
import { SYSTEM_CORE } from './opening.ts'

/** Whether credits can be sent to an account: not to one that leaves or left, nor to SystemCore, which only gives. */
export function isReachable(account: Account | undefined): account is Account {
  return account !== undefined && account.leavesAt === null && account.deletedAt === null && account.id !== SYSTEM_CORE
}

/** The email that `@name` stands for: in the active contact list, by name, then by reference, in any case. */
async function contactEmail(
  tx: Transaction,
  list: number,
  name: string,
): Promise<string | Refusal<'contact_not_found' | 'contact_ambiguous'>> {
  const key = keyOf(name.trim())
  for (const index of ['name', 'reference'] as const) {
    const [contact, another] = await tx.contactRecords.list(index, [list, key], { limit: 2 })
    if (another) return refuse('contact_ambiguous', { contact: name })
    if (contact) return contact.email ?? refuse('contact_not_found', { contact: name })
  }
  return refuse('contact_not_found', { contact: name })
}

/** The account that an email or `@name` reaches; never the asking one, which is refused before anything else. */
export function findPartner(
  tx: Transaction,
  self: Account,
  partner: string,
): Awaitable<Account | Refusal<'partner_is_self' | 'contact_not_found' | 'contact_ambiguous' | 'account_not_found'>> {
  const naming = partner.startsWith('@') ? contactEmail(tx, self.contactList, partner.slice(1)) : partner
  return after(naming, (email) => {
    if (typeof email !== 'string') return email
    const key = keyOf(email)
    if (key === self.emailKey) return refuse('partner_is_self')
    return after(tx.accounts.find('email', [key]), (found) =>
      isReachable(found) ? found : refuse('account_not_found', { account: email }),
    )
  })
}
