import { describe, expect, it } from 'vitest'
import { aDaemon, expectAllRefusalsSeen, NINE, PASSWORD } from '../harness.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const ada = { user_name: 'ada', user_email: ADA, user_pass: PASSWORD }

describe('client action new account', () => {
  it('opens an account with one wallet, one clock, one of each sheet and one contact list', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()

    expect(
      await client.says('client action new account', { ...ada, user_phone: '0123', user_alias: 'Countess' }),
    ).toEqual({
      failed: false,
      account: ADA,
      account_data: {
        id: 2,
        name: 'ada',
        create_date: '05-01-2026 09:00:00',
        write_date: '05-01-2026 09:00:00',
        ewallet: 2,
        contact_list: 2,
        email: ADA,
        phone: '0123',
        alias: 'Countess',
        state_code: 0,
        state_name: 'LoggedOut',
        ewallet_archive: { 2: 'Credit EWallet' },
        contact_list_archive: { 2: 'Contact List' },
      },
    })
  })

  it('leaves phone and alias empty where they are not named', async () => {
    const client = await (await aDaemon()).client()
    const { account_data } = await client.says('client action new account', ada)
    expect(account_data).toMatchObject({ phone: null, alias: null })
  })

  it('does not log the account in', async () => {
    const client = await (await aDaemon()).client()
    await client.says('client action new account', ada)
    expect(await client.says('client action view account')).toMatchObject({ code: 'not_logged_in' })
  })

  it('records the version of the licence that was accepted', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { version } = await client.says('client action view license')
    await client.says('client action new account', { ...ada, license: version })
    expect(await daemon.store.transaction(async (tx) => tx.accounts.get(2))).toMatchObject({ license: '1.0' })
  })

  it.each([
    ['a name that is taken', { user_name: 'bob' }, 'name_taken'],
    ['a name that differs in case only', { user_name: 'BOB' }, 'name_taken'],
    ['a name in letters of another width', { user_name: 'ｂｏｂ' }, 'name_taken'],
    ['the reserved name', { user_name: 'systemcore' }, 'name_taken'],
    ['an email that is taken', { user_email: BOB }, 'email_taken'],
    ['an email that differs in case only', { user_email: 'Bob@Example.org' }, 'email_taken'],
    ["SystemCore's email", { user_email: 'systemcore@ewallet.invalid' }, 'email_taken'],
    ['a password without a symbol', { user_pass: 'abcdefg1' }, 'password_too_weak'],
    ['a licence nobody wrote', { license: '0.9' }, 'license_unknown'],
    ['no email', { user_email: undefined }, 'malformed_request'],
    ['an email that is none', { user_email: 'ada@' }, 'malformed_request'],
    ['a name with a slash', { user_name: 'a/b' }, 'malformed_request'],
    ['a name of 65 letters', { user_name: 'a'.repeat(65) }, 'malformed_request'],
    ['a password of 257 characters', { user_pass: `a1!${'a'.repeat(254)}` }, 'password_too_weak'],
    ['a password of 1,025 characters', { user_pass: `a1!${'a'.repeat(1_022)}` }, 'malformed_request'],
  ])('refuses %s', async (_, change, code) => {
    const daemon = await aDaemon()
    await daemon.has(BOB)
    const client = await daemon.client()
    expect(await client.says('client action new account', { ...ada, ...change } as typeof ada)).toMatchObject({ code })
    expect(await daemon.store.transaction(async (tx) => tx.accounts.get(3))).toBeUndefined()
  })

  it('refuses the 101st within a minute from one address', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    for (let n = 0; n < 100; n += 1) {
      await client.says('client action new account', {
        ...ada,
        user_name: `ada${n}`,
        user_email: `ada${n}@example.org`,
      })
    }
    const refused = await client.says('client action new account', ada)
    expect(refused).toMatchObject({ code: 'too_many_requests', details: { seconds: 60 } })
    daemon.time.turn(60_000)
    expect(await client.says('client action new account', ada)).toMatchObject({ failed: false })
  })

  it('opens one of two accounts asked for at once under one name', async () => {
    const daemon = await aDaemon()
    const [one, two] = [await daemon.client(), await daemon.client()]
    const answers = await Promise.all([
      one.says('client action new account', ada),
      two.says('client action new account', { ...ada, user_email: 'other@example.org' }),
    ])
    expect(answers.map(({ code }) => code).sort()).toEqual(['name_taken', undefined])
  })
})

