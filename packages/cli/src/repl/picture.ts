import { type Answer, isRefusal, type Path } from '@ewallet/protocol'
import type { Speaker } from '../live-values.ts'
import { elapsedAt, leftAt, lookAtTimer, monotonic, type Timer } from './timer.ts'

/** What a prompt tells: who is active where, what they hold, and the timer. */
export interface Picture {
  context: string
  /** The email of the active account. */
  account?: string
  name?: string
  credits?: number
  timer?: Timer
  /** Whether the daemon cannot be reached. */
  isAway: boolean
}

/** What an answer does to the picture: changes it, makes it out of date, or leaves it alone. */
export function pictureAfter(
  picture: Picture,
  path: Path,
  request: object,
  answer: Answer<Path>,
): { picture: Picture; isStale: boolean } {
  if (isRefusal(answer)) {
    const isOut = answer.code === 'not_logged_in'
    return { picture: isOut ? strangers(picture) : picture, isStale: answer.code === 'other_account_active' }
  }
  const told = answer as Readonly<Record<string, unknown>>
  if (moving.has(path)) return { picture, isStale: true }
  const { timer } = picture
  const now = monotonic()
  let next = picture
  if (typeof told.ewallet_credits === 'number') next = { ...next, credits: told.ewallet_credits }
  if (timer && typeof told.credit_clock === 'number') {
    next = { ...next, timer: at(timer, now, { leftMs: told.credit_clock * 60_000 }) }
  }
  if (path === 'client action view credit ewallet') {
    next = { ...next, credits: (told.ewallet_data as { credits: number }).credits }
  }
  if (!(path in turns)) return { picture: next, isStale: false }
  if (!timer || told.clock !== timer.clock) return { picture: next, isStale: 'clock_id' in request === false }
  const turned = turns[path]?.(at(timer, now, {}), told) ?? timer
  return { picture: { ...next, timer: turned }, isStale: false }
}

/** The same account, known by nobody any more. */
export function strangers({ context, isAway }: Picture): Picture {
  return { context, isAway }
}

/** Asks for all of it. */
export async function lookAt(speaker: Speaker, { context }: Picture): Promise<Picture> {
  const [account, wallet, timer] = await Promise.all([
    speaker.say('client action view account', {}),
    speaker.say('client action view credit ewallet', {}),
    lookAtTimer(speaker),
  ])
  if (isRefusal(account)) return { context, isAway: false }
  return {
    context,
    isAway: false,
    account: account.account,
    name: account.account_data.name,
    ...(!isRefusal(wallet) && { credits: wallet.ewallet_data.credits }),
    ...(timer && { timer }),
  }
}

function at(timer: Timer, now: number, changed: Partial<Timer>): Timer {
  const elapsedMs = elapsedAt(timer, now)
  return {
    ...timer,
    leftMs: leftAt(timer, now),
    ...(elapsedMs !== undefined && { elapsedMs }),
    asOfMs: now,
    ...changed,
  }
}

/** What turns a timer on and off, as far as the answer tells. */
const turns: { [P in Path]?: (timer: Timer, told: Readonly<Record<string, unknown>>) => Timer } = {
  'client action start clock_timer': (timer) => ({ ...timer, state: 'active', elapsedMs: 0 }),
  'client action pause clock_timer': (timer) => ({ ...timer, state: 'pending' }),
  'client action resume clock_timer': (timer) => ({ ...timer, state: 'active' }),
  'client action stop clock_timer': ({ elapsedMs: _, ...timer }) => ({ ...timer, state: 'inactive' }),
}

/** What makes another account, wallet or clock the active one, or the money on it another. */
const moving: ReadonlySet<Path> = new Set([
  'client action login',
  'client action logout',
  'client action switch account',
  'client action recover account',
  'client action edit account',
  'client action unlink account',
  'client action switch credit ewallet',
  'client action switch credit clock',
])
