import { describe, expect, it } from 'vitest'
import {
  changedBy,
  DELETION_MS,
  deletedAccount,
  editedAccount,
  forfeited,
  isIdle,
  isOpen,
  isSamePass,
  keyOf,
  leavesAt,
  needsPassword,
} from '../../packages/server/src/domain/account.ts'
import type { Account, PassHash } from '../../packages/server/src/domain/rows.ts'

const NINE = Date.UTC(2026, 0, 5, 9)
const pass = (n: number): PassHash => ({ N: 16, r: 8, p: 1, salt: `salt${n}`, hash: `hash${n}` })

const ada: Account = {
  id: 2,
  name: 'ada',
  nameKey: 'ada',
  email: 'ada@example.org',
  emailKey: 'ada@example.org',
  phone: null,
  alias: null,
  wallet: 2,
  contactList: 2,
  pass: pass(1),
  passArchive: [],
  acl: {},
  license: null,
  leavesAt: null,
  deletedAt: null,
  createdAt: NINE,
  writtenAt: NINE,
}

describe('names and emails', () => {
  it.each([
    ['Ada', 'ada'],
    ['ADA@Example.org', 'ada@example.org'],
    ['ÄDA', 'äda'],
    ['ａｄａ', 'ada'],
    ['A\u0308DA', 'äda'],
    ['ﬁn', 'fin'],
  ])('%s is unique as %s', (text, key) => {
    expect(keyOf(text)).toBe(key)
  })
})

describe('a wish', () => {
  it.each([
    ['nothing', {}, true],
    ['undefined fields', { name: undefined, pass: undefined }, true],
    ['an empty alias', { alias: '' }, false],
    ['a name', { name: 'ada' }, false],
  ])('of %s: idle is %s', (_, wish, idle) => {
    expect(isIdle(wish)).toBe(idle)
  })

  it.each([
    ['the name', { name: 'Lovelace' }, false],
    ['the phone and alias', { phone: '1', alias: 'x' }, false],
    ['the email it has', { email: 'ada@example.org' }, false],
    ['the email in another case', { email: 'Ada@example.org' }, true],
    ['another email', { email: 'a@example.org' }, true],
    ['a password', { pass: 'analytical-engine-2' }, true],
  ])('for %s: needing the current password is %s', (_, wish, needs) => {
    expect(needsPassword(ada, wish)).toBe(needs)
  })

  it('changes only what differs', () => {
    const wish = { name: 'ada', email: 'a@example.org', phone: '1', pass: 'x' }
    expect(changedBy(ada, wish)).toEqual({ name: false, pass: true, alias: false, email: true, phone: true })
    const rest = { pass: false, email: false, phone: false }
    expect(changedBy(ada, { name: 'Lovelace', alias: 'Countess' })).toEqual({ ...rest, name: true, alias: true })
  })

  it('leaves what it does not name', () => {
    expect(editedAccount(ada, { alias: 'Countess' }, undefined, NINE + 1)).toEqual({
      ...ada,
      alias: 'Countess',
      writtenAt: NINE + 1,
    })
  })

  it('changes the keys along with name and email', () => {
    expect(editedAccount(ada, { name: 'Lovelace', email: 'L@example.org' }, undefined, NINE)).toMatchObject({
      nameKey: 'lovelace',
      emailKey: 'l@example.org',
    })
  })

  it('keeps the 4 passwords before the current one: with it they are the last 5', () => {
    let account = ada
    for (let n = 2; n <= 7; n += 1) account = editedAccount(account, { pass: `${n}` }, pass(n), NINE)
    expect(account.pass).toEqual(pass(7))
    expect(account.passArchive).toEqual([pass(6), pass(5), pass(4), pass(3)])
  })
})

describe('an account', () => {
  it.each([
    ['stays', ada, true],
    ['leaves in a millisecond', { ...ada, leavesAt: NINE + 1 }, true],
    ['leaves now', { ...ada, leavesAt: NINE }, false],
    ['has no password', { ...ada, pass: null }, false],
    ['is deleted', deletedAccount(ada, NINE), false],
  ])('that %s can be logged in as: %s', (_, account, open) => {
    expect(isOpen(account as Account, NINE)).toBe(open)
  })

  it('leaves 30 days after the order', () => {
    expect(leavesAt(NINE)).toBe(NINE + 30 * 86_400_000)
    expect(DELETION_MS).toBe(2_592_000_000)
  })

  it.each([
    [0, 0, false, undefined],
    [1, 0, false, { credits: 1, minutes: 0 }],
    [0, 90_000, false, { credits: 0, minutes: 1.5 }],
    [0, 1, false, { credits: 0, minutes: 0 }],
    [600, 600, false, { credits: 600, minutes: 0.01 }],
    [5, 60_000, true, undefined],
  ])('that holds %i credits and %i ms, forfeiting %s, is refused with %o', (credits, ms, forfeit, details) => {
    expect(forfeited({ credits, ms }, forfeit)?.details).toEqual(details)
  })

  it('stays behind as deleted account #n, with nothing of the person', () => {
    const person = { ...ada, phone: '0123', alias: 'Countess', passArchive: [pass(0)], leavesAt: NINE }
    expect(deletedAccount(person, NINE + 1)).toEqual({
      ...ada,
      name: 'deleted account #2',
      nameKey: null,
      email: 'deleted account #2',
      emailKey: null,
      pass: null,
      deletedAt: NINE + 1,
      writtenAt: NINE + 1,
    })
  })
})

describe('two hashes', () => {
  it.each([
    ['the same', pass(1), pass(1), true],
    ['of another salt', pass(1), { ...pass(1), salt: 'x' }, false],
    ['of another hash', pass(1), { ...pass(1), hash: 'x' }, false],
    ['none at all', null, null, false],
    ['one and none', pass(1), null, false],
    ['none and one', null, pass(1), false],
  ])('that are %s', (_, a, b, same) => {
    expect(isSamePass(a, b)).toBe(same)
  })
})
