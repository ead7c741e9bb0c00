import type { Path, Request } from '@ewallet/protocol'
import fc from 'fast-check'
import type { Client } from '../harness.ts'
import { hostileTexts } from './histories.ts'
import { aHouse, type House } from './house.ts'

const deeds = [
  'supply',
  'convert',
  'convertBack',
  'pay',
  'transfer',
  'beGiven',
  'refund',
  'start',
  'start',
  'pause',
  'resume',
  'stop',
  'stop',
  'import',
  'newWallet',
  'newClock',
  'useWallet',
  'useClock',
] as const

/** Something ada does, or tries to: a deed that a rule refuses changes nothing. */
export interface Deed {
  does: (typeof deeds)[number]
  gapMs: number
  size: number
  notes: string | undefined
}

/** Up to eighty deeds, a few days apart at the most, so that a history lasts some months. */
export const someDeeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({
    does: fc.constantFrom(...deeds),
    gapMs: fc.oneof(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 3 * 86_400_000 })),
    size: fc.integer({ min: 1, max: 400 }),
    notes: fc.oneof(fc.constant(undefined), fc.constantFrom(...hostileTexts.filter((text) => text !== ''))),
  }),
  { minLength: 20, maxLength: 80, size: 'max' },
)

/** What ada holds by the daemon's own word, no timer running: the credits of each wallet, the minutes of each clock. */
export interface Held {
  wallets: Map<number, number>
  clocks: Map<number, number>
}

/** A house in which ada did all that, on a daemon with every rule; her timers are stopped at the end. */
export async function aHouseAfter(deeds: readonly Deed[]): Promise<House & { held: Held; accepted: number }> {
  const house = await aHouse({ pageMax: 7 })
  const { ada, daemon } = house
  const carol = await daemon.has('carol@example.org', { credits: 1_000_000 })
  const wallets = [(await ada.says('client action view credit ewallet')).ewallet_data]
  const clocks = [(await ada.says('client action view credit clock')).clock]
  let accepted = 0

  async function tries<P extends Path>(who: Client, path: P, request: Request<P>): Promise<boolean> {
    const { failed } = (await who.says(path, request)) as { failed: boolean }
    if (!failed) accepted += 1
    return !failed
  }

  await tries(ada, 'client action supply credits', { credits: 2_000 })
  await tries(ada, 'client action convert credits2clock', { credits: 1_000 })
  for (const { does, gapMs, size, notes: note } of deeds) {
    daemon.time.turn(gapMs)
    const notes = note === undefined ? {} : { notes: note }
    if (does === 'supply') await tries(ada, 'client action supply credits', { credits: size, ...notes })
    else if (does === 'convert') await tries(ada, 'client action convert credits2clock', { credits: size, ...notes })
    else if (does === 'convertBack') await tries(ada, 'client action convert clock2credits', { minutes: size })
    else if (does === 'pay') await tries(ada, 'client action pay', { pay: 'bob@example.org', credits: size, ...notes })
    else if (does === 'transfer') {
      await tries(ada, 'client action transfer credits', { transfer_to: 'carol@example.org', credits: size, ...notes })
    } else if (does === 'beGiven') {
      await tries(carol, 'client action transfer credits', { transfer_to: 'ada@example.org', credits: size, ...notes })
    } else if (does === 'refund') {
      const { records } = await ada.says('client action view transfer records', { limit: 20 })
      const incoming = records.find(({ transfer_type }) => transfer_type === 'incoming')
      if (incoming) await tries(ada, 'client action refund transfer', { record_id: incoming.id, credits: size })
    } else if (does === 'start') await tries(ada, 'client action start clock_timer', notes)
    else if (does === 'pause') await tries(ada, 'client action pause clock_timer', {})
    else if (does === 'resume') await tries(ada, 'client action resume clock_timer', {})
    else if (does === 'stop') await tries(ada, 'client action stop clock_timer', {})
    else if (does === 'import') {
      const stop = daemon.time.now() - size
      const times = { time_start: new Date(stop - size * 777).toISOString(), time_stop: new Date(stop).toISOString() }
      await tries(ada, 'client action import time_records', { records: [{ ...times, ...notes }] })
    } else if (does === 'newWallet' && wallets.length < 3) {
      const { ewallet_data } = await ada.says('client action new credit ewallet', {})
      wallets.push(ewallet_data)
      if (ewallet_data.clock !== null) clocks.push(ewallet_data.clock)
    } else if (does === 'newClock' && clocks.length < 5) {
      clocks.push((await ada.says('client action new credit clock')).clock)
    } else if (does === 'useWallet') {
      const wallet = wallets[size % wallets.length]
      if (wallet) await ada.says('client action switch credit ewallet', { ewallet_id: wallet.id })
    } else if (does === 'useClock') {
      const clock = clocks[size % clocks.length]
      if (clock !== undefined) await ada.says('client action switch credit clock', { clock_id: clock })
    }
  }
  for (const id of clocks) await ada.says('client action stop clock_timer', { clock_id: id })
  daemon.time.turn(1)

  const held: Held = { wallets: new Map(), clocks: new Map() }
  for (const { id, credits } of (await ada.says('client action view credit ewallets')).ewallets)
    held.wallets.set(id, credits)
  for (const id of clocks) {
    const { clock_data } = await ada.says('client action view credit clock', { clock_id: id })
    held.clocks.set(id, clock_data.credit_clock)
  }
  return { ...house, held, accepted }
}
