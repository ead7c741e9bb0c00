import { activeOf, MINUTE, type Wallet } from './holdings.ts'
import { returningTo, type Scene, spanOf } from './oracle.ts'

/** The most a wallet holds in credits, and a clock in minutes. */
const BALANCE_MAX = 100_000_000_000

type Codes = (string | false)[]

const isTooLarge = ({ credits }: Wallet, more: number) => credits + more > BALANCE_MAX && 'balance_too_large'

const send = ({ person, partner, wallet, credits }: Scene): Codes => {
  if (partner === person) return ['partner_is_self']
  if (!partner || partner.isLeaving) return ['account_not_found']
  return [wallet.credits < credits && 'insufficient_credits', isTooLarge(activeOf(partner), credits)]
}

const refusals: Record<string, (scene: Scene) => Codes> = {
  'client action supply credits': ({ wallet, credits }) => [isTooLarge(wallet, credits)],
  'client action pay': send,
  'client action transfer credits': send,
  'client action refund transfer': ({ person, came, credits, id }) => {
    if (![...person.wallets.values()].some(({ transfer }) => transfer.has(id))) return ['record_not_found']
    if (came?.by !== person) return ['not_refundable']
    const back = credits ?? came.left
    if (came.left === 0 || back > came.left) return ['refund_too_large']
    if (came.sender.isLeaving) return ['account_not_found']
    return [came.wallet.credits < back && 'insufficient_credits', isTooLarge(returningTo(came), back)]
  },
  'client action convert credits2clock': ({ wallet, clock, credits }) => [
    wallet.credits < credits && 'insufficient_credits',
    clock.ms + credits * MINUTE > BALANCE_MAX * MINUTE && 'balance_too_large',
  ],
  'client action convert clock2credits': ({ wallet, clock, minutes }) => [
    clock.timer !== undefined && 'clock_in_use',
    clock.ms < minutes * MINUTE && 'insufficient_minutes',
    isTooLarge(wallet, minutes),
  ],
  'client action start clock_timer': ({ clock: { timer, ms } }) => [
    timer !== undefined && (timer.paused === undefined ? 'clock_already_running' : 'clock_paused'),
    ms <= 0 && 'insufficient_minutes',
  ],
  'client action pause clock_timer': ({ clock: { timer } }) => [
    !timer && 'clock_not_running',
    timer?.paused !== undefined && 'clock_paused',
  ],
  'client action resume clock_timer': ({ clock: { timer } }) => [
    !timer && 'clock_not_running',
    timer !== undefined && timer.paused === undefined && 'clock_not_paused',
  ],
  'client action stop clock_timer': ({ clock }) => [!clock.timer && 'clock_not_running'],
  'client action import time_records': ({ clock, asked }) => [clock.ms < spanOf(asked) && 'insufficient_minutes'],
  'client action unlink credit ewallet': ({ person, asked }) => {
    const clocks = [...(person.wallets.get(asked.ewallet_id as number)?.clocks.values() ?? [])]
    const isEmpty = person.wallets.get(asked.ewallet_id as number)?.credits === 0 && clocks.every(({ ms }) => ms === 0)
    return [
      asked.ewallet_id === person.wallet && 'still_active',
      clocks.some(({ timer }) => timer) && 'clock_in_use',
      !isEmpty && 'wallet_not_empty',
    ]
  },
  'client action unlink credit clock': ({ wallet, asked }) => {
    const clock = wallet.clocks.get(asked.clock_id as number)
    return [
      asked.clock_id === wallet.clock && 'still_active',
      clock?.timer !== undefined && 'clock_in_use',
      clock?.ms !== 0 && 'clock_not_empty',
    ]
  },
  'client action unlink transfer record': ({ wallet, id }) => [!wallet.transfer.has(id) && 'record_not_found'],
}

/** The refusals an instruction may be answered with, any of them; where there is none, it must succeed. */
export function refusalsOf(scene: Scene): string[] {
  return (refusals[scene.path]?.(scene) ?? []).filter((code) => code !== false)
}
