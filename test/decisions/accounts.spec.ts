import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { declarationOf, type Path, paths } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { SYSTEM_CORE } from '../../packages/server/src/books/opening.ts'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import { tableNames } from '../../packages/server/src/store/store.ts'
import { aDaemon, aHandTurnedClock, type Client, NINE, PASSWORD, type TestDaemon } from '../harness.ts'
import { aRequest, isAccounts } from '../sample-request.ts'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const login = (user_email: string, user_pass = PASSWORD) => ({ user_email, user_pass })

/** Another session of an account that is signed up. */
async function anotherSession(daemon: TestDaemon, email = ADA, password = PASSWORD): Promise<Client> {
  const client = await daemon.client()
  await client.says('client action login', login(email, password))
  return client
}

/** A client with a session, that speaks from an address. */
async function from(daemon: TestDaemon, address: string): Promise<Client> {
  const client = daemon.stranger({ address })
  const { client_id } = await client.says('client action request client_id')
  const { session_token } = await client.says('client action request session_token', { client_id })
  Object.assign(client.header, { client_id, session_token })
  return client
}

/** Every row of every table, as text. */
async function everythingKept(daemon: TestDaemon): Promise<string> {
  return daemon.store.transaction(async (tx) => {
    const rows: unknown[] = []
    for (const table of tableNames) for (let id = 1; id <= 300; id += 1) rows.push(await tx[table].get(id))
    return JSON.stringify(rows)
  })
}

/** What the operator says over the admin channel. */
function operator(daemon: TestDaemon): Client {
  return daemon.stranger({ isLocal: true })
}

describe('SystemCore', () => {
  it('`SystemCore` (`systemcore@ewallet.invalid`) exists from the first start: account 1, no password', async () => {
    const daemon = await aDaemon()
    const core = () => daemon.store.transaction(async (tx) => tx.accounts.get(SYSTEM_CORE))
    expect(await core()).toMatchObject({ id: 1, name: 'SystemCore', email: 'systemcore@ewallet.invalid', pass: null })
    const before = await core()
    await daemon.restarts()
    expect(await core()).toEqual(before)
    expect(await daemon.store.transaction(async (tx) => tx.accounts.get(2))).toBeUndefined()
  })

  it.each([
    ['its name', { user_name: 'SystemCore' }],
    ['its email', { user_email: 'systemcore@ewallet.invalid' }],
  ])('nobody can log in as it, by %s', async (_, who) => {
    const client = await (await aDaemon()).client()
    for (const user_pass of ['', 'null', PASSWORD].filter((text) => text)) {
      expect(await client.says('client action login', { ...who, user_pass })).toMatchObject({ code: 'login_failed' })
      expect(await client.says('client action recover account', { ...who, user_pass })).toMatchObject({
        code: 'login_failed',
      })
    }
  })

  it.each(['SystemCore', 'systemcore', 'SYSTEMCORE'])('the name is reserved: %s', async (user_name) => {
    const client = await (await aDaemon()).has(ADA)
    expect(await client.says('client action edit account', { user_name })).toMatchObject({ code: 'name_taken' })
    expect(
      await client.says('client action new account', { user_name, user_email: BOB, user_pass: PASSWORD }),
    ).toMatchObject({ code: 'name_taken' })
  })

  it('it is the source of supplied credits', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA, { credits: 100 })
    expect(await daemon.store.transaction(async (tx) => tx.balance('core', 'credits'))).toBe(-100)
  })
})

