import { isRefusal } from '@ewallet/protocol'
import { versionHere } from '../installation.ts'
import type { Speaker } from '../live-values.ts'
import { duration } from '../output/amount.ts'
import type { Paint } from '../output/colour.ts'
import { momentsIn } from '../output/moment.ts'
import type { Prompts } from '../prompts.ts'
import type { Picture } from './picture.ts'
import { leftAt, monotonic } from './timer.ts'

/** What is said to somebody who was never here before. */
export function welcome(paint: Paint): string {
  return `${paint.bold('Welcome to ewallet')}
Prepaid credits, and the clock that spends them.
Sign up to open an account here, or log in to yours.`
}

/** What is said first to everybody else. */
export function greeting(paint: Paint): string {
  return paint.dim(`ewallet ${versionHere()} · Tab completes, help explains, Ctrl-D leaves`)
}

/** Asks a newcomer what to do first: the command line, or none. */
export function firstStep(prompts: Prompts): Promise<'signup' | 'login' | ''> {
  return prompts.choose('What would you like to do?', [
    { value: 'signup', name: 'Sign up' },
    { value: 'login', name: 'Log in' },
    { value: '', name: 'Look around first' },
  ])
}

/** What can be done next with an account that was just opened. */
export function nextSteps(paint: Paint): string {
  const steps = [
    ['supply 100', 'put credits into the wallet'],
    ['convert --credits 60', 'turn some into minutes'],
    ['start', 'let the clock run'],
  ]
  return steps.map(([line = '', says]) => `  ${paint.bold(line.padEnd(21))} ${says}`).join('\n')
}

/** How the REPL itself is used, for the end of its help. */
export function keysHelp(paint: Paint): string {
  const keys = [
    ['Tab', 'complete commands, flags, contacts, ids; twice lists them'],
    ['→', 'take the suggestion in grey'],
    ['↑ ↓', 'the lines before that begin like this one'],
    ['Ctrl-R', 'search the lines before; again for an older one'],
    ['Ctrl-C', 'clear the line, or cancel what runs'],
    ['Ctrl-D', 'leave; a timer that runs goes on'],
    ['!!', 'the last line once more'],
    ['set output json', 'set a flag for the lines that follow; set alone lists them'],
    ['source FILE', 'run the lines of a file'],
  ]
  return `In the REPL\n${keys.map(([key = '', says]) => `  ${paint.bold(key.padEnd(16))} ${says}`).join('\n')}`
}

/** What goes on after one has left: timers that run. The daemon is asked where it answers soon, else it is as last known. */
export async function farewell(
  { timer }: Picture,
  speaker: Speaker | undefined,
  timeZone: string | undefined,
): Promise<string[]> {
  const running = (await runningClocks(speaker)) ?? (timer?.state === 'active' ? [timer.clock] : [])
  return running.map((clock) => {
    if (clock !== timer?.clock)
      return `The timer of clock ${clock} goes on.\nStop it with: ewallet stop --clock ${clock}`
    const leftMs = leftAt(timer, monotonic())
    const end = momentsIn(timeZone)(new Date(Date.now() + leftMs).toISOString())
    const when = leftMs < DAY_MS ? end.slice(11, 16) : end.slice(0, 16)
    return `The timer goes on until ${when}, ${duration(leftMs / 60_000)} left.\nStop it with: ewallet stop`
  })
}

const DAY_MS = 86_400_000
const PATIENCE_MS = 500

async function runningClocks(speaker: Speaker | undefined): Promise<number[] | undefined> {
  if (!speaker) return undefined
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS)
  })
  try {
    const answer = await Promise.race([speaker.say('client action view credit clocks', {}), late])
    if (!answer || isRefusal(answer)) return undefined
    return answer.clocks.filter(({ clock_state }) => clock_state === 'active').map(({ id }) => id)
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
