import { leftTint } from '../output/amount.ts'
import { paint } from '../output/colour.ts'
import { jsonText } from '../output/json.ts'
import { elapsedAt, minutesLeftAt, stateAt, statusLine } from '../reports/known-status.ts'
import { readStatus } from '../reports/status-cache.ts'
import type { Given, SpecialCommand } from './command.ts'

/** Tells in one line what is known of the timer, the time left and the credits, without asking the daemon. */
export const status: SpecialCommand = {
  examples: ['ewallet status', 'ewallet status --json'],
  notes: `It is what the last answers told, with the time that went by since; nothing is printed where nothing is known.
No daemon is asked or started, so it is fit for a prompt. In tmux: set -g status-right '#(ewallet status)'`,
  run,
}

async function run({ stage, terminal, style, globals }: Given): Promise<number> {
  const known = readStatus(stage.folders, stage.target(globals).context)
  const now = Date.now()
  const left = minutesLeftAt(known, now)
  if (style.format === 'json') {
    const elapsed = elapsedAt(known, now)
    const answer = {
      failed: false,
      account: known.account ?? null,
      credits: known.credits ?? null,
      clock: known.clock ?? null,
      clock_state: known.timer ? stateAt(known, now) : null,
      elapsed_minutes: elapsed === undefined ? null : hundredths(elapsed / 60_000),
      minutes_left: left === undefined ? null : hundredths(left),
    }
    terminal.stdout.write(`${jsonText(answer)}\n`)
    return 0
  }
  const line = statusLine(known, now, style.ascii)
  if (line === '') return 0
  const isRunning = stateAt(known, now) === 'active' && left !== undefined
  const { [isRunning ? leftTint(left) : 'bold']: tint } = await paint(terminal.stdout)
  terminal.stdout.write(`${isRunning ? tint(line) : line}\n`)
  return 0
}

function hundredths(minutes: number): number {
  return Math.floor(minutes * 100 + 0.5) / 100
}
