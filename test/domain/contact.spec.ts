import { describe, expect, it } from 'vitest'
import { CONTACT_REFERENCE, wishedContact } from '../../packages/server/src/domain/contact.ts'

const bob = {
  list: 3,
  name: 'Bob',
  nameKey: 'bob',
  reference: 'My Friend',
  referenceKey: 'my friend',
  email: 'bob@example.org',
  phone: '0123',
  notes: 'owes me lunch',
}

describe('a contact as wished', () => {
  it('is empty where nothing is said and there is none yet', () => {
    expect(wishedContact(undefined, {}, 3)).toEqual({
      list: 3,
      name: '',
      nameKey: '',
      reference: 'Contact List Record',
      referenceKey: 'contact list record',
      email: null,
      phone: null,
      notes: null,
    })
    expect(CONTACT_REFERENCE).toBe('Contact List Record')
  })

  it('stays where nothing is said, and moves to the list that is named', () => {
    expect(wishedContact(bob, {}, 3)).toEqual(bob)
    expect(wishedContact(bob, {}, 4)).toEqual({ ...bob, list: 4 })
  })

  it.each([
    ['the name, and what it is found by', { user_name: 'Rob' }, { name: 'Rob', nameKey: 'rob' }],
    ['the reference too', { user_reference: 'Boss' }, { reference: 'Boss', referenceKey: 'boss' }],
    ['the email', { user_email: 'rob@example.org' }, { email: 'rob@example.org' }],
    ['the phone', { user_phone: '9' }, { phone: '9' }],
    ['the notes', { notes: 'paid' }, { notes: 'paid' }],
    ['the phone to nothing', { user_phone: '' }, { phone: '' }],
  ])('changes %s, and nothing else', (_, wish, changed) => {
    expect(wishedContact(bob, wish, 3)).toEqual({ ...bob, ...changed })
  })

  it('begins with all that is said', () => {
    const { name, reference, email, phone, notes } = bob
    const wish = { user_name: name, user_reference: reference, user_email: email, user_phone: phone, notes }
    expect(wishedContact(undefined, wish, 3)).toEqual(bob)
  })
})