describe('opening an account', () => {
  it('an account opens with one wallet, one clock, one of each sheet, one contact list, all active', async () => {
    const ada = await (await aDaemon()).has(ADA)
    const { account_data } = await ada.says('client action view account')
    const { ewallet_data } = await ada.says('client action view credit ewallet')
    const { clock_data } = await ada.says('client action view credit clock')
    const active = (archive: Record<string, string>) => Object.keys(archive).map(Number)
    expect(active(account_data.ewallet_archive)).toEqual([account_data.ewallet])
    expect(active(account_data.contact_list_archive)).toEqual([account_data.contact_list])
    expect(active(ewallet_data.clock_archive)).toEqual([ewallet_data.clock])
    expect(active(ewallet_data.transfer_sheet_archive)).toEqual([ewallet_data.transfer_sheet])
    expect(active(ewallet_data.invoice_sheet_archive)).toEqual([ewallet_data.invoice_sheet])
    expect(active(clock_data.time_sheet_archive)).toEqual([clock_data.time_sheet])
    expect(active(clock_data.conversion_sheet_archive)).toEqual([clock_data.conversion_sheet])
  })

  it('what is created later is added to the archive and never made active by itself', async () => {
    const ada = await (await aDaemon()).has(ADA)
    const before = {
      session: await ada.says('client action view session'),
      wallet: await ada.says('client action view credit ewallet'),
      clock: await ada.says('client action view credit clock'),
    }
    await ada.says('client action new contact list')
    await ada.says('client action new credit ewallet')
    await ada.says('client action new credit clock')
    for (const kind of ['transfer', 'invoice', 'conversion', 'time'] as const) {
      await ada.says(`client action new ${kind} list`)
    }
    expect(await ada.says('client action view session')).toEqual(before.session)
    const { account_data } = await ada.says('client action view account')
    expect(Object.keys(account_data.ewallet_archive)).toHaveLength(2)
    expect(Object.keys(account_data.contact_list_archive)).toHaveLength(2)
    const { ewallet_data } = await ada.says('client action view credit ewallet')
    expect(ewallet_data).toMatchObject({
      clock: before.wallet.ewallet_data.clock,
      transfer_sheet: before.wallet.ewallet_data.transfer_sheet,
      invoice_sheet: before.wallet.ewallet_data.invoice_sheet,
    })
    for (const archive of ['clock_archive', 'transfer_sheet_archive', 'invoice_sheet_archive'] as const) {
      expect(Object.keys(ewallet_data[archive])).toHaveLength(2)
    }
    const { clock_data } = await ada.says('client action view credit clock')
    expect(clock_data).toMatchObject({
      time_sheet: before.clock.clock_data.time_sheet,
      conversion_sheet: before.clock.clock_data.conversion_sheet,
    })
  })

  it('creating an account does not log it in', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(BOB)
    await client.says('client action new account', { ...login(ADA), user_name: 'ada' })
    expect(await client.says('client action view session')).toMatchObject({
      session_data: { session_user_account: BOB, session_account_archive: { [BOB]: 'bob' } },
    })
  })
})

describe('names and emails', () => {
  const ada = { user_name: 'ada', ...login(ADA) }

  it.each([
    ['missing', { user_email: undefined }],
    ['null', { user_email: null }],
    ['empty', { user_email: '' }],
    ['without a host', { user_email: 'ada@' }],
    ['without a dot', { user_email: 'ada@localhost' }],
    ['with two dots in a row', { user_email: 'a..b@example.org' }],
    ['with a space', { user_email: 'a b@example.org' }],
  ])('email is required, valid: not %s', async (_, change) => {
    const client = await (await aDaemon()).client()
    expect(await client.says('client action new account', { ...ada, ...change } as typeof ada)).toMatchObject({
      code: 'malformed_request',
    })
  })

  it('email is unique (case-insensitively), name likewise', async () => {
    const client = await (await aDaemon()).has(ADA)
    const says = (change: object) => client.says('client action new account', { ...ada, ...change })
    expect(await says({ user_name: 'other', user_email: 'ADA@EXAMPLE.ORG' })).toMatchObject({ code: 'email_taken' })
    expect(await says({ user_name: 'ADA', user_email: BOB })).toMatchObject({ code: 'name_taken' })
  })

  it('both also when edited', async () => {
    const daemon = await aDaemon()
    await daemon.has(BOB)
    const client = await daemon.has(ADA)
    const says = (change: object) => client.says('client action edit account', { current_pass: PASSWORD, ...change })
    expect(await says({ user_email: 'BOB@example.org' })).toMatchObject({ code: 'email_taken' })
    expect(await says({ user_name: 'Bob' })).toMatchObject({ code: 'name_taken' })
    expect(await says({ user_name: 'Ada', user_email: 'Ada@example.org' })).toMatchObject({ failed: false })
  })

  it('a name or email that was given up is free for others', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    const edit = { user_name: 'lovelace', user_email: 'lovelace@example.org', current_pass: PASSWORD }
    await client.says('client action edit account', edit)
    expect(await client.says('client action new account', ada)).toMatchObject({ account: ADA })
  })

  it.each([
    ['a', true],
    ['a'.repeat(64), true],
    ['Ada Lovelace', true],
    ['ada.l_o-1', true],
    ['Åda Ünal 7', true],
    ['艾达', true],
    ['ada ٣', true],
    ['ada ½', false],
    ['', false],
    ['a'.repeat(65), false],
    ['ada@home', false],
    ['ada/root', false],
    ['ada\nroot', false],
    [' ada', false],
    ['deleted account #2', false],
  ])('a name is 1 to 64 letters, digits, spaces, `._-`: %j is %s', async (user_name, fits) => {
    const client = await (await aDaemon()).client()
    const { failed, code } = await client.says('client action new account', { ...ada, user_name })
    expect([failed, code]).toEqual(fits ? [false, undefined] : [true, 'malformed_request'])
  })

  it('phone and alias are free text', async () => {
    const client = await (await aDaemon()).client()
    const free = { user_phone: '+40 (0)21 / ext. 5', user_alias: '<The "Countess">; 😀' }
    expect(await client.says('client action new account', { ...ada, ...free })).toMatchObject({
      account_data: { phone: free.user_phone, alias: free.user_alias },
    })
  })
})

