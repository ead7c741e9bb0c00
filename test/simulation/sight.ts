import { activeOf, clockOf, type Holder, leftOf, MINUTE, minutesOf } from './holdings.ts'
import type { Totals } from './oracle.ts'

type Sums = Record<'credits' | 'milliseconds', number>

export const kinds = ['transfer', 'invoice', 'conversion', 'time'] as const
export type Kind = (typeof kinds)[number]

/** What the daemon shows an account of its own, at a moment. */
export interface Sight {
  by: string
  at: number
  wallet: number
  /** The active clock. */
  clock: { id: number; minutes: number; state: string }
  /** Every clock of the active wallet. */
  clocks: { id: number; minutes: number }[]
  /** Every wallet, with what its statement says it and its clocks hold, and what the statement's entries come to. */
  wallets: { id: number; credits: number; closing: Sums; entries: Sums }[]
  /** The ids on the active sheets. */
  records: Record<Kind, number[]>
  /** Of every time record of the active clock: when it stopped, and what it cost. */
  times: string[]
  events: { event: string; cursor: number }[]
}

/** The events that are counted; the others depend on more than what was accepted. */
const counted = `transfer.received payment.received refund.received
  clock.started clock.paused clock.resumed clock.stopped clock.exhausted`.split(/\s+/)

/** Compares what an account is shown with what it must hold; complains about the first difference. */
export function compareSight(sight: Sight, person: Holder): void {
  const { by, at, wallet, clock, clocks, wallets, records, times, events } = sight
  const active = activeOf(person)
  const theirs = clockOf(active)
  same(`${by}'s active wallet and clock`, [wallet, clock.id], [person.wallet, active.clock])
  const state = !theirs.timer ? 'inactive' : theirs.timer.paused === undefined ? 'active' : 'pending'
  same(`${by}'s clock`, [clock.minutes, clock.state], [minutesOf(leftOf(theirs, at)), state])
  const left = [...active.clocks].map(([id, each]) => [id, minutesOf(leftOf(each, at))])
  same(
    `${by}'s clocks`,
    clocks.map(({ id, minutes }) => [id, minutes]),
    left,
  )
  same(`${by}'s wallets`, wallets.map(({ id }) => id).sort(), [...person.wallets.keys()].sort())
  for (const { id, credits, closing, entries } of wallets) {
    const held = person.wallets.get(id)
    const milliseconds = [...(held?.clocks.values() ?? [])].reduce((sum, { ms }) => sum + ms, 0)
    demand(credits >= 0 && milliseconds >= 0, `wallet ${id} went below zero`)
    same(`${by}'s credits in wallet ${id}`, credits, held?.credits)
    same(`the closing of statement ${id}`, closing, { credits, milliseconds })
    same(`the entries of statement ${id}`, entries, closing)
  }
  for (const kind of kinds) {
    const sheet = kind === 'transfer' || kind === 'invoice' ? active[kind] : theirs[kind]
    const shown = new Set(records[kind])
    const lost = [...sheet].filter((id) => !shown.has(id))
    same(`${by}'s ${kind} records that are lost`, lost, [])
    same(`${by}'s ${kind} records`, shown.size, kind === 'time' ? theirs.times.length : sheet.size)
  }
  same(`${by}'s times`, times.toSorted(), theirs.times.toSorted())
  const inOrder = events.map((_, place) => place + 1)
  same(
    `${by}'s cursors`,
    events.map(({ cursor }) => cursor),
    inOrder,
  )
  for (const name of counted) {
    const seen = events.filter(({ event }) => event === name).length
    same(`how often ${name} happened to ${by}`, seen, person.events.get(name) ?? 0)
  }
}

/** Compares the ledger's own accounts with the totals: what went in is held or was used; nothing is made, nothing vanishes. */
export function compareLedger(
  ledger: Record<'core' | 'exchange' | 'consumed', Sums>,
  { supplied, consumed, held }: Totals,
): void {
  same('all that was supplied, in ms', held + consumed, supplied * MINUTE)
  same("core's balance", ledger.core, { credits: -supplied, milliseconds: 0 })
  same('what was consumed', ledger.consumed, { credits: 0, milliseconds: consumed })
  same("the exchange's balance", ledger.exchange.credits * MINUTE + ledger.exchange.milliseconds, 0)
}

/** Fails unless what is seen is what must be. */
export function same(what: string, seen: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)]
  demand(a === b, `${what}: the daemon says ${a}, it must be ${b}`)
}

/** Fails with a complaint unless something holds. */
export function demand(holds: boolean, complaint: string): void {
  if (!holds) throw new Error(`${complaint[0]?.toUpperCase()}${complaint.slice(1)}.`)
}