describe('client action login', () => {
  it.each([
    ['name', { user_name: 'ada' }],
    ['name in another case', { user_name: 'Ada' }],
    ['email', { user_email: ADA }],
    ['email in another case', { user_email: 'ADA@example.org' }],
  ])('logs an account in by its %s', async (_, who) => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    await client.says('client action new account', ada)
    expect(await client.says('client action login', { ...who, user_pass: PASSWORD })).toEqual({
      failed: false,
      account: ADA,
      session_data: {
        session_user_account: ADA,
        session_credit_ewallet: 2,
        session_contact_list: 2,
        session_account_archive: { [ADA]: 'ada' },
      },
    })
  })

  it('succeeds again for an account that is logged in already', async () => {
    const client = await (await aDaemon()).has(ADA)
    expect(await client.says('client action login', { user_email: ADA, user_pass: PASSWORD })).toMatchObject({
      session_data: { session_account_archive: { [ADA]: 'ada' } },
    })
  })

  it('takes a password typed in another spelling of the same letters', async () => {
    const client = await (await aDaemon()).client()
    await client.says('client action new account', { ...ada, user_pass: 'café-noir-1' })
    const spelt = 'café-noir-1'.normalize('NFD')
    expect(spelt).not.toBe('café-noir-1')
    expect(await client.says('client action login', { user_email: ADA, user_pass: spelt })).toMatchObject({
      account: ADA,
    })
  })

  it.each([
    ['a wrong password', { user_email: ADA, user_pass: 'wrong' }],
    ['an unknown name', { user_name: 'nobody', user_pass: PASSWORD }],
    ['an unknown email', { user_email: 'nobody@example.org', user_pass: PASSWORD }],
    ['SystemCore', { user_name: 'SystemCore', user_pass: PASSWORD }],
  ])('refuses %s in the same words', async (_, request) => {
    const client = await (await aDaemon()).client()
    await client.says('client action new account', ada)
    expect(await client.says('client action login', request)).toEqual({
      failed: true,
      code: 'login_failed',
      error: 'The name or the password is wrong.',
      warning: 'Nobody was logged in.',
    })
  })

  it('wants a name or an email, not both and not neither', async () => {
    const client = await (await aDaemon()).client()
    const both = { user_name: 'ada', user_email: ADA, user_pass: PASSWORD }
    expect(await client.says('client action login', both)).toMatchObject({ code: 'malformed_request' })
    expect(await client.says('client action login', { user_pass: PASSWORD })).toMatchObject({
      code: 'malformed_request',
    })
  })

  it('refuses a session more than EWALLET_SESSIONS_PER_ACCOUNT, until one of them is over', async () => {
    const daemon = await aDaemon({ config: { sessionsPerAccountMax: 2 } })
    const right = { user_email: ADA, user_pass: PASSWORD }
    const first = await daemon.has(ADA)
    daemon.time.turn(6 * 3_600_000)
    const [second, third] = [await daemon.client(), await daemon.client()]
    expect(await second.says('client action login', right)).toMatchObject({ account: ADA })
    const refused = { code: 'too_many_sessions', details: { sessions: 2 } }
    expect(await third.says('client action login', right)).toMatchObject(refused)
    expect(await second.says('client action login', right)).toMatchObject({ account: ADA })
    daemon.time.turn(6 * 3_600_000)
    const fourth = await daemon.client()
    expect(await fourth.says('client action login', right)).toMatchObject({ account: ADA })
    expect(await first.says('client action view account')).toMatchObject({ code: 'session_token_invalid' })
    expect((await fourth.says('client action view sessions')).sessions).toHaveLength(2)
  })

  it('refuses to be tried any more after five failures, even with the right password', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    for (let n = 0; n < 5; n += 1) {
      const refused = await client.says('client action login', { user_email: ADA, user_pass: 'wrong' })
      expect(refused).toMatchObject({ code: 'login_failed' })
    }
    const refused = await client.says('client action login', { user_name: 'ada', user_pass: PASSWORD })
    expect(refused).toMatchObject({ code: 'too_many_attempts', details: { seconds: 2 } })
    daemon.time.turn(2_000)
    expect(await client.says('client action login', { user_name: 'ada', user_pass: PASSWORD })).toMatchObject({
      account: ADA,
    })
  })

  it('tries no more of many guesses sent at once than of those sent one by one', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    const clients = await Promise.all(Array.from({ length: 12 }, () => daemon.client()))
    const answers = await Promise.all(
      clients.map((client, n) =>
        client.says('client action login', { user_email: ADA, user_pass: n === 11 ? PASSWORD : 'wrong' }),
      ),
    )
    expect(answers.filter(({ code }) => code === 'login_failed')).toHaveLength(5)
    expect(answers.filter(({ code }) => code === 'too_many_attempts')).toHaveLength(7)
  })

  it('does not log in with a password that was changed while it was compared', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    const late = await daemon.client()
    const { store } = daemon
    const transaction = store.transaction.bind(store)
    let opened = 0
    // The first asks who speaks, the second reads the hash; before the third the password is another one.
    store.transaction = (work, options) => {
      opened += 1
      if (opened === 3) {
        void transaction(async (tx) => {
          const account = await tx.accounts.get(2)
          if (account?.pass) await tx.accounts.put({ ...account, pass: { ...account.pass, salt: 'another' } })
        })
      }
      return transaction(work, options)
    }
    const login = { user_email: ADA, user_pass: PASSWORD }
    expect(await late.says('client action login', login)).toMatchObject({ code: 'login_failed' })
  })
})