describe('passwords', () => {
  it.each([
    ['8 characters', 'abcd-123', true],
    ['7 characters', 'abc-123', false],
    ['256 characters', `a1-${'x'.repeat(253)}`, true],
    ['256 characters that are each two for a machine', `a1-${'😀'.repeat(253)}`, true],
    ['256 characters, each typed as a letter and its accent', `a1-${'e\u0301'.repeat(253)}`, true],
    ['257 characters', `a1-${'x'.repeat(254)}`, false],
    ['no letter', '1234-5678', false],
    ['no digit', 'abcd-efgh', false],
    ['no symbol', 'abcd1234', false],
  ])('password: 8 to 256 characters with a letter, a digit and a symbol: %s', async (_, user_pass, fits) => {
    const client = await (await aDaemon()).client()
    const answer = await client.says('client action new account', { user_name: 'ada', user_email: ADA, user_pass })
    expect(answer.code).toBe(fits ? undefined : 'password_too_weak')
  })

  it('never one of the last 5 (the pass-hash archive)', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    const past = [PASSWORD]
    const change = (user_pass: string) =>
      client.says('client action edit account', { user_pass, current_pass: past.at(-1) ?? '' })
    for (let n = 2; n <= 5; n += 1) {
      expect(await change(`analytical-engine-${n}`)).toMatchObject({ edit: { pass: true } })
      past.push(`analytical-engine-${n}`)
    }
    for (const password of past) expect(await change(password)).toMatchObject({ code: 'password_used_before' })
    expect(await change('analytical-engine-6')).toMatchObject({ edit: { pass: true } })
    past.push('analytical-engine-6')
    expect(await change(PASSWORD)).toMatchObject({ edit: { pass: true } })
  })

  it('hashed with scrypt (N=2^14, r=8, p=1, settable, stored beside the hash)', async () => {
    const daemon = await aDaemon({ config: { scryptN: 16_384 } })
    await daemon.has(ADA)
    expect(await daemon.store.transaction(async (tx) => tx.accounts.get(2))).toMatchObject({
      pass: { N: 16_384, r: 8, p: 1, salt: expect.any(String), hash: expect.any(String) },
    })
    expect(await everythingKept(daemon)).not.toContain(PASSWORD)
  })

  it('in one dedicated worker thread with a bounded queue (`too_busy`)', async () => {
    // A database hands the logins on a batch at a time, so that a hash has to take longer for them to meet.
    const daemon = await aDaemon({
      config: { scryptN: process.env.EWALLET_TEST_STORE === 'postgres' ? 16_384 : 1_024 },
    })
    await daemon.has(ADA)
    const clients = [...(await Promise.all(Array.from({ length: 60 }, () => daemon.client())))]
    for (let n = 0; n < 60; n += 1) clients.push(await from(daemon, '192.0.2.1'))
    const answers = await Promise.all(clients.map((client) => client.says('client action login', login(ADA))))
    expect(answers.filter(({ code }) => code === 'too_busy').length).toBeGreaterThan(0)
    expect(answers.filter(({ failed }) => !failed).length).toBeGreaterThanOrEqual(100)
    expect(await clients[0]?.says('client action login', login(ADA))).toMatchObject({ account: ADA })
  })

  it('an unknown name costs as long as a wrong password', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    const client = await daemon.client()
    const { passwords } = daemon.house.daemon
    const hashed = vi.spyOn(passwords as unknown as { scrypt(password: string, kept: object): unknown }, 'scrypt')
    for (const user_name of ['ada', 'nobody', 'SystemCore']) {
      await client.says('client action login', { user_name, user_pass: 'wrong' })
    }
    const cost = { N: daemon.house.daemon.config.scryptN, r: 8, p: 1 }
    expect(hashed.mock.calls).toMatchObject([0, 1, 2].map(() => ['wrong', cost]))
  })

  it.each([
    ['password', { user_pass: 'analytical-engine-2' }],
    ['email', { user_email: 'lovelace@example.org' }],
  ])('changing %s needs `current_pass` and ends all other sessions of the account', async (_, change) => {
    const daemon = await aDaemon()
    const others = [await daemon.has(ADA), await anotherSession(daemon)]
    const bob = await daemon.has(BOB)
    const ada = await anotherSession(daemon)
    expect(await ada.says('client action edit account', change)).toMatchObject({ code: 'wrong_password' })
    for (const other of others) expect(await other.says('client action view account')).toMatchObject({ failed: false })

    await ada.says('client action edit account', { ...change, current_pass: PASSWORD })
    for (const other of others) {
      expect(await other.says('client action view account')).toMatchObject({ code: 'session_token_invalid' })
    }
    expect(await ada.says('client action view account')).toMatchObject({ failed: false })
    expect(await bob.says('client action view account')).toMatchObject({ account: BOB })
  })

  it('changing anything else needs none and ends no session', async () => {
    const daemon = await aDaemon()
    const other = await daemon.has(ADA)
    const ada = await anotherSession(daemon)
    await ada.says('client action edit account', { user_name: 'lovelace', user_phone: '1', user_alias: 'x' })
    expect(await other.says('client action view account')).toMatchObject({ account_data: { name: 'lovelace' } })
  })
})

