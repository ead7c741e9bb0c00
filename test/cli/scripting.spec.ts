import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aHomeOfAda, PASSWORD } from './home.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'scripting.md'), 'utf8')
const blocks = [...page.matchAll(/^## (.*)$[\s\S]*?```bash\n([\s\S]*?)```/gm)].map(([, title = '', script = '']) => ({
  title,
  script,
}))

describe('docs/scripting.md', () => {
  it('begins every script with set -euo pipefail', () => {
    expect(blocks.length).toBeGreaterThan(8)
    expect(blocks.filter(({ script }) => !script.startsWith('set -euo pipefail\n'))).toEqual([])
    expect(page.match(/^```bash$/gm)).toHaveLength(blocks.length)
  })

  it('has scripts that do what they say, one after the other, at a real daemon', async () => {
    const home = await aHomeOfAda(500)
    await home.ewallet('convert --credits 60')
    const stdin = `${PASSWORD}\n`
    await home.ewallet('signup --name eve --email eve@example.org --no-login --password-stdin', { stdin })
    writeFileSync(join(home.folder, 'password.txt'), stdin)
    mkdirSync(join(home.folder, 'bin'))
    const shim = join(home.folder, 'bin', 'ewallet')
    writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'ewallet.js')}' "$@"\n`)
    chmodSync(shim, 0o755)
    const env = {
      PATH: `${join(home.folder, 'bin')}:${process.env.PATH}`,
      HOME: home.folder,
      TZ: 'UTC',
      EWALLET_HOME: home.folder,
    }
    const told = blocks.map(({ title, script }) => {
      const options = { env, cwd: home.folder, input: script, encoding: 'utf8' } as const
      const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-s'], options)
      return { title, status, stdout, stderr }
    })
    expect(told.filter(({ status }) => status !== 0)).toEqual([])
    const of = (title: string) => told.find((each) => each.title === title)
    expect(of('Deciding by the exit code')?.stdout).toBe('Not enough credits; nothing was moved.\n')
    expect(of('Paying once, whatever happens to the connection')?.stdout).toMatch(
      /^Paid 5 credits to bob@example\.org\./,
    )
    const read = (file: string) => readFileSync(join(home.folder, file), 'utf8')
    expect(JSON.parse(read('error.json'))).toMatchObject({ failed: true, code: 'insufficient_credits' })
    expect(JSON.parse(read('event.json'))).toMatchObject({ event: 'account.login', cursor: 1 })
    expect(read('statement.html')).toMatch(/^<!doctype html>/i)
    // 500, less 60 converted, 5 paid, 4 and 1 transferred.
    expect((await home.ewallet('balance -o csv --fields credits')).out).toBe('credits\n430\n')
  })
})