describe('client action logout', () => {
  it('says who left and that nobody is active now', async () => {
    const client = await (await aDaemon()).has(ADA)
    expect(await client.says('client action logout')).toEqual({
      failed: false,
      account: ADA,
      session_data: {
        session_user_account: null,
        session_credit_ewallet: null,
        session_contact_list: null,
        session_account_archive: {},
      },
    })
    expect(await client.says('client action logout')).toMatchObject({ code: 'not_logged_in' })
  })

  it('makes the most recently active account that is left the active one', async () => {
    const daemon = await aDaemon()
    await daemon.has('cid@example.org')
    await daemon.has(BOB)
    const client = await daemon.has(ADA)
    await client.says('client action login', { user_name: 'cid', user_pass: PASSWORD })
    await client.says('client action login', { user_name: 'bob', user_pass: PASSWORD })
    await client.says('client action switch account', { account: ADA })
    await client.says('client action switch account', { account: 'cid@example.org' })
    await client.says('client action switch account', { account: BOB })

    expect(await client.says('client action logout')).toMatchObject({
      account: BOB,
      session_data: { session_user_account: 'cid@example.org' },
    })
    expect(await client.says('client action logout')).toMatchObject({ session_data: { session_user_account: ADA } })
  })
})

describe('client action switch account', () => {
  it('makes another account that is logged in here the active one', async () => {
    const daemon = await aDaemon()
    await daemon.has(BOB)
    const client = await daemon.has(ADA)
    await client.says('client action login', { user_name: 'bob', user_pass: PASSWORD })
    expect(await client.says('client action switch account', { account: 'Ada@example.org' })).toEqual({
      failed: false,
      account: ADA,
      session_data: {
        session_user_account: ADA,
        session_credit_ewallet: 3,
        session_contact_list: 3,
        session_account_archive: { [ADA]: 'ada', [BOB]: 'bob' },
      },
    })
    expect(await client.says('client action view account')).toMatchObject({ account: ADA })
  })

  it('refuses an account that is not logged in here exactly like one that does not exist', async () => {
    const daemon = await aDaemon()
    await daemon.has(BOB)
    const client = await daemon.has(ADA)
    const other = await client.says('client action switch account', { account: BOB })
    expect(other).toMatchObject({ code: 'account_not_found' })
    expect(await client.says('client action switch account', { account: 'nobody@example.org' })).toEqual(other)
  })
})

