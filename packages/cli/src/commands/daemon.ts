import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { exitCodes } from '@ewallet/protocol'
import { followLog, sizeOf } from '../daemon-log.ts'
import { type Daemon, findDaemon, logFile, logLines, startDaemon } from '../daemon-start.ts'
import { granted, misuse, unreachable } from '../failure.ts'
import { timeoutOf } from '../globals.ts'
import { installation } from '../installation.ts'
import { identityOf, isAlive } from '../process-identity.ts'
import type { Given, SpecialCommand } from './command.ts'

const columns = [{ key: 'pid' }, { key: 'url' }, { key: 'started_at', title: 'since' }]

const insecure = ['--insecure', 'let it listen beyond this machine without TLS'] as const

/** What the daemon is started with. */
function environmentOf({ terminal, options }: Given): Given['terminal']['env'] {
  return options.insecure === true ? { ...terminal.env, EWALLET_INSECURE: 'true' } : terminal.env
}

/** Tells whether a daemon runs on this machine. */
export const daemonStatus: SpecialCommand = {
  examples: ['ewallet daemon status', 'ewallet daemon status --json'],
  async run(given) {
    const daemon = await findDaemon(given.stage.folders)
    if (!daemon) {
      if (given.style.format === 'json') given.terminal.stdout.write('[]\n')
      given.say('No daemon is running.')
      return exitCodes.no
    }
    await show(given, daemon)
    return 0
  },
}

/** Starts the daemon and leaves it running. */
export const daemonStart: SpecialCommand = {
  options: [insecure],
  examples: ['ewallet daemon start'],
  async run(given) {
    const { stage, globals } = given
    if (!globals.start) throw unreachable('No daemon is started with --no-start.')
    const timeoutMs = timeoutOf(globals, stage.settings)
    const start = { env: environmentOf(given), timeoutMs }
    const { daemon, started } = await startDaemon(stage.folders, start)
    given.say(started ? 'Started.' : 'It was running already.')
    await show(given, daemon)
    return 0
  },
}

/** Stops the daemon and waits until it is gone. */
export const daemonStop: SpecialCommand = {
  examples: ['ewallet daemon stop'],
  async run(given) {
    const { stage, globals } = given
    const path = 'system action stop daemon'
    const daemon = await findDaemon(stage.folders)
    if (!daemon) {
      given.say('No daemon is running.')
      return exitCodes.no
    }
    const running = identityOf(daemon.pid)
    const link = given.link()
    const answer = granted(await link.say(path, {}))
    link.close()
    const until = Date.now() + timeoutOf(globals, stage.settings)
    while (isAlive(running)) {
      if (Date.now() > until) throw unreachable('The daemon is still stopping.', 'See: ewallet daemon logs')
      await pause(20)
    }
    await given.answer(path, answer)
    return 0
  },
}

/** Runs the daemon here, until it is interrupted. */
export const daemonRun: SpecialCommand = {
  options: [insecure],
  examples: ['ewallet daemon run'],
  async run(given) {
    const { terminal } = given
    const file = join(installation(), 'bin', 'ewalletd.js')
    const child = spawn(process.execPath, [file], { stdio: 'inherit', env: environmentOf(given) })
    // An interrupt reaches both; the daemon ends in order, and this one with it.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.removeAllListeners(signal)
      process.on(signal, () => {
        if (signal === 'SIGTERM' || !terminal.stdin.isTTY) child.kill(signal)
      })
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)))
    })
  },
}

/** Shows the end of the log, and what is added to it for as long as it is followed. */
export const daemonLogs: SpecialCommand = {
  options: [
    ['--lines <n>', 'how many lines; 50 unless typed'],
    ['-f, --follow', 'go on with what is written from now on'],
  ],
  examples: ['ewallet daemon logs --lines 200'],
  async run(given) {
    const { options, stage, terminal } = given
    const typed = String(options.lines ?? 50)
    if (!/^\d+$/.test(typed) || Number(typed) === 0) throw misuse('--lines should be a whole number from 1.')
    const file = logFile(stage.folders)
    const size = sizeOf(file)
    const lines = logLines(stage.folders, Number(typed))
    const { visible } = await import('../output/sanitise.ts')
    const print = (line: string) => terminal.stdout.write(`${visible(line)}\n`)
    for (const line of lines) print(line)
    if (lines.length === 0) given.say(`There is no log yet; it will be ${file}.`)
    if (options.follow === true) return followLog(file, size, print)
    return lines.length === 0 ? exitCodes.no : 0
  },
}

async function show({ terminal, style }: Given, { pid, url, startedAt }: Daemon): Promise<void> {
  const { printRows } = await import('../output/print.ts')
  await printRows(terminal, style, columns, [{ pid, url, started_at: startedAt }])
}
