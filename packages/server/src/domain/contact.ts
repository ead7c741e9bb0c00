import { keyOf } from './account.ts'
import type { ContactRecord } from './rows.ts'

/** What a contact is called where nothing else was said. */
export const CONTACT_REFERENCE = 'Contact List Record'

/** What may be said of a contact. */
export interface ContactWish {
  contact_list?: number | undefined
  user_name?: string | undefined
  user_email?: string | undefined
  user_phone?: string | undefined
  user_reference?: string | undefined
  notes?: string | undefined
}

type Told = Omit<ContactRecord, 'id' | 'createdAt' | 'writtenAt' | 'account'>

/** The contact as wished; what is not named stays, or is empty where there is no contact yet. */
export function wishedContact(before: Told | undefined, wish: ContactWish, list: number): Told {
  const name = wish.user_name ?? before?.name ?? ''
  const reference = wish.user_reference ?? before?.reference ?? CONTACT_REFERENCE
  return {
    list,
    name,
    nameKey: keyOf(name),
    reference,
    referenceKey: keyOf(reference),
    email: wish.user_email ?? before?.email ?? null,
    phone: wish.user_phone ?? before?.phone ?? null,
    notes: wish.notes ?? before?.notes ?? null,
  }
}