describe('client action view account', () => {
  it('shows the active account as logged in', async () => {
    const client = await (await aDaemon()).has(ADA)
    expect(await client.says('client action view account')).toMatchObject({
      account: ADA,
      account_data: { id: 2, name: 'ada', state_code: 1, state_name: 'LoggedIn' },
    })
  })

  it('tells dates in RFC 3339 where the caller asks for it', async () => {
    const client = await (await aDaemon()).has(ADA)
    const { account_data } = await client.says('client action view account', {}, { timestamps: 'iso' })
    expect(account_data.create_date).toBe('2026-01-05T09:00:00.000Z')
  })
})

describe('client action edit account', () => {
  it('changes all five fields and says so', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    daemon.time.turn(60_000)
    const answer = await client.says('client action edit account', {
      user_name: 'Lovelace',
      user_pass: 'analytical-engine-2',
      user_alias: 'Countess',
      user_email: 'lovelace@example.org',
      user_phone: '0123',
      current_pass: PASSWORD,
    })
    expect(answer).toMatchObject({
      account: 'lovelace@example.org',
      edit: { name: true, pass: true, alias: true, email: true, phone: true },
      account_data: {
        name: 'Lovelace',
        alias: 'Countess',
        email: 'lovelace@example.org',
        phone: '0123',
        create_date: '05-01-2026 09:00:00',
        write_date: '05-01-2026 09:01:00',
      },
    })
    await client.says('client action logout')
    const login = { user_email: 'lovelace@example.org', user_pass: 'analytical-engine-2' }
    expect(await client.says('client action login', login)).toMatchObject({ account: 'lovelace@example.org' })
  })

  it('says what was changed and what was not', async () => {
    const client = await (await aDaemon()).has(ADA)
    expect(await client.says('client action edit account', { user_alias: 'Countess' })).toMatchObject({
      edit: { name: false, pass: false, alias: true, email: false, phone: false },
    })
  })

  it('changes nothing, not even the write date, where all is so already', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    daemon.time.turn(60_000)
    expect(await client.says('client action edit account', { user_name: 'ada', user_email: ADA })).toMatchObject({
      edit: { name: false, pass: false, alias: false, email: false, phone: false },
      account_data: { write_date: '05-01-2026 09:00:00' },
    })
  })

  it('lets an account write its own name in another case', async () => {
    const client = await (await aDaemon()).has(ADA)
    expect(await client.says('client action edit account', { user_name: 'ADA' })).toMatchObject({
      account_data: { name: 'ADA' },
    })
  })

  it.each([
    ['nothing', {}, 'nothing_to_edit'],
    ['nothing but the current password', { current_pass: PASSWORD }, 'nothing_to_edit'],
    ["another's name", { user_name: 'BOB' }, 'name_taken'],
    ["another's email", { user_email: 'Bob@example.org', current_pass: PASSWORD }, 'email_taken'],
    ['the reserved name', { user_name: 'SystemCore' }, 'name_taken'],
    ['a new password without the current one', { user_pass: 'analytical-engine-2' }, 'wrong_password'],
    ['a new email without the current password', { user_email: 'a@example.org' }, 'wrong_password'],
    ['a wrong current password', { user_email: 'a@example.org', current_pass: 'wrong' }, 'wrong_password'],
    ['a weak password', { user_pass: 'short-1', current_pass: PASSWORD }, 'password_too_weak'],
    ['the password it has', { user_pass: PASSWORD, current_pass: PASSWORD }, 'password_used_before'],
    ['an email that is none', { user_email: 'ada', current_pass: PASSWORD }, 'malformed_request'],
    ['an empty name', { user_name: '' }, 'malformed_request'],
  ])('refuses %s', async (_, request, code) => {
    const daemon = await aDaemon()
    await daemon.has(BOB)
    const client = await daemon.has(ADA)
    const before = await client.says('client action view account')
    expect(await client.says('client action edit account', request)).toMatchObject({ code })
    expect(await client.says('client action view account')).toEqual(before)
  })

  it('refuses a session more than EWALLET_SESSIONS_PER_ACCOUNT', async () => {
    const daemon = await aDaemon({ config: { sessionsPerAccountMax: 1 } })
    const ada = await daemon.has(ADA)
    await ada.says('client action unlink account')
    const recover = { user_email: ADA, user_pass: PASSWORD }
    expect(await (await daemon.client()).says('client action recover account', recover)).toMatchObject({
      code: 'too_many_sessions',
    })
    expect(await ada.says('client action recover account', recover)).toMatchObject({ account: ADA })
  })

  it('shares the login back-off', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    const wrong = { user_email: 'a@example.org', current_pass: 'wrong' }
    for (let n = 0; n < 5; n += 1) await client.says('client action edit account', wrong)
    const right = { user_email: 'a@example.org', current_pass: PASSWORD }
    expect(await client.says('client action edit account', right)).toMatchObject({ code: 'too_many_attempts' })
    expect(await client.says('client action login', { user_email: ADA, user_pass: PASSWORD })).toMatchObject({
      code: 'too_many_attempts',
    })
    // What needs no password goes on.
    expect(await client.says('client action edit account', { user_phone: '0123' })).toMatchObject({ failed: false })
  })

  it('is refused to an account that may not edit itself', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    await daemon.store.transaction(async (tx) => {
      const account = await tx.accounts.get(2)
      if (account) await tx.accounts.put({ ...account, acl: { account: 'deny' } })
    })
    expect(await client.says('client action edit account', { user_phone: '0123' })).toMatchObject({
      code: 'permission_denied',
    })
  })
})

