import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { exitCodes } from '@ewallet/protocol'
import { logFile } from '../daemon-start.ts'
import { type Folders, makeFolder } from '../folders.ts'
import { installation } from '../installation.ts'
import type { SpecialCommand } from './command.ts'

const UNIT = 'ewallet.service'

/** Writes a unit by which systemd starts the daemon when its user logs in. */
export const daemonInstall: SpecialCommand = {
  options: [['--print', 'only print the unit; write nothing']],
  examples: ['ewallet daemon install --print'],
  notes: 'The unit reads its settings from the config file; change them with: ewallet config set.',
  async run({ stage, terminal, options, say }) {
    const { env } = terminal
    const unit = unitOf(stage.folders, env)
    if (options.print === true) {
      terminal.stdout.write(unit)
      return 0
    }
    const home = env.HOME || homedir()
    const path = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'systemd', 'user', UNIT)
    mkdirSync(dirname(path), { recursive: true })
    makeFolder(stage.folders.state)
    writeFileSync(path, unit, { mode: 0o600 })
    terminal.stdout.write(`${path}\n`)
    say('Written. A daemon that runs already is stopped first; then systemd takes over:')
    say('  ewallet daemon stop')
    say('  systemctl --user daemon-reload')
    say(`  systemctl --user enable --now ${UNIT}`)
    say('So that it goes on while you are logged out:')
    say('  loginctl enable-linger')
    return 0
  },
}

/** The unit of a daemon that works with these folders. */
function unitOf(folders: Folders, env: Readonly<Record<string, string | undefined>>): string {
  const program = join(installation(), 'bin', 'ewalletd.js')
  const names = ['EWALLET_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME'] as const
  const meant = env.EWALLET_HOME ? ['EWALLET_HOME' as const] : names
  const places = meant.flatMap((name) => (env[name] ? [`Environment=${quoted(`${name}=${resolve(env[name])}`)}`] : []))
  const log = logFile(folders).replaceAll('%', '%%')
  return `${[
    '[Unit]',
    'Description=ewallet, a prepaid credit wallet with a clock',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${[process.execPath, program].map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}`,
    ...places,
    // The same file in which a daemon started by the command line writes, so that it is found there.
    `StandardOutput=append:${log}`,
    `StandardError=append:${log}`,
    'Restart=on-failure',
    `RestartPreventExitStatus=${exitCodes.usage} ${exitCodes.conflict}`,
    'TimeoutStopSec=30',
    'UMask=0077',
    'LimitNOFILE=16384',
    'NoNewPrivileges=yes',
    'LockPersonality=yes',
    'RestrictSUIDSGID=yes',
    '',
    '[Install]',
    'WantedBy=default.target',
  ].join('\n')}\n`
}

/** A word as systemd reads it; in commands alone, dollars are doubled besides. */
function quoted(word: string): string {
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`
}