describe('several accounts on one session', () => {
  async function adaAndBobHere() {
    const daemon = await aDaemon()
    await daemon.has(BOB)
    const client = await daemon.has(ADA)
    await client.says('client action login', login(BOB))
    return { daemon, client }
  }
  const active = async (client: Client) =>
    (await client.says('client action view session')).session_data.session_user_account

  it('several accounts can be logged in on one session; the last login is active', async () => {
    const { client } = await adaAndBobHere()
    expect(await client.says('client action view session')).toMatchObject({
      session_data: { session_user_account: BOB, session_account_archive: { [ADA]: 'ada', [BOB]: 'bob' } },
    })
  })

  it('`switch account` moves between them', async () => {
    const { client } = await adaAndBobHere()
    await client.says('client action switch account', { account: ADA })
    expect(await active(client)).toBe(ADA)
    expect(await client.says('client action view credit ewallet')).toMatchObject({ ewallet_data: { user: 3 } })
    await client.says('client action switch account', { account: BOB })
    expect(await active(client)).toBe(BOB)
  })

  it('logging in again succeeds, and makes the account active', async () => {
    const { client } = await adaAndBobHere()
    expect(await client.says('client action login', login(ADA))).toMatchObject({
      session_data: { session_user_account: ADA, session_account_archive: { [ADA]: 'ada', [BOB]: 'bob' } },
    })
  })

  it('logout makes the most recently active remaining one active', async () => {
    const { daemon, client } = await adaAndBobHere()
    await daemon.has('cid@example.org')
    await client.says('client action login', login('cid@example.org'))
    await client.says('client action switch account', { account: ADA })
    await client.says('client action logout')
    expect(await active(client)).toBe('cid@example.org')
    await client.says('client action logout')
    expect(await active(client)).toBe(BOB)
    await client.says('client action logout')
    expect(await active(client)).toBeNull()
  })

  it("the session follows the account's active wallet and contact list (no second pointer)", async () => {
    const daemon = await aDaemon()
    const one = await daemon.has(ADA)
    const two = await anotherSession(daemon)
    await one.says('client action new credit ewallet')
    await one.says('client action switch credit ewallet', { ewallet_id: 3 })
    await one.says('client action new contact list')
    await one.says('client action switch contact_list', { list_id: 3 })
    for (const client of [one, two]) {
      expect(await client.says('client action view session')).toMatchObject({
        session_data: { session_credit_ewallet: 3, session_contact_list: 3 },
      })
      expect(await client.says('client action view credit ewallet')).toMatchObject({ ewallet: 3 })
      expect(await client.says('client action view contact list')).toMatchObject({ contact_list: 3 })
    }
  })

  it('`state_code` is 1 while any session has the account logged in', async () => {
    const daemon = await aDaemon()
    const one = await daemon.has(ADA)
    const two = await anotherSession(daemon)
    const bob = await daemon.has(BOB)
    const state = async () => {
      const { accounts } = await operator(daemon).says('system action view accounts')
      return accounts.find(({ email }) => email === ADA)?.state_name
    }
    expect(await state()).toBe('LoggedIn')
    await one.says('client action logout')
    expect(await state()).toBe('LoggedIn')
    await two.says('client action logout')
    expect(await state()).toBe('LoggedOut')
    await anotherSession(daemon)
    expect(await state()).toBe('LoggedIn')
    daemon.time.turn(12 * HOUR)
    expect(await state()).toBe('LoggedOut')
    expect(await bob.says('client action view account')).toMatchObject({ code: 'session_token_invalid' })
  })
})