describe('client action unlink account', () => {
  it('orders the account to be deleted, and can be said with an idempotency key and as a dry run', async () => {
    const client = await (await aDaemon()).has(ADA)
    expect(await client.says('client action unlink account', {}, { dry_run: true })).toEqual({
      failed: false,
      account: ADA,
    })
    expect(await client.says('client action edit account', { user_phone: '0123' })).toMatchObject({ failed: false })
    const key = { idempotency_key: 'leaving' }
    const answer = await client.says('client action unlink account', {}, key)
    expect(answer).toEqual({ failed: false, account: ADA })
    expect(await client.says('client action unlink account', {}, key)).toEqual(answer)
    expect(await client.says('client action edit account', { user_phone: '0456' })).toMatchObject({
      code: 'account_leaving',
    })
  })

  it('is refused while a wallet or a clock holds something', async () => {
    const client = await (await aDaemon()).has(ADA, { credits: 70, minutes: 30 })
    expect(await client.says('client action unlink account')).toMatchObject({
      code: 'account_still_holds_credits',
      details: { credits: 70, minutes: 30 },
    })
    expect(await client.says('client action unlink account', { forfeit: false })).toMatchObject({ failed: true })
    expect(await client.says('client action unlink account', { forfeit: true })).toMatchObject({ account: ADA })
  })
})

