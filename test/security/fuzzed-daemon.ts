import type { Header } from '@ewallet/protocol'
import { expect } from 'vitest'
import { PASSWORD, type TestDaemon } from '../harness.ts'
import { aLine, aListeningDaemon } from '../listening.ts'

/** What two people hold, to the millisecond, and all that there is of each unit. */
export interface Holdings {
  ada: readonly number[]
  bob: readonly number[]
  credits: number
  milliseconds: number
}

/** A daemon with two people who hold something, and one who means them harm. */
export interface FuzzedDaemon {
  daemon: TestDaemon
  port: number
  /** What the third one has got hold of: her own session, other people's client ids, made-up tokens. */
  held: Header[]
  /** Fails if any of these texts tells a secret or of a fault. */
  checkTexts(texts: readonly string[]): void
  holdings(): Promise<Holdings>
  /** Fails if anybody lost anything since then, or anything came from nowhere. */
  checkHoldings(before: Holdings): Promise<void>
  /** Logs the third one in again, whatever she was made to do. */
  comeBack(): Promise<void>
  /** Fails unless the next caller is served. */
  checkServed(): Promise<void>
}

const LICENSE = { controller: 'client', ctype: 'action', action: 'view', view: 'license' }
const MALLORYS = 'malice-afore-thought-3'

export async function aFuzzedDaemon(): Promise<FuzzedDaemon> {
  const { daemon, port } = await aListeningDaemon({ supply: 'granted', headerMs: 300, unauthenticatedMs: 3_600_000 })
  daemon.house.daemon.config.supply = 'open'
  const ada = await daemon.has('ada@example.org', { credits: 100, minutes: 60 })
  const bob = await daemon.has('bob@example.org', { credits: 100, minutes: 60 })
  const mallory = await daemon.client()
  const person = { user_name: 'mallory', user_email: 'mallory@example.org', user_pass: MALLORYS }
  await mallory.says('client action new account', person)
  await mallory.says('client action login', { user_email: person.user_email, user_pass: MALLORYS })
  await mallory.says('client action supply credits', { credits: 50 })
  await mallory.says('client action convert credits2clock', { credits: 20 })
  daemon.house.daemon.config.supply = 'granted'

  const hashes = await daemon.store.transaction(async (tx) => {
    const texts: (string | undefined)[] = []
    for (const id of [1, 2, 3]) texts.push((await tx.tokens.get(id))?.hash)
    for (const id of [2, 3, 4]) {
      const pass = (await tx.accounts.get(id))?.pass
      texts.push(pass?.hash, pass?.salt)
    }
    return texts
  })
  const secrets = [PASSWORD, MALLORYS, ada.header.session_token, bob.header.session_token, ...hashes].map(String)
  expect(new Set(secrets).size).toBe(13)
  // The catalogue, which anybody may read, names the code as one of many.
  const never = [...secrets, '"code":"daemon_fault"', 'node:internal', '/packages/server/']

  const stolen: Header = { ...mallory.header, client_id: ada.header.client_id ?? '' }
  const madeUp: Header = { ...ada.header, session_token: 'ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600' }
  const holdings = () =>
    daemon.store.transaction(async (tx) => {
      const of = async (id: number) => [
        await tx.balance(`wallet:${id}`, 'credits'),
        await tx.balance(`clock:${id}`, 'milliseconds'),
      ]
      const rows = await tx.wallets.list('account', [4])
      const clocks = await tx.clocks.list('account', [4])
      const sum = async (ledgers: string[], unit: 'credits' | 'milliseconds') => {
        let all = 0
        for (const ledger of ledgers) all += await tx.balance(ledger as 'core', unit)
        return all
      }
      const wallets = ['wallet:2', 'wallet:3', ...rows.map(({ id }) => `wallet:${id}`)]
      const timers = ['clock:2', 'clock:3', ...clocks.map(({ id }) => `clock:${id}`)]
      return {
        ada: await of(2),
        bob: await of(3),
        credits: await sum(['core', 'exchange', ...wallets], 'credits'),
        milliseconds: await sum(['exchange', 'consumed', ...timers], 'milliseconds'),
      }
    })
  return {
    daemon,
    port,
    held: [mallory.header, mallory.header, stolen, madeUp],
    checkTexts(texts) {
      for (const text of texts) {
        const told = never.find((secret) => text.includes(secret))
        if (told !== undefined) throw new Error(`${told} was told: ${text.slice(0, 2_000)}`)
      }
      if (daemon.faults.length > 0) throw daemon.faults[0]
    },
    holdings,
    async checkHoldings(before) {
      const { ada, bob, credits, milliseconds } = await holdings()
      expect({ credits, milliseconds }).toEqual({ credits: before.credits, milliseconds: before.milliseconds })
      for (const [now, then] of [
        [ada, before.ada],
        [bob, before.bob],
      ] as const) {
        for (const [at, amount] of then.entries()) expect(now[at]).toBeGreaterThanOrEqual(amount)
      }
    },
    async comeBack() {
      const known = { user_email: person.user_email, user_pass: MALLORYS }
      await mallory.says('client action recover account', known as never)
      await mallory.says('client action login', known)
    },
    async checkServed() {
      const line = await aLine(`ws://127.0.0.1:${port}`)
      expect(await line.says(LICENSE)).toMatchObject({ failed: false })
      line.socket.terminate()
    },
  }
}
