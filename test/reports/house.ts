import type { Answer, Path, Request } from '@ewallet/protocol'
import { onTestFinished, vi } from 'vitest'
import type { SpecialCommand } from '../../packages/cli/src/commands/command.ts'
import { type Globals, noGlobals, styleOf } from '../../packages/cli/src/globals.ts'
import type { Link } from '../../packages/cli/src/link.ts'
import { print } from '../../packages/cli/src/output/print.ts'
import { noPrompts } from '../../packages/cli/src/prompts.ts'
import type { Say } from '../../packages/cli/src/reports/history.ts'
import { openStage } from '../../packages/cli/src/stage.ts'
import { aFolder } from '../cli/stand.ts'
import { aDaemon, type Client, type TestDaemon } from '../harness.ts'
import { aPaper } from '../output/paper.ts'

/** Ada stays logged in, however long a test lasts. */
const YEAR_MS = 366 * 86_400_000

/** What is typed after a command's words, taken apart. */
export interface Typed {
  args?: readonly string[]
  options?: Readonly<Record<string, unknown>>
  globals?: Partial<Globals>
  /** Columns of the terminal; none for a pipe. */
  columns?: number
  colour?: boolean
  stdin?: string
  cwd?: string
}

/** How a command ended; a failure is thrown. */
export interface Told {
  code: number
  out: string
  err: string
}

/** A daemon in this process with ada on it, and the commands of the terminal run as she would type them. */
export interface House {
  daemon: TestDaemon
  ada: Client
  /** Says an instruction as ada, `minutes` after the last thing. */
  after<P extends Path>(minutes: number, path: P, request?: Request<P>): Promise<void>
  runs(command: SpecialCommand, typed?: Typed): Promise<Told>
  say: Say
}

/** How a client of the test daemon asks, with timestamps for programs and pages of at most `pageMax` rows. */
export function sayOf(client: Client, pageMax = 1_000): Say {
  return async <P extends Path>(path: P, request: Request<P>, extras?: { dryRun?: boolean }) => {
    const { limit } = request as { limit?: number }
    const paged = limit === undefined ? request : { ...request, limit: Math.min(limit, pageMax) }
    const header = { timestamps: 'iso' as const, ...(extras?.dryRun && { dry_run: true }) }
    return (await client.says(path, paged as Request<P>, header)) as unknown as Answer<P>
  }
}

/** Opens a house where bob is known and ada has nothing yet; it is nine o'clock on Monday, 2026-01-05, UTC. */
export async function aHouse({ pageMax }: { pageMax?: number } = {}): Promise<House> {
  const daemon = await aDaemon({ config: { tokenMs: YEAR_MS, clientMs: YEAR_MS } })
  await daemon.has('bob@example.org')
  const ada = await daemon.has('ada@example.org')
  const say = sayOf(ada, pageMax)
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  return {
    daemon,
    ada,
    say,
    async after(minutes, path, request) {
      daemon.time.turn(Math.round(minutes * 60_000))
      const answer = await ada.says(path, request)
      if ((answer as { failed: boolean }).failed) throw new Error(JSON.stringify(answer))
    },
    async runs(command, { args = [], options = {}, globals = {}, columns, colour = false, stdin, cwd = '/' } = {}) {
      vi.setSystemTime(daemon.time.now())
      const paper = aPaper(columns === undefined ? { colour } : { columns, colour })
      const terminal = { ...paper, cwd, env: { EWALLET_HOME: aFolder() } }
      const input = terminal.stdin as unknown as { end(text?: string): void }
      input.end(stdin)
      const stage = openStage(terminal)
      const all = { ...noGlobals, tz: 'UTC', ...globals }
      const style = styleOf(all, stage.settings, terminal, command.outputs)
      const code = await command.run({
        stage,
        terminal,
        style,
        globals: all,
        args,
        options,
        prompts: noPrompts,
        link: () => ({ say }) as Partial<Link> as Link,
        say: (sentence) => terminal.stderr.write(`${sentence}\n`),
        answer: (path, response) => print(terminal, style, path, response),
      })
      return { code, out: paper.out(), err: paper.err() }
    },
  }
}

/** A month of ada's: two supplies, lunch with bob, something back from him, and time on both sides of midnights. */
export async function aMonth({ pageMax }: { pageMax?: number } = {}): Promise<House> {
  const house = await aHouse(pageMax === undefined ? {} : { pageMax })
  const { after, daemon } = house
  await after(0, 'client action supply credits', { credits: 500, notes: 'card' })
  await after(1, 'client action convert credits2clock', { credits: 300 })
  await after(0, 'client action pay', { pay: 'bob@example.org', credits: 15, notes: 'lunch' })
  await after(30, 'client action start clock_timer', { notes: 'contract review' })
  await after(45, 'client action pause clock_timer')
  await after(15, 'client action resume clock_timer')
  await after(30.5, 'client action stop clock_timer')
  // Tuesday, 23:30 in UTC: half of it is Wednesday's.
  daemon.time.turnTo(Date.UTC(2026, 0, 6, 23, 30))
  await after(0, 'client action start clock_timer')
  await after(60, 'client action stop clock_timer')
  daemon.time.turnTo(Date.UTC(2026, 0, 31, 23, 59, 59, 999))
  await after(0, 'client action transfer credits', { transfer_to: 'bob@example.org', credits: 20 })
  await after(1 / 60_000, 'client action supply credits', { credits: 7 })
  return house
}
