import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { declarationOf } from '@ewallet/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { linesIn } from '../../packages/cli/src/commands/commands.ts'
import { reportFailure } from '../../packages/cli/src/failure.ts'
import { examplesOf } from '../../packages/cli/src/help-page.ts'
import { topics } from '../../packages/cli/src/help-topics.ts'
import { manPage } from '../../packages/cli/src/man-page.ts'
import { perform } from '../../packages/cli/src/perform.ts'
import { program } from '../../packages/cli/src/program.ts'
import { argvOf } from '../../packages/cli/src/repl/line.ts'
import { openStage } from '../../packages/cli/src/stage.ts'
import { wordTree } from '../../packages/cli/src/words.ts'
import { aHomeOfAda, type Home, PASSWORD } from './home.ts'
import { aPipe } from './stand.ts'

const root = join(import.meta.dirname, '..', '..')
const bin = join(root, 'bin', 'ewallet.js')

/** What does not end with 0 where it stands, and why. */
const otherwise: Readonly<Record<string, number>> = {
  // It would ask, and nobody is there.
  'ewallet signup': 2,
  'ewallet account edit --password': 2,
  // ada has her account already.
  'ewallet signup --name ada --email ada@example.org --password-stdin < password.txt': 8,
  // It is for a terminal.
  'ewallet repl': 2,
  'ewallet repl --context work': 2,
  // The daemon runs, and is not to be robbed of its store.
  'ewallet system restore backup/monday': 8,
  'ewallet system restore backup/monday --at 2026-01-31T18:00:00Z': 8,
  // A store is moved while no daemon is at work on it.
  'ewallet system migrate-store --to postgres://ewallet@db.example:5432/ewallet': 8,
  'ewallet system migrate-store --from postgres://ewallet@db.example:5432/ewallet --to lowdb': 8,
  // No timer runs.
  'ewallet clock status': 3,
  'ewallet clock status --json': 3,
  // The account is not to be deleted.
  'ewallet account recover ada@example.org': 8,
  // These sessions have other numbers here, and nobody holds the token.
  'ewallet system session show 1': 5,
  'ewallet system cleanup sessions 2': 5,
  'ewallet system session find --session-token-stdin < token.txt': 5,
  // What bob paid has another number here.
  'ewallet transfer refund 12 --credits 3': 5,
}

/** What goes on until it is interrupted, which watch.spec.ts does, and the tour, which demo.spec.ts takes. */
const elsewhere = /^ewallet (clock watch|watch|events .*--follow|daemon run|daemon logs .*(-f|--follow)|demo)/

/** Everything help shows, by the command or topic it stands under. */
async function shownInHelp(): Promise<{ line: string; isMade: boolean }[]> {
  const shown: { line: string; isMade: boolean }[] = []
  for (const word of linesIn(wordTree())) {
    const special = await word.entry?.load()
    const isMade = !special && word.paths.every((path) => !declarationOf(path).examples)
    for (const line of special ? (special.examples ?? []) : examplesOf(word)) shown.push({ line, isMade })
  }
  for (const { text } of Object.values(topics))
    shown.push(...linesAfterPrompt(text()).map((line) => ({ line, isMade: false })))
  return shown
}

function linesAfterPrompt(text: string): string[] {
  return [...text.matchAll(/^\s*\$ (.*)$/gm)].map(([, line = '']) => line)
}

/** A home as the examples take it for granted. */
async function theHome(): Promise<Home> {
  const home = await aHomeOfAda(1_000)
  const { folder } = home
  writeFileSync(join(folder, 'password.txt'), `${PASSWORD}\n`)
  writeFileSync(join(folder, 'token.txt'), 'ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767604800\n')
  writeFileSync(join(folder, 'lines.txt'), 'balance\nclock\n')
  writeFileSync(join(folder, 'january.csv'), 'start,stop,notes\n2026-01-05 09:00,2026-01-05 09:10,review\n')
  writeFileSync(join(folder, 'work.timeclock'), 'i 2026-01-06 09:00:00 review\no 2026-01-06 09:05:00\n')
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin', 'ewallet'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`)
  const timew = '[{"id":1,"start":"20260107T090000Z","end":"20260107T090500Z"}]'
  writeFileSync(join(folder, 'bin', 'timew'), `#!/bin/sh\necho '${timew}'\n`)
  for (const name of ['ewallet', 'timew']) chmodSync(join(folder, 'bin', name), 0o755)
  return home
}