describe('login back-off', () => {
  /** Says a wrong password for ada until that is refused as too often; the seconds to wait. */
  async function untilRefused(client: Client, wrong = login(ADA, 'wrong')): Promise<number> {
    for (let n = 0; n < 10; n += 1) {
      const { code, details } = await client.says('client action login', wrong)
      if (code === 'too_many_attempts') return Number(details?.seconds)
    }
    throw new Error('Nobody minded.')
  }

  it('login back-off per (account, address): after the 5th failure 2 s, doubling to 15 minutes', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    // A session where nobody ever logged in would not outlive the longest wait.
    const client = await daemon.has(BOB)
    const waits: number[] = []
    for (let n = 0; n < 5; n += 1) await client.says('client action login', login(ADA, 'wrong'))
    for (let n = 0; n < 12; n += 1) {
      const seconds = await untilRefused(client)
      waits.push(seconds)
      daemon.time.turn(seconds * SECOND - 1)
      expect(await client.says('client action login', login(ADA, 'wrong'))).toMatchObject({ details: { seconds: 1 } })
      daemon.time.turn(1)
      expect(await client.says('client action login', login(ADA, 'wrong'))).toMatchObject({ code: 'login_failed' })
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
  })

  it('the right password is refused too while it lasts (`too_many_attempts` with the seconds to wait)', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    await untilRefused(client)
    expect(await client.says('client action login', login(ADA))).toMatchObject({
      code: 'too_many_attempts',
      details: { seconds: 2 },
    })
  })

  it('from another address, and for another account, it does not count', async () => {
    const daemon = await aDaemon()
    await daemon.has(BOB)
    const client = await daemon.has(ADA)
    await untilRefused(client)
    expect(await client.says('client action login', login(BOB))).toMatchObject({ account: BOB })
    const elsewhere = await from(daemon, '192.0.2.1')
    expect(await elsewhere.says('client action login', login(ADA))).toMatchObject({ account: ADA })
  })

  it('for an unknown name it is the same, whatever the case it is typed in', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    for (let n = 0; n < 5; n += 1) {
      await client.says('client action login', { user_name: n % 2 ? 'nobody' : 'Nobody', user_pass: 'wrong' })
    }
    expect(await client.says('client action login', { user_name: 'NOBODY', user_pass: 'wrong' })).toMatchObject({
      code: 'too_many_attempts',
      details: { seconds: 2 },
    })
  })

  it('name and email of an account are one to it', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    for (let n = 0; n < 5; n += 1) {
      await client.says('client action login', n % 2 ? login(ADA, 'wrong') : { user_name: 'ada', user_pass: 'wrong' })
    }
    expect(await client.says('client action login', login(ADA))).toMatchObject({ code: 'too_many_attempts' })
  })

  it('50 failures an hour per address likewise', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    const client = await from(daemon, '192.0.2.1')
    for (let n = 0; n < 50; n += 1) {
      const answer = await client.says('client action login', { user_name: `nobody${n}`, user_pass: 'wrong' })
      expect(answer).toMatchObject({ code: 'login_failed' })
    }
    expect(await client.says('client action login', login(ADA))).toMatchObject({
      code: 'too_many_attempts',
      details: { seconds: 3_600 },
    })
    expect(await anotherSession(daemon)).toBeDefined()
    daemon.time.turn(HOUR)
    const later = await from(daemon, '192.0.2.1')
    expect(await later.says('client action login', login(ADA))).toMatchObject({ account: ADA })
  })

  it('200 failures an hour per account likewise', async () => {
    const daemon = await aDaemon()
    await daemon.has(ADA)
    for (let n = 0; n < 50; n += 1) {
      const client = await from(daemon, `192.0.2.${n}`)
      for (let m = 0; m < 4; m += 1) {
        expect(await client.says('client action login', login(ADA, 'wrong'))).toMatchObject({ code: 'login_failed' })
      }
    }
    const elsewhere = await from(daemon, '198.51.100.1')
    expect(await elsewhere.says('client action login', login(ADA))).toMatchObject({ code: 'too_many_attempts' })
  })

  it('`recover` and `current_pass` share it', async () => {
    const daemon = await aDaemon()
    const client = await daemon.has(ADA)
    const change = { user_email: 'lovelace@example.org' }
    await client.says('client action login', login(ADA, 'wrong'))
    await client.says('client action login', login(ADA, 'wrong'))
    await client.says('client action recover account', login(ADA, 'wrong'))
    await client.says('client action recover account', login(ADA, 'wrong'))
    await client.says('client action edit account', { ...change, current_pass: 'wrong' })
    const refused = { code: 'too_many_attempts', details: { seconds: 2 } }
    expect(await client.says('client action login', login(ADA))).toMatchObject(refused)
    expect(await client.says('client action recover account', login(ADA))).toMatchObject(refused)
    expect(await client.says('client action edit account', { ...change, current_pass: PASSWORD })).toMatchObject(
      refused,
    )
  })

  it('sessions that live are not touched', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA, { credits: 10 })
    await untilRefused(await daemon.client())
    expect(await ada.says('client action convert credits2clock', { credits: 1 })).toMatchObject({ failed: false })
    expect(await ada.says('client action edit account', { user_phone: '1' })).toMatchObject({ failed: false })
  })
})

describe('login and logout', () => {
  it('login and logout are recorded with their real times', async () => {
    const daemon = await aDaemon()
    const one = await daemon.has(ADA)
    daemon.time.turn(HOUR)
    await anotherSession(daemon)
    daemon.time.turn(HOUR)
    await one.says('client action logout')
    daemon.time.turn(HOUR)
    const three = await anotherSession(daemon)
    await three.says('client action revoke session', { all: true })

    const { login_records } = await three.says('client action view login', {}, { timestamps: 'iso' })
    const { logout_records } = await three.says('client action view logout', {}, { timestamps: 'iso' })
    const hours = (records: Record<string, string>) =>
      Object.values(records).map((at) => (Date.parse(at) - NINE) / HOUR)
    expect(hours(login_records)).toEqual([0, 1, 3])
    expect(hours(logout_records)).toEqual([2, 3])
  })
})

