import { describe, expect, it } from 'vitest'
import { aDaemon } from './harness.ts'

const view = { controller: 'client', ctype: 'action', action: 'view', view: 'account' }

describe('a frame', () => {
  it('is understood in the chained and in the flat form alike', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has('ada@example.org')
    const chained = await ada.sends({ id: 1, header: ada.header, command_chain: view })
    const flat = await ada.sends({ id: 2, ...ada.header, ...view })
    const mixed = await ada.sends({
      header: { client_id: ada.header.client_id },
      session_token: ada.header.session_token,
      ...view,
    })
    expect(chained).toMatchObject({ failed: false, account: 'ada@example.org' })
    expect(flat).toEqual(chained)
    expect(mixed).toEqual(chained)
  })

  it('takes credentials from beside the controller of a chain', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has('ada@example.org')
    expect(await ada.sends({ id: 1, command_chain: { ...ada.header, ...view } })).toMatchObject({ failed: false })
  })

  it('accepts and ignores what the daemon knows by itself', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has('ada@example.org')
    const header = { ...ada.header, src_address: '1.2.3.4', src_port: 1, loggin_user: 'bob', session_id: 9 }
    expect(await ada.sends({ header, command_chain: view })).toMatchObject({
      failed: false,
      account: 'ada@example.org',
    })
  })

  it.each([
    [
      'a header that says something else than what stands beside it',
      { header: { client_id: 'a' }, client_id: 'b', ...view },
      'client_id',
    ],
    ['an unknown field, by name', { colour: 'red', ...view }, 'colour'],
    ['an unknown field of the header, by name', { header: { colour: 'red' }, ...view }, 'header.colour'],
    ['a field beside a chain', { header: {}, command_chain: view, credits: 1 }, 'credits'],
    ['a header that is no object', { header: 7, ...view }, 'header'],
    ['a chain that is no object', { command_chain: [] }, 'command_chain'],
    ['a dry run that is neither true nor false', { dry_run: 'yes', ...view }, 'dry_run'],
    ['timestamps of another kind', { header: { timestamps: 'roman' }, ...view }, 'header.timestamps'],
    ['an empty idempotency key', { header: { idempotency_key: '' }, ...view }, 'header.idempotency_key'],
    ['a list', [view], ''],
    ['nothing', null, ''],
    ['a text', 'view account', ''],
  ])('is refused for %s', async (_, frame, field) => {
    const daemon = await aDaemon()
    expect(await daemon.stranger().sends(frame)).toMatchObject({
      failed: true,
      code: 'malformed_request',
      details: { field },
    })
  })

  it('names the field and what it should be', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has('ada@example.org')
    const supply = { controller: 'client', ctype: 'action', action: 'supply', supply: 'credits' }
    expect(await ada.sends({ ...ada.header, ...supply, credits: '5' })).toMatchObject({
      code: 'malformed_request',
      error: '"credits" should be a whole number from 1 to 1,000,000,000.',
    })
  })

  it('of an unknown instruction is refused as such', async () => {
    const daemon = await aDaemon()
    expect(await daemon.stranger().sends({ controller: 'client', ctype: 'action', action: 'frob' })).toMatchObject({
      code: 'unknown_instruction',
    })
  })

  it('for the system is refused over TCP, whatever it says', async () => {
    const daemon = await aDaemon()
    expect(await daemon.stranger().sends({ controller: 'system', ctype: 'frob' })).toMatchObject({
      code: 'system_is_local',
    })
  })

  it('gets timestamps as it asks for them', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has('ada@example.org')
    const local = await ada.says('client action view account')
    const iso = await ada.says('client action view account', {}, { timestamps: 'iso' })
    expect(local.account_data.create_date).toBe('05-01-2026 09:00:00')
    expect(iso.account_data.create_date).toBe('2026-01-05T09:00:00.000Z')
  })

  it('may say whom it believes to be active, and does nothing if another is', async () => {
    const daemon = await aDaemon()
    const ada = await daemon.has('ada@example.org')
    expect(await ada.says('client action view account', {}, { account: 'ADA@example.org' })).toMatchObject({
      failed: false,
    })
    expect(
      await ada.says('client action supply credits', { credits: 5 }, { account: 'bob@example.org' }),
    ).toMatchObject({
      code: 'other_account_active',
    })
    const { ewallet_data } = await ada.says('client action view credit ewallet')
    expect(ewallet_data.credits).toBe(0)
  })

  it.each([
    ['an idempotency key', { idempotency_key: 'k' }, 'idempotency_not_supported'],
    ['a dry run', { dry_run: true }, 'dry_run_not_supported'],
  ])('is refused %s where the instruction has none', async (_, more, code) => {
    const daemon = await aDaemon()
    const ada = await daemon.has('ada@example.org')
    for (const path of ['client action view account', 'client action edit account'] as const) {
      expect(await ada.says(path, {}, more)).toMatchObject({ code })
    }
  })
})
