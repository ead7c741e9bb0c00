import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aHome } from '../cli/home.ts'
import { aLine, post } from '../listening.ts'
import { aRunningDaemon } from '../process.ts'
import { commandLines, filesBelow, whereTold } from './canaries.ts'

const chain = (action: string, rest: object) => ({ controller: 'client', ctype: 'action', action, ...rest })

/** Passwords that stand nowhere else in the world. */
const canaries = ['canary-sings-first-1', 'canary-sings-second-2', 'canary-sings-third-3', 'canary-sings-wrong-4']
const [first = '', second = '', third = '', wrong = ''] = canaries

describe('a password', () => {
  it('given to the command line is in no file, no log, no answer and no list of processes', async () => {
    const home = aHome()
    const env = { EWALLET_LOG_LEVEL: 'trace', HOME: home.folder }
    const passwordFile = join(home.folder, '..', `${home.folder.split('/').pop()}-password`)
    writeFileSync(passwordFile, `${first}\n`, { mode: 0o600 })
    onTestFinished(() => rmSync(passwordFile, { force: true }))
    const fromFile = { env: { ...env, EWALLET_PASSWORD_FILE: passwordFile } }
    const said = []
    const seen: string[] = []
    const looking = setInterval(() => seen.push(commandLines()), 20)
    said.push(
      await home.ewallet('signup --name ada --email ada@example.org --password-stdin -v', { stdin: `${first}\n`, env }),
    )
    said.push(await home.ewallet('logout', { env }))
    said.push(await home.ewallet('login ada@example.org -v', fromFile))
    said.push(await home.ewallet('login ada@example.org --password-stdin -v', { stdin: `${wrong}\n`, env }))
    said.push(await home.ewallet('login ada@example.org --password-stdin --json', { stdin: `${wrong}\n`, env }))
    said.push(await home.ewallet(`login ada@example.org --password ${second}`, { env }))
    said.push(await home.ewallet(['supply', '10'], { env }))
    said.push(await home.ewallet([], { stdin: 'balance\nlogout\n', env }))
    said.push(await home.ewallet('daemon stop', { env }))
    clearInterval(looking)
    expect(said.map(({ code }) => code).slice(0, 3)).toEqual([0, 0, 0])
    expect(seen.join('\n')).toContain('ewalletd.js')

    const told = [
      ...said.map(({ out, err }, at) => ({ name: `answer ${at}`, text: out + err })),
      ...filesBelow(home.folder),
    ]
    expect(whereTold(canaries, told)).toEqual([])
    expect(whereTold([first, wrong], [{ name: 'ps', text: seen.join('\n') }])).toEqual([])
  }, 180_000)

  it('is not in the environment of a daemon that was started on the way', async () => {
    const home = aHome()
    await home.ewallet('signup --name ada --email ada@example.org --password-stdin', { stdin: `${first}\n` })
    const environment = readFileSync(`/proc/${home.daemonPid()}/environ`, 'utf8')
    expect(whereTold(canaries, [{ name: 'environ', text: environment }])).toEqual([])
  })
})

describe('passwords and tokens said to the daemon', () => {
  it('are in no answer but the one that gives a token, in no log, no journal, no picture, no backup and no crash text', async () => {
    const daemon = await aRunningDaemon({ env: { EWALLET_LOG_LEVEL: 'trace' } })
    const port = Number(new URL(daemon.url).port)
    const line = await aLine(daemon.url)
    const admin = await aLine(`ws+unix://${daemon.admin}:/`)
    const { client_id } = await line.says(chain('request', { request: 'client_id' }))
    const given = await line.says(chain('request', { request: 'session_token', client_id }))
    const session_token = String(given.session_token)
    const held = { client_id, session_token }
    const ada = { user_name: 'ada', user_email: 'ada@example.org' }
    const answers: unknown[] = []
    const says = async (frame: object) => answers.push(await line.says({ ...held, ...frame }))
    await says(chain('new', { new: 'account', ...ada, user_pass: first }))
    await says(chain('login', { ...{ user_name: 'ada' }, user_pass: wrong }))
    await says(chain('login', { user_name: 'ada', user_pass: first }))
    await says(chain('edit', { edit: 'account', user_pass: second, current_pass: first }))
    await says(chain('edit', { edit: 'account', user_pass: third, current_pass: wrong }))
    await says(chain('edit', { edit: 'account', user_pass: [third] }))
    await says(chain('login', { user_pass: { third }, user_name: 'ada' }))
    await says(chain('view', { view: 'sessions' }))
    await says(chain('view', { view: 'session' }))
    await says(chain('verify', { verify: 'ctoken', ctoken: 'validity', client_id }))
    await says(chain('supply', { supply: 'credits', credits: 10, idempotency_key: 'k' }))
    const system = { controller: 'system', ctype: 'action' }
    answers.push(await admin.says({ ...system, action: 'search', search: 'session', session_token }))
    answers.push(await admin.says({ ...system, action: 'interogate', interogate: 'session', session_id: 1 }))
    answers.push(await admin.says({ ...system, action: 'view', view: 'accounts' }))
    answers.push(await admin.says({ ...system, action: 'backup', backup: 'store', path: join(daemon.home, 'backup') }))
    answers.push((await post({ port }, { ...held, ...chain('login', { user_pass: wrong, user_name: 'ada' }) })).body)
    // The journal cannot be written any more, and the daemon ends with a stack.
    const kept = filesBelow(daemon.home)
    rmSync(join(daemon.home, 'data'), { recursive: true })
    expect(await daemon.stop()).toBe(1)
    expect(daemon.stderr()).toContain('"event":"answered"')

    const texts = [
      ...answers.map((answer, at) => ({ name: `answer ${at}`, text: JSON.stringify({ answer }) })),
      { name: 'stderr', text: daemon.stderr() },
      { name: 'stdout', text: daemon.stdout() },
      ...kept,
    ]
    expect(texts.some(({ name }) => name.startsWith('data/journal/'))).toBe(true)
    expect(whereTold([...canaries, session_token], texts)).toEqual([])
  }, 120_000)
})
