import { isRefusal, type Path } from '@ewallet/protocol'

/** What answers told about the active account's wallet and clock, as far as they did; times in ms since the epoch. */
export interface KnownStatus {
  account?: string
  credits?: number
  clock?: number
  /** Minutes on the clock, and when that was so. */
  left?: { minutes: number; at: number }
  timer?: {
    state: 'inactive' | 'active' | 'pending'
    startedAt?: number
    /** Pauses that are over. */
    pausesMs: number
    pausedAt?: number
  }
}

const MINUTE_MS = 60_000

/** Minutes left at a moment; while the timer runs they grow fewer, never below zero. */
export function minutesLeftAt({ left, timer }: KnownStatus, now: number): number | undefined {
  if (!left) return undefined
  if (timer?.state !== 'active') return left.minutes
  return Math.max(0, left.minutes - Math.max(0, now - left.at) / MINUTE_MS)
}

/** How long the timer ran without its pauses, in ms; undefined where none runs, or where it is not known since when. */
export function elapsedAt({ timer }: KnownStatus, now: number): number | undefined {
  if (timer?.startedAt === undefined || timer.state === 'inactive') return undefined
  return Math.max(0, (timer.pausedAt ?? now) - timer.startedAt - timer.pausesMs)
}

/** Whether the timer still runs at a moment; without time left it has ended by itself. */
export function stateAt(known: KnownStatus, now: number): 'inactive' | 'active' | 'pending' {
  const { state } = known.timer ?? { state: 'inactive' as const }
  return state === 'active' && minutesLeftAt(known, now) === 0 ? 'inactive' : state
}

/** What is known once an instruction was answered. */
export function learned(known: KnownStatus, path: Path, request: object, answer: object, now: number): KnownStatus {
  if (isRefusal(answer)) return answer.code === 'not_logged_in' ? {} : known
  const told = answer as Record<string, unknown>
  if (isChangeOfAccount(path)) {
    const { session_user_account: account } = told.session_data as { session_user_account: string | null }
    if (account === null) return {}
    return account === known.account ? known : { account }
  }
  if (path === 'client action switch credit ewallet') {
    const { account } = known
    const { credits } = told.ewallet_data as { credits: number }
    return { ...(account !== undefined && { account }), credits }
  }
  return clockAfter(creditsAfter(known, path, told), path, request as { clock_id?: number }, told, now)
}

function isChangeOfAccount(path: Path): boolean {
  return (
    path === 'client action login' ||
    path === 'client action logout' ||
    path === 'client action switch account' ||
    path === 'client action recover account'
  )
}

function creditsAfter(known: KnownStatus, path: Path, told: Record<string, unknown>): KnownStatus {
  if (path === 'client action view credit ewallet') {
    return { ...known, credits: (told.ewallet_data as { credits: number }).credits }
  }
  return typeof told.ewallet_credits === 'number' ? { ...known, credits: told.ewallet_credits } : known
}

function clockAfter(
  known: KnownStatus,
  path: Path,
  { clock_id }: { clock_id?: number },
  told: Record<string, unknown>,
  now: number,
): KnownStatus {
  const clock = typeof told.clock === 'number' ? told.clock : undefined
  // A clock that was named need not be the active one.
  if (clock_id !== undefined && clock_id !== known.clock && path !== 'client action switch credit clock') return known
  const at = (field: string) => Date.parse(String(told[field]))
  const same = known.clock === undefined || clock === undefined || known.clock === clock
  const timer = same ? known.timer : undefined
  const left = same ? known.left : undefined
  const minutes = minutesLeftAt({ ...(left && { left }), ...(timer && { timer }) }, now)
  const base = { ...known, ...(clock !== undefined && { clock }) }
  const leftAt = (moment: number) => (minutes === undefined ? {} : { left: { minutes, at: moment } })
  const pausesMs = typeof told.pending_time === 'number' ? told.pending_time * MINUTE_MS : 0
  const startedAt = timer?.startedAt

  switch (path) {
    case 'client action view credit clock':
    case 'client action switch credit clock': {
      const { credit_clock, clock_state } = told.clock_data as { credit_clock: number; clock_state: Clocked['state'] }
      const goesOn = timer?.state === clock_state ? timer : { state: clock_state, pausesMs: 0 }
      return { ...base, left: { minutes: credit_clock, at: now }, timer: goesOn }
    }
    case 'client action start clock_timer': {
      const started = at('start_timestamp')
      return { ...base, ...leftAt(started), timer: { state: 'active', startedAt: started, pausesMs: 0 } }
    }
    case 'client action pause clock_timer': {
      const pausedAt = at('pause_timestamp')
      const started = at('start_timestamp')
      return { ...base, ...leftAt(pausedAt), timer: { state: 'pending', startedAt: started, pausesMs, pausedAt } }
    }
    case 'client action resume clock_timer': {
      const goesOn = { state: 'active' as const, pausesMs, ...(startedAt !== undefined && { startedAt }) }
      return { ...base, ...leftAt(at('resume_timestamp')), timer: goesOn }
    }
    case 'client action stop clock_timer':
      return { ...base, ...leftAt(now), timer: { state: 'inactive', pausesMs: 0 } }
    case 'client action convert credits2clock':
    case 'client action convert clock2credits':
    case 'client action import time_records':
      return { ...base, left: { minutes: told.credit_clock as number, at: now } }
    default:
      return known
  }
}

type Clocked = NonNullable<KnownStatus['timer']>

/** One line for a prompt: `⏱ 01:12 left 3h48 42 cr`; nothing where nothing is known. */
export function statusLine(known: KnownStatus, now: number, ascii: boolean): string {
  const state = stateAt(known, now)
  const elapsed = state === 'inactive' ? undefined : elapsedAt(known, now)
  const left = minutesLeftAt(known, now)
  const marks = ascii ? { active: '>', pending: '||' } : { active: '⏱', pending: '⏸' }
  return [
    state === 'inactive' ? '' : marks[state],
    elapsed === undefined ? '' : hoursAndMinutes(elapsed),
    left === undefined ? '' : `left ${brief(left)}`,
    known.credits === undefined ? '' : `${known.credits} cr`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function hoursAndMinutes(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS)
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** `3h48`, `12m`; a part of a minute is not a minute left. */
function brief(minutes: number): string {
  const whole = Math.floor(minutes)
  return whole < 60 ? `${whole}m` : `${Math.floor(whole / 60)}h${String(whole % 60).padStart(2, '0')}`
}