describe('deletion in 30 days', () => {
  it('`unlink account` orders deletion in 30 days', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action unlink account')
    expect(await daemon.store.transaction(async (tx) => tx.accounts.get(2))).toMatchObject({
      leavesAt: NINE + 30 * DAY,
    })
    daemon.time.turn(30 * DAY - 1)
    expect(await operator(daemon).says('system action cleanup accounts')).toMatchObject({ accounts_cleaned: 0 })
    daemon.time.turn(1)
    expect(await operator(daemon).says('system action cleanup accounts')).toMatchObject({ accounts_cleaned: 1 })
    expect(await operator(daemon).says('system action cleanup accounts')).toMatchObject({ accounts_cleaned: 0 })
  })

  it('running timers stop', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA, { minutes: 30 })
    await ada.says('client action start clock_timer')
    daemon.time.turn(10 * MINUTE)
    await ada.says('client action pause clock_timer')
    expect(await ada.says('client action unlink account', { forfeit: true })).toMatchObject({ account: ADA })
    expect(await ada.says('client action view credit clock')).toMatchObject({
      clock_data: { clock_state: 'inactive', credit_clock: 20 },
    })
    const { events } = await ada.says('client action view events')
    expect(events.at(-1)).toMatchObject({
      event: 'clock.stopped',
      data: { clock: 2, minutes_spent: 10, time_record: 1 },
    })
  })

  it('a timer goes on where the order is refused', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA, { minutes: 30 })
    await ada.says('client action start clock_timer')
    daemon.time.turn(10 * MINUTE)
    expect(await ada.says('client action unlink account')).toMatchObject({
      code: 'account_still_holds_credits',
      details: { credits: 0, minutes: 20 },
    })
    expect(await ada.says('client action view credit clock')).toMatchObject({
      clock_data: { clock_state: 'active', credit_clock: 20 },
    })
  })

  const changing = paths.filter((path) => isAccounts(path) && declarationOf(path).changes)
  const viewing = paths.filter((path) => isAccounts(path) && !declarationOf(path).changes)

  it('the account can only view, log out and recover', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action unlink account')
    const codeOf = async (path: Path) => (await ada.says(path, aRequest(path) as never)).code
    for (const path of changing.filter((path) => path !== 'client action logout')) {
      expect([path, await codeOf(path)]).toEqual([path, 'account_leaving'])
    }
    for (const path of viewing) {
      expect([undefined, 'record_not_found']).toContain(await codeOf(path))
    }
    expect(await ada.says('client action logout')).toMatchObject({ account: ADA })
    expect(await ada.says('client action recover account', login(ADA))).toMatchObject({ account: ADA })
  })

  it('it can log in, for otherwise it could not view', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    await ada.says('client action unlink account')
    daemon.time.turn(29 * DAY)
    const later = await anotherSession(daemon)
    expect(await later.says('client action view account')).toMatchObject({ account: ADA })
    expect(await later.says('client action new contact list')).toMatchObject({ code: 'account_leaving' })
  })

  it('what others send it is refused as `account_not_found`', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const bob = await daemon.has(BOB, { credits: 10 })
    const before = await bob.says('client action pay', { pay: 'nobody@example.org', credits: 1 })
    await ada.says('client action unlink account')
    const { details: _, ...refused } = await bob.says('client action pay', { pay: ADA, credits: 1 })
    expect(refused).toMatchObject({ code: 'account_not_found' })
    expect({ ...before, details: undefined }).toEqual({ ...refused, details: undefined })
    expect(await bob.says('client action transfer credits', { transfer_to: ADA, credits: 1 })).toMatchObject({
      code: 'account_not_found',
    })
  })

  it('`recover account` cancels', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const bob = await daemon.has(BOB, { credits: 10 })
    await ada.says('client action unlink account')
    await ada.says('client action recover account', login(ADA))
    expect(await bob.says('client action pay', { pay: ADA, credits: 1 })).toMatchObject({ paid: ADA })
    daemon.time.turn(31 * DAY)
    await operator(daemon).says('system action cleanup accounts')
    expect(await anotherSession(daemon).then((client) => client.says('client action view account'))).toMatchObject({
      account: ADA,
    })
  })

  it.each([
    ['credits', { credits: 1 }],
    ['minutes', { minutes: 1 }],
  ])('an account that still holds %s must say `forfeit: true`', async (_, holding) => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA, holding)
    const refused = { code: 'account_still_holds_credits' }
    expect(await ada.says('client action unlink account')).toMatchObject(refused)
    expect(await ada.says('client action unlink account', { forfeit: false })).toMatchObject(refused)
    expect(await ada.says('client action unlink account', { forfeit: true })).toMatchObject({ account: ADA })
  })

  it('all wallets and clocks count, not only the active ones', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA, { credits: 2, minutes: 3 })
    await ada.says('client action new credit ewallet')
    await ada.says('client action switch credit ewallet', { ewallet_id: 3 })
    expect(await ada.says('client action unlink account')).toMatchObject({ details: { credits: 2, minutes: 3 } })
  })
})