/** Runs lines one after the other as ada would, each on a settled day: she is logged in, and speaks to her own daemon. */
function reader(home: Home, port = 0) {
  const env = {
    PATH: `${join(home.folder, 'bin')}:${process.env.PATH}`,
    HOME: home.folder,
    TZ: 'UTC',
    EWALLET_HOME: home.folder,
    EWALLET_SCRYPT_N: '1024',
    EWALLET_PASSWORD_FILE: join(home.folder, 'password.txt'),
  }

  async function typed(line: string): Promise<{ code: number; told: string }> {
    const { terminal, out, err } = aPipe({ env })
    const stage = openStage({ ...terminal, cwd: home.folder })
    try {
      const code = await program(argvOf(line), stage.terminal, (spoken) => perform(stage, spoken))
      return { code, told: out() + err() }
    } catch (error) {
      const code = await reportFailure(terminal, { format: 'plain', ascii: true }, error)
      return { code, told: out() + err() }
    } finally {
      stage.close()
    }
  }

  async function settle(): Promise<void> {
    const config = join(home.folder, 'config')
    mkdirSync(config, { recursive: true, mode: 0o700 })
    writeFileSync(join(config, 'config.json'), '{"contexts":{"work":"wss://wallet.example.org"}}')
    const session = await typed('whoami')
    await typed('stop')
    if (session.code !== 0 || !session.told.includes('ada@example.org')) await typed('login ada')
  }

  return {
    async reads(shown: string, isSettled = true): Promise<{ code: number; told: string }> {
      // Nothing is left on this machine outside of the reader's home.
      const line = shown.replaceAll('/mnt/', `${home.folder}/`).replace('--port 7431', `--port ${port}`)
      if (isSettled) await settle()
      if (line.startsWith('ewallet ') && !/[|<>&]/.test(line)) return typed(line)
      const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', line], {
        env,
        cwd: home.folder,
        encoding: 'utf8',
      })
      return { code: status ?? -1, told: stdout + stderr }
    },
  }
}

/** A port that was free a moment ago. */
async function aFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('an example', () => {
  it('stands in the help of every command', async () => {
    const without: string[] = []
    for (const word of linesIn(wordTree())) {
      const special = await word.entry?.load()
      const examples = special ? (special.examples ?? []) : examplesOf(word)
      if (examples.length === 0) without.push(word.words.join(' '))
    }
    expect(without).toEqual([])
  })

  it('in help does what it says, at a real daemon', async () => {
    const home = await theHome()
    const { reads } = reader(home, await aFreePort())
    for (const line of ['convert --credits 100', 'contact add bob --email bob@example.org'])
      await reads(`ewallet ${line}`)
    const wrong: object[] = []
    const shown = (await shownInHelp()).filter(({ line }) => !elsewhere.test(line))
    // What others look at is made first.
    const place = (line: string) => Number(!line.startsWith('ewallet system backup'))
    shown.sort((one, other) => place(one.line) - place(other.line))
    for (const { line, isMade } of shown) {
      const { code, told } = await reads(line)
      // An id that was made up may be nobody's, and a timer may not run; but it is understood.
      const fits = isMade ? [0, 3, 5, 7, 8, 9].includes(code) : code === (otherwise[line] ?? 0)
      if (!fits) wrong.push({ line, code, told })
    }
    expect(wrong).toEqual([])
    expect(shown.length).toBeGreaterThan(100)
  })

  it('in README does what it says, one after the other', async () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8')
    const { reads } = reader(await withPassword(await aHomeOfAda(0)))
    const wrong: object[] = []
    for (const line of linesAfterPrompt(text)) {
      const { code, told } = await reads(line, false)
      // ada has her account already.
      const wanted = line.startsWith('ewallet signup') ? 8 : 0
      if (code !== wanted) wrong.push({ line, code, told })
    }
    expect(wrong).toEqual([])
  })
})

async function withPassword(home: Home): Promise<Home> {
  writeFileSync(join(home.folder, 'password.txt'), `${PASSWORD}\n`)
  mkdirSync(join(home.folder, 'bin'))
  return home
}

describe('the manual page', () => {
  it('is fresh: npm run docs', async () => {
    expect(readFileSync(join(root, 'man', 'ewallet.1'), 'utf8')).toBe(await manPage())
  })

  it('is shown by ewallet help --man, and man has nothing to complain of', async () => {
    const page = await manPage()
    const { terminal, out } = aPipe()
    const stage = openStage(terminal)
    onTestFinished(() => stage.close())
    await program(['help', '--man'], terminal, (spoken) => perform(stage, spoken))
    expect(out()).toBe(page)
    const { error, stdout, stderr } = spawnSync('man', ['--warnings', '-l', join(root, 'man', 'ewallet.1')], {
      env: { PATH: process.env.PATH, MANWIDTH: '80', LC_ALL: 'C.UTF-8' },
      encoding: 'utf8',
    })
    if (error) return console.log('man is not installed; its own view of the page is not tried.')
    expect(stderr).toBe('')
    expect(stdout).toContain('ewallet clock start')
    expect(stdout).toContain('$ ewallet convert --credits 20')
  })

  it('goes along with the package', () => {
    const { files, man } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(files).toContain('man')
    expect(readdirSync(join(root, 'man')).map((name) => `./man/${name}`)).toEqual([man])
  })
})
