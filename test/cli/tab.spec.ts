import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import { Terminal } from '@xterm/headless'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aHomeOfAda, type Home } from './home.ts'

const bin = new URL('../../bin/ewallet.js', import.meta.url).pathname
const PROMPT = 'here>'

/** How each shell is started where nobody set anything up, and what its user is told to put there. */
const shells = {
  bash: {
    argv: ['--norc', '--noprofile', '-i'],
    setUp: [`PS1='${PROMPT}'`, 'bind "set completion-query-items 0"', 'eval "$(ewallet completion bash)"'],
  },
  zsh: {
    argv: ['-f', '-i'],
    setUp: ['autoload -Uz compinit && compinit -u', 'eval "$(ewallet completion zsh)"', `PS1='${PROMPT}'`],
  },
  fish: {
    argv: ['--no-config', '-i'],
    setUp: [
      'ewallet completion fish | source',
      'function fish_greeting; end',
      `function fish_prompt; printf '%s' '${PROMPT}'; end`,
    ],
  },
} as const

/** Somebody at a shell with ewallet on the path and its completion set up. */
async function aShell(shell: keyof typeof shells, home: Home) {
  const path = join(home.folder, 'bin')
  mkdirSync(path)
  writeFileSync(join(path, 'ewallet'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`)
  chmodSync(join(path, 'ewallet'), 0o755)
  const screen = new Terminal({ cols: 100, rows: 40, allowProposedApi: true })
  const pty = spawn(shell, [...shells[shell].argv], {
    cols: 100,
    rows: 40,
    cwd: home.folder,
    env: {
      PATH: `${path}:${process.env.PATH}`,
      HOME: home.folder,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      EWALLET_HOME: home.folder,
      XDG_CONFIG_HOME: home.folder,
    },
  })
  pty.onData((text) => screen.write(text))
  // fish asks the terminal who it is and waits for the answer.
  screen.onData((answer) => pty.write(answer))
  onTestFinished(() => pty.kill('SIGKILL'))
  const text = () => {
    const { active } = screen.buffer
    const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '')
    return lines.join('\n').trimEnd()
  }
  const until = async (what: (text: string) => boolean) => {
    while (!what(text())) await pause(20)
    return text()
  }
  for (const [index, line] of shells[shell].setUp.entries()) pty.write(`${line}; echo done-${index + 10}\r`)
  await until((seen) => seen.includes(`\ndone-${shells[shell].setUp.length + 9}`))
  pty.write('clear\r')
  await until((seen) => seen === PROMPT || (!seen.includes('done-') && seen.endsWith(PROMPT)))
  return { type: (typed: string) => pty.write(typed), until }
}

const missing = (['bash', 'zsh', 'fish'] as const).filter((shell) => spawnSync(shell, ['-c', 'true']).error)

describe.each(['bash', 'zsh', 'fish'] as const)('Tab in %s', (shell) => {
  if (missing.includes(shell)) console.log(`Tab in ${shell} is not tried: ${shell} is not installed.`)

  it.skipIf(missing.includes(shell))('completes commands, flags, choices, contacts and files', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('contact add bob --email bob@example.org')
    await home.ewallet(['contact', 'add', 'Grace Hopper', '--email', 'grace@example.org'])
    const { type, until } = await aShell(shell, home)
    const completes = async (typed: string, whole: string) => {
      type(`${typed}\t`)
      await until((seen) => seen.includes(whole))
      // Ctrl-U takes the line back.
      type('\u0015')
      await until((seen) => seen.endsWith(PROMPT) || !seen.includes(whole))
    }
    await completes('ewallet pay --cre', 'ewallet pay --credits')
    await completes('ewallet pay --to @b', 'ewallet pay --to @bob')
    await completes('ewallet pay --to @Gra', 'ewallet pay --to @Grace\\ Hopper')
    await completes('ewallet report --by con', 'ewallet report --by contact')
    writeFileSync(join(home.folder, 'january.csv'), '')
    await completes('ewallet import time jan', 'ewallet import time january.csv')
    type('ewallet clock st\t')
    if (shell !== 'fish') type('\t')
    const listed = await until((seen) => /\bstart\b/.test(seen) && /\bstatus\b/.test(seen) && /\bstop\b/.test(seen))
    if (shell !== 'bash') expect(listed).toContain('Show the timer')
  })
})
