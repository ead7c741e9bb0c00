import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { medianOf } from '../figures.ts'
import { PASSWORD } from '../people.ts'
import { aFolder, program } from '../process.ts'
import type { Figure, Section } from '../section.ts'

const LINES = 10_000

/** How long commands take beside an empty node program, and how many lines a second `exec` runs. */
export const cli: Section = {
  name: 'cli',
  async measure({ rounds }, say) {
    const home = aFolder('cli')
    const env = { PATH: process.env.PATH ?? '', EWALLET_HOME: home }
    const run = (args: string[], input = '') => execFileSync(process.execPath, args, { env, input })
    const ewallet = (...args: string[]) => run([program('ewallet'), ...args])
    const password = `${PASSWORD}\n`
    for (const name of ['bob', 'ada']) {
      const email = `${name}@example.org`
      run([program('ewallet'), 'signup', '--name', name, '--email', email, '--password-stdin'], password)
    }
    ewallet('supply', '1000000')
    ewallet('clock', '--json')
    const lines = join(home, 'lines.txt')
    writeFileSync(lines, 'transfer --to bob@example.org --credits 1\n'.repeat(LINES))
    const took: Record<'node' | 'version' | 'clock', number[]> = { node: [], version: [], clock: [] }
    const msOf = (args: string[]) => {
      const from = performance.now()
      run(args)
      return performance.now() - from
    }
    say('commands')
    for (let time = 0; time < rounds * 8; time += 1) {
      took.node.push(msOf(['-e', '0']))
      took.version.push(msOf([program('ewallet'), '--version']))
      took.clock.push(msOf([program('ewallet'), 'clock', '--json']))
    }
    say(`exec of ${LINES} transfers`)
    const rates = Array.from({ length: rounds }, () => {
      const from = performance.now()
      const { status } = spawnSync(process.execPath, [program('ewallet'), 'exec', lines], { env, stdio: 'ignore' })
      if (status !== 0) throw new Error(`exec ended with ${status}.`)
      return (LINES * 1_000) / (performance.now() - from)
    })
    ewallet('daemon', 'stop')
    const node = medianOf(took.node)
    const more = (what: 'version' | 'clock') => medianOf(took[what]) - node
    return [
      { what: 'node -e 0', value: node, unit: 'ms' },
      { what: 'ewallet --version, beyond node', value: more('version'), unit: 'ms', target: { atMost: 40 } },
      { what: 'ewallet clock --json, beyond node', value: more('clock'), unit: 'ms', target: { atMost: 120 } },
      { what: 'lines of ewallet exec, all transfers', value: medianOf(rates), unit: '/s', target: { atLeast: 5_000 } },
    ] satisfies Figure[]
  },
}
