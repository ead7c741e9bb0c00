import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { aDaemon, expectAllRefusalsSeen } from '../harness.ts'

const KIB = 1_024

describe('client action report issue', () => {
  it('stores a report and says when, from where and whom to answer', async () => {
    const daemon = await aDaemon()
    const issue = { name: 'The clock is fast', details: 'By an hour.', email: 'ada@example.org', log: 'tick' }
    expect(await daemon.stranger().says('client action report issue', { issue })).toEqual({
      failed: false,
      issue: 1,
      timestamp: '05-01-2026 09:00:00',
      source: '127.0.0.1',
      contact: 'ada@example.org',
    })
    expect(await daemon.store.transaction(async (tx) => tx.issueReports.get(1))).toEqual({
      id: 1,
      at: daemon.time.now(),
      source: '127.0.0.1',
      contact: 'ada@example.org',
      name: 'The clock is fast',
      details: 'By an hour.',
      log: 'tick',
    })
  })

  it('needs neither an email nor a log', async () => {
    const issue = { name: 'It hums', details: 'Softly.' }
    expect(await (await aDaemon()).stranger().says('client action report issue', { issue })).toMatchObject({
      contact: null,
    })
  })

  it('has no source where it was said on the admin channel', async () => {
    const issue = { name: 'It hums', details: 'Softly.' }
    const operator = (await aDaemon()).stranger({ isLocal: true })
    expect(await operator.says('client action report issue', { issue })).toMatchObject({ source: null })
  })

  it.each([
    ['64 KiB in all', { name: 'abcd', details: 'a'.repeat(64 * KIB - 8), log: 'abcd' }, undefined],
    ['one byte more', { name: 'abcd', details: 'a'.repeat(64 * KIB - 7), log: 'abcd' }, 'issue_too_large'],
    ['fewer letters of more bytes', { name: 'a', details: 'é'.repeat(32 * KIB) }, 'issue_too_large'],
    ['few letters of four bytes each', { name: 'a', details: '😀'.repeat(16 * KIB) }, 'issue_too_large'],
    ['a log that is too large by itself', { name: 'a', details: 'b', log: '字'.repeat(22 * KIB) }, 'issue_too_large'],
    ['no details', { name: 'a', details: '' }, 'malformed_request'],
    ['an email that is none', { name: 'a', details: 'b', email: 'ada' }, 'malformed_request'],
  ])('answers a report of %s', async (_, issue, code) => {
    const daemon = await aDaemon()
    expect((await daemon.stranger().says('client action report issue', { issue })).code).toBe(code)
    const stored = await daemon.store.transaction(async (tx) => tx.issueReports.list('all', []))
    expect(stored).toHaveLength(code ? 0 : 1)
  })

  it('refuses the 101st within a minute from one address', async () => {
    const daemon = await aDaemon()
    const issue = { name: 'It hums', details: 'Softly.' }
    for (let n = 0; n < 100; n += 1) await daemon.stranger().says('client action report issue', { issue })
    expect(await daemon.stranger().says('client action report issue', { issue })).toMatchObject({
      code: 'too_many_requests',
      details: { seconds: 60 },
    })
    daemon.time.turn(60_000)
    expect(await daemon.stranger().says('client action report issue', { issue })).toMatchObject({ issue: 101 })
  })
})

describe('client action view license', () => {
  it("shows the project's licence to anyone", async () => {
    const text = readFileSync(new URL('../../LICENSE', import.meta.url), 'utf8')
    expect(await (await aDaemon()).stranger().says('client action view license')).toEqual({
      failed: false,
      version: '1.0',
      text,
    })
  })

  it('can be accepted at sign-up', async () => {
    const daemon = await aDaemon()
    const client = await daemon.client()
    const { version } = await client.says('client action view license')
    const ada = { user_name: 'ada', user_email: 'ada@example.org', user_pass: 'correct-horse-1', license: version }
    expect(await client.says('client action new account', ada)).toMatchObject({ failed: false })
  })
})

describe('support', () => {
  it('refused all that it declares, somewhere above', () => {
    expectAllRefusalsSeen('support')
  })
})
