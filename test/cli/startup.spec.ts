import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hooked, type Loaded, readLoaded } from '../loaded.ts'
import { aHomeOfAda } from './home.ts'
import { aFolder } from './stand.ts'

const root = join(import.meta.dirname, '..', '..')
const bin = join(root, 'bin', 'ewallet.js')

/** What a command line loaded. */
function loadedBy(line: string, home: string, more: Record<string, string> = {}): Loaded {
  const file = join(aFolder(), 'loaded')
  const env = { PATH: process.env.PATH ?? '', TZ: 'UTC', EWALLET_HOME: home, LOADED: file, ...more }
  const argv = ['--import', hooked, bin, ...line.split(' ')]
  const { status, stderr } = spawnSync(process.execPath, argv, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`"${line}" ended with ${status}: ${stderr}`)
  return readLoaded(file)
}

describe('a command loads only what it needs', () => {
  it('--version loads next to nothing', () => {
    const { sources, packages } = loadedBy('--version', aFolder())
    expect(packages).toEqual([])
    expect(sources).toEqual(['installation', 'main', 'streams'].map((name) => `packages/cli/src/${name}.ts`))
  })

  it('completion loads no network code, no prompts, no tables', () => {
    const { sources, packages, builtins } = loadedBy('__complete -- clock st', aFolder())
    expect(packages).toEqual(['commander', 'smol-toml', 'zod'])
    expect(builtins.filter((name) => /net|http|tls|dns|child_process/.test(name))).toEqual([])
    expect(sources.filter((name) => /daemon-start|output\/(print|table)|repl\/(?!line)/.test(name))).toEqual([])
  })

  it('status asks no daemon, so it loads no network code either', () => {
    const { packages, builtins } = loadedBy('status', aFolder())
    expect(packages).toEqual(['commander', 'smol-toml', 'zod'])
    expect(builtins.filter((name) => /net|http|tls|dns|child_process/.test(name))).toEqual([])
  })

  it('clock --json loads the catalogue, the parser and the socket, and nothing to draw or ask with', async () => {
    const { sources, packages } = loadedBy('clock --json', (await aHomeOfAda()).folder)
    expect(packages).toEqual(['commander', 'smol-toml', 'ws', 'zod'])
    expect(sources.filter((name) => /commands\/(?!table|command)/.test(name))).toEqual([])
    expect(sources.filter((name) => /repl\/|reports\/(?!known-status|status-cache)/.test(name))).toEqual([])
  })

  it('a table in colour brings chalk and the frame of cli-table3, and still no prompts', async () => {
    const { packages } = loadedBy('clock -o table', (await aHomeOfAda()).folder, { FORCE_COLOR: '1' })
    expect(packages).toContain('chalk')
    expect(packages).toContain('cli-table3')
    expect(packages.filter((name) => /inquirer/.test(name))).toEqual([])
  })

  it.each(['--version', 'help', 'config list', 'commands'])('%s loads nothing of the daemon', (line) => {
    const { sources } = loadedBy(line, aFolder())
    expect(sources.filter((name) => name.startsWith('packages/server/'))).toEqual([])
  })
})