describe('after 30 days', () => {
  const LOVELACE = 'lovelace@example.org'

  /** Lovelace, who left something of herself everywhere, with 100 credits and 29.5 minutes, deleted after 30 days. */
  async function aDeletedAccount(options: Parameters<typeof aDaemon>[0] = {}) {
    const daemon = await aDaemon(options)
    const bob = await daemon.has(BOB, { credits: 50 })
    const ada = await from(daemon, '192.0.2.7')
    const person = { user_name: 'Lovelace', user_phone: '555-0199', user_alias: 'Countess' }
    await ada.says('client action new account', { ...person, ...login(LOVELACE) })
    await ada.says('client action login', login(LOVELACE))
    await ada.says('client action supply credits', { credits: 200 })
    await ada.says('client action pay', { pay: BOB, credits: 60 }, { idempotency_key: 'hers' })
    await bob.says('client action pay', { pay: LOVELACE, credits: 1 }, { idempotency_key: 'his' })
    await bob.says('client action transfer credits', { transfer_to: LOVELACE, credits: 4 })
    await ada.says('client action transfer credits', { transfer_to: BOB, credits: 5 })
    await ada.says('client action convert credits2clock', { credits: 40 })
    await ada.says('client action start clock_timer')
    daemon.time.turn(10.5 * MINUTE)
    await ada.says('client action stop clock_timer')
    await ada.says('client action new credit ewallet', { reference: 'Savings of Lovelace' })
    await ada.says('client action new transfer list', { reference: 'Countess only' })
    await ada.says('client action new contact list')
    const babbage = { user_name: 'Babbage', user_email: 'babbage@example.org', notes: 'Inventor.' }
    await ada.says('client action new contact record', babbage)
    await ada.says('client action new contact record', { ...babbage, contact_list: 4 })
    await ada.says('client action edit account', { user_pass: 'analytical-engine-2', current_pass: PASSWORD })
    const issue = { name: 'It hums', details: 'Softly.', email: LOVELACE }
    await ada.says('client action report issue', { issue })
    await ada.says('client action unlink account', { forfeit: true }, { idempotency_key: 'leaving' })
    const before = await everythingKept(daemon)
    daemon.time.turn(30 * DAY)
    await operator(daemon).says('system action cleanup accounts')
    const later = await anotherSession(daemon, BOB)
    return { daemon, ada, bob: later, before }
  }
  const hers = /lovelace|555-0199|countess|babbage|192\.0\.2\.7|inventor/i

  it('the cleaner returns what is left to SystemCore', async () => {
    const { daemon } = await aDeletedAccount()
    const balances = await daemon.store.transaction(async (tx) => ({
      wallet: await tx.balance('wallet:3', 'credits'),
      clock: await tx.balance('clock:3', 'milliseconds'),
      core: await tx.balance('core', 'credits'),
      bob: await tx.balance('wallet:2', 'credits'),
      exchange: [await tx.balance('exchange', 'credits'), await tx.balance('exchange', 'milliseconds')],
      consumed: await tx.balance('consumed', 'milliseconds'),
    }))
    // 200 and 50 were supplied; bob keeps 110; of 40 minutes 10.5 were used, 29 go back, and half a minute is used up.
    expect(balances).toEqual({
      wallet: 0,
      clock: 0,
      bob: 110,
      core: -250 + 100 + 29,
      exchange: [11, -11 * MINUTE],
      consumed: 11 * MINUTE,
    })
  })

  it('removes personal data from tables and answers', async () => {
    const { daemon, before } = await aDeletedAccount()
    expect(before).toMatch(hers)
    expect((await everythingKept(daemon)).match(new RegExp(`.{40}(${hers.source}).{40}`, 'i'))).toBeNull()
  })

  it('removes personal data from the picture', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ewallet-picture-'))
    const time = aHandTurnedClock()
    const store = await openLowdbStore({ folder, time, checkpointBytes: 1_048_576, report: () => {} })
    // The picture is drawn when the store is closed, after the daemon: what is asked to be done first is done last.
    onTestFinished(async () => {
      await store.close()
      const pictured = readdirSync(join(folder, 'stores'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        .join('\n')
      rmSync(folder, { recursive: true })
      expect(pictured).toContain('deleted account #3')
      expect(pictured).not.toMatch(hers)
    })
    await aDeletedAccount({ store, time })
  })

  it('removes them from what others are answered', async () => {
    const { bob } = await aDeletedAccount()
    for (const path of paths.filter((path) => isAccounts(path) && !declarationOf(path).changes)) {
      for (let id = 1; id <= 8; id += 1) {
        expect(JSON.stringify(await bob.says(path, aRequest(path, id) as never))).not.toMatch(hers)
      }
    }
    expect(
      await bob.says('client action pay', { pay: LOVELACE, credits: 1 }, { idempotency_key: 'his' }),
    ).toMatchObject({
      paid: 'deleted account #3',
    })
  })

  it('keeps the money records under `deleted account #n`', async () => {
    const { bob } = await aDeletedAccount()
    const { records } = await bob.says('client action view transfer records')
    expect(records).toMatchObject([
      { transfer_type: 'incoming', transfer_from: 'deleted account #3', transfer_to: BOB, credits: 5 },
      { transfer_type: 'transfer', transfer_from: BOB, transfer_to: 'deleted account #3', credits: 4 },
      { transfer_type: 'payment', transfer_from: BOB, transfer_to: 'deleted account #3', credits: 1 },
      { transfer_type: 'incoming', transfer_from: 'deleted account #3', transfer_to: BOB, credits: 60 },
      { transfer_type: 'incoming', transfer_to: BOB, credits: 50 },
    ])
    expect(await bob.says('client action view invoice records')).toMatchObject({
      records: [{ seller: 'deleted account #3', credits: 1 }, { seller: 'bob' }, { seller: 'SystemCore' }],
    })
  })

  it('her sessions, her password and her name are good for nothing, and name and email are free', async () => {
    const { daemon, ada } = await aDeletedAccount()
    expect(await ada.says('client action view account')).toMatchObject({ failed: true })
    const client = await daemon.client()
    const credentials = login(LOVELACE, 'analytical-engine-2')
    expect(await client.says('client action login', credentials)).toMatchObject({ code: 'login_failed' })
    expect(await client.says('client action recover account', credentials)).toMatchObject({ code: 'login_failed' })
    expect(
      await client.says('client action login', { user_name: 'deleted account #3', user_pass: 'analytical-engine-2' }),
    ).toMatchObject({ code: 'login_failed' })
    const again = await client.says('client action new account', { ...credentials, user_name: 'Lovelace' })
    expect(again).toMatchObject({ account: LOVELACE, account_data: { id: 4 } })
  })

  it('takes a deleted account off a session where somebody else is active', async () => {
    const daemon = await aDaemon({ config: { tokenMs: 60 * DAY, clientMs: 60 * DAY } })
    await daemon.has(BOB)
    const ada = await daemon.has(ADA)
    await ada.says('client action unlink account')
    await ada.says('client action login', login(BOB))
    const alone = await anotherSession(daemon)
    daemon.time.turn(30 * DAY)
    await operator(daemon).says('system action cleanup accounts')
    expect(await ada.says('client action view session')).toMatchObject({
      session_data: { session_user_account: BOB, session_account_archive: { [BOB]: 'bob' } },
    })
    expect(await alone.says('client action view session')).toMatchObject({
      session_data: { session_user_account: null, session_account_archive: {} },
    })
  })
})

describe('the ACL permission sheet', () => {
  it('every account has one; permissions `supply`, `transfer`, `pay`, `convert`, `clock`, `sheets`, `contacts`, `account`', async () => {
    const ada = await (await aDaemon()).has(ADA)
    const { acl } = await ada.says('client action view acl')
    expect(Object.keys(acl)).toEqual(['supply', 'transfer', 'pay', 'convert', 'clock', 'sheets', 'contacts', 'account'])
  })

  const named = paths.filter((path) => declarationOf(path).permission !== undefined)

  it.each(named)('each instruction names the one it needs; a denied one: `permission_denied`: %s', async (path) => {
    const daemon = await aDaemon()
    const ada = await daemon.has(ADA)
    const { permission } = declarationOf(path)
    await daemon.store.transaction(async (tx) => {
      const account = await tx.accounts.get(2)
      if (account && permission) await tx.accounts.put({ ...account, acl: { [permission]: 'deny' } })
    })
    expect(await ada.says(path, aRequest(path) as never)).toMatchObject({
      code: 'permission_denied',
      details: { permission },
    })
    expect((await ada.says('client action view acl')).acl[permission ?? 'pay']).toBe('deny')
  })

  it('viewing, login, logout, recover need none', () => {
    const free = paths.filter((path) => isAccounts(path) && !named.includes(path))
    const others = free.filter((path) => declarationOf(path).changes)
    expect(others).toEqual(['client action revoke session', 'client action logout'])
    for (const path of ['client action login', 'client action recover account'] as const) {
      expect(declarationOf(path).permission).toBeUndefined()
    }
  })

  it('all start as `allow`, except that `supply` follows `EWALLET_SUPPLY=open|granted`', async () => {
    for (const supply of ['open', 'granted'] as const) {
      const ada = await (await aDaemon({ config: { supply } })).has(ADA)
      const { acl } = await ada.says('client action view acl')
      const { supply: said, ...others } = acl
      expect(said).toBe(supply === 'open' ? 'allow' : 'deny')
      expect([...new Set(Object.values(others))]).toEqual(['allow'])
      const answer = await ada.says('client action supply credits', { credits: 1 })
      expect(answer.code).toBe(supply === 'open' ? undefined : 'permission_denied')
    }
  })
})