describe('client action recover account', () => {
  it('cancels the deletion and logs the account in', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    await client.says('client action unlink account')
    await client.says('client action logout')
    daemon.time.turn(29 * 86_400_000)
    const other = await daemon.client()

    const answer = await other.says('client action recover account', { user_name: 'ada', user_pass: PASSWORD })
    expect(answer).toMatchObject({
      account: ADA,
      account_data: { state_code: 1, write_date: '03-02-2026 09:00:00' },
      session_data: { session_user_account: ADA },
    })
    expect(await other.says('client action edit account', { user_phone: '0123' })).toMatchObject({ failed: false })
  })

  it.each([
    ['an account that stays', { user_email: ADA, user_pass: PASSWORD }, 'account_stays'],
    ['a wrong password', { user_email: ADA, user_pass: 'wrong' }, 'login_failed'],
    ['nobody', { user_email: 'nobody@example.org', user_pass: PASSWORD }, 'login_failed'],
  ])('refuses %s', async (_, request, code) => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    const client = await daemon.client()
    expect(await client.says('client action recover account', request)).toMatchObject({ code })
    expect(await client.says('client action view account')).toMatchObject({ code: 'not_logged_in' })
  })

  it('shares the login back-off', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    const wrong = { user_email: ADA, user_pass: 'wrong' }
    for (let n = 0; n < 5; n += 1) await client.says('client action recover account', wrong)
    const right = { user_email: ADA, user_pass: PASSWORD }
    expect(await client.says('client action recover account', right)).toMatchObject({ code: 'too_many_attempts' })
    expect(await client.says('client action login', right)).toMatchObject({ code: 'too_many_attempts' })
  })

  it('comes too late when the 30 days are over, swept or not', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    await client.says('client action unlink account')
    daemon.time.turn(30 * 86_400_000)
    const other = await daemon.client()
    const credentials = { user_email: ADA, user_pass: PASSWORD }
    expect(await other.says('client action recover account', credentials)).toMatchObject({ code: 'login_failed' })
    expect(await other.says('client action login', credentials)).toMatchObject({ code: 'login_failed' })
  })
})

describe('client action view login, client action view logout', () => {
  it('list when the account logged in and out', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    daemon.time.turn(60_000)
    await client.says('client action logout')
    daemon.time.turn(60_000)
    await client.says('client action login', { user_email: ADA, user_pass: PASSWORD })

    expect(await client.says('client action view login')).toEqual({
      failed: false,
      account: ADA,
      login_records: { 1: '05-01-2026 09:00:00', 2: '05-01-2026 09:02:00' },
    })
    expect(await client.says('client action view logout')).toEqual({
      failed: false,
      account: ADA,
      logout_records: { 1: '05-01-2026 09:01:00' },
    })
  })

  it("leave others' out, and hold the newest 1,000", async () => {
    const daemon = await aDaemon()
    await daemon.has(BOB)
    const client = await daemon.has(ADA)
    await daemon.store.transaction(async (tx) => {
      for (let n = 0; n < 1_000; n += 1) await tx.loginRecords.add({ account: 3, at: NINE, address: null })
    })
    const { login_records } = await client.says('client action view login')
    expect(Object.keys(login_records)).toHaveLength(1_000)
    expect(Object.keys(login_records)[0]).toBe('3')
  })
})

describe('client action view acl', () => {
  it.each([
    ['open', 'allow'],
    ['granted', 'deny'],
  ] as const)('shows every permission where the supply is %s', async (supply, said) => {
    const client = await (await aDaemon({ config: { supply } })).has(ADA)
    expect(await client.says('client action view acl')).toEqual({
      failed: false,
      account: ADA,
      acl: {
        supply: said,
        transfer: 'allow',
        pay: 'allow',
        convert: 'allow',
        clock: 'allow',
        sheets: 'allow',
        contacts: 'allow',
        account: 'allow',
      },
    })
  })
})

describe('every instruction of an account', () => {
  it.each([
    'client action logout',
    'client action view account',
    'client action edit account',
    'client action unlink account',
    'client action view login',
    'client action view logout',
    'client action view acl',
  ] as const)('%s is refused to who is not logged in', async (path) => {
    const client = await (await aDaemon()).client()
    expect(await client.says(path)).toMatchObject({ code: 'not_logged_in' })
  })

  it.each(['client action login', 'client action new account', 'client action recover account'] as const)(
    '%s is refused without a session',
    async (path) => {
      const stranger = (await aDaemon()).stranger()
      expect(await stranger.says(path, ada as never)).toMatchObject({ failed: true })
    },
  )

  it('refused all that it declares, somewhere above', () => {
    expectAllRefusalsSeen('account')
  })
})
