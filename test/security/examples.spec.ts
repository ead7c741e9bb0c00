import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { payFive } from '../../docs/examples/pay.ts'
import { PASSWORD } from '../harness.ts'
import { aListeningDaemon } from '../listening.ts'

const run = promisify(execFile)
const docs = join(import.meta.dirname, '..', '..', 'docs')
const script = join(docs, 'examples', 'pay.py')
const python = spawnSync('python3', ['--version']).status === 0

if (!python) console.log('The example in Python is not run: there is no python3 here.')

async function aDaemonWithTwoPeople() {
  const { daemon, port, sockets } = await aListeningDaemon()
  const ada = await daemon.has('ada@example.org', { credits: 20 })
  const bob = await daemon.has('bob@example.org')
  const credits = async (of: typeof ada) => (await of.says('client action view credit ewallet')).ewallet_data.credits
  return { port, url: sockets.url, held: async () => [await credits(ada), await credits(bob)] }
}

describe('the example in Python', () => {
  it('is the one that docs/protocol.md shows, in about twenty lines', () => {
    const text = readFileSync(script, 'utf8')
    expect(readFileSync(join(docs, 'protocol.md'), 'utf8')).toContain(`\`\`\`python\n${text}\`\`\``)
    expect(text.split('\n').filter((line) => line !== '').length).toBeLessThan(24)
  })

  it.skipIf(!python)('pays, and says so; said again with its key it does not pay twice', async () => {
    const { port, held } = await aDaemonWithTwoPeople()
    const env = {
      PATH: process.env.PATH,
      EWALLET_HTTP: `http://127.0.0.1:${port}`,
      EMAIL: 'ada@example.org',
      PASSWORD,
      PAYEE: 'bob@example.org',
      KEY: 'once',
    }
    for (const _ of [1, 2]) {
      expect((await run('python3', [script], { env })).stdout).toBe('Paid 5 to bob@example.org; 15 left.\n')
      expect(await held()).toEqual([15, 5])
    }
    const nobody = run('python3', [script], { env: { ...env, PAYEE: 'nobody@example.org', KEY: 'other' } })
    await expect(nobody).rejects.toMatchObject({ code: 1, stderr: 'account_not_found: There is no such account.\n' })
  })
})

describe('the example in TypeScript', () => {
  it('pays, and hears of it as the payee', async () => {
    const { url, held } = await aDaemonWithTwoPeople()
    const [ada, bob] = ['ada', 'bob'].map((name) => ({ email: `${name}@example.org`, password: PASSWORD })) as [
      { email: string; password: string },
      { email: string; password: string },
    ]
    expect(await payFive(url, ada, bob)).toBe('bob@example.org heard of 5 credits from ada@example.org.')
    expect(await held()).toEqual([15, 5])
  })
})
