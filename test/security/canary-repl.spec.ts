import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { aHome, aRunningDaemon } from '../process.ts'
import { aTerminal } from '../terminal/screen.ts'
import { commandLines, filesBelow, whereTold } from './canaries.ts'

/** Passwords as they are typed where they belong, that stand nowhere else in the world. */
const [first, second, wrong] = ['canary-at-a-prompt-1', 'canary-at-a-prompt-2', 'canary-at-a-prompt-3']
/** Those that are typed where they do not belong. */
const misplaced = [4, 5, 6, 7, 8, 9].map((n) => `canary-in-a-line-${n}`)

it('passwords and tokens typed at a terminal are in no history, no file, no log, no list of processes and no crash text', async () => {
  const home = aHome()
  const daemon = await aRunningDaemon({ home, env: { EWALLET_LOG_LEVEL: 'trace' } })
  const screen = aTerminal({ columns: 200, env: { EWALLET_HOME: home, HOME: home, NO_COLOR: '1' } })
  const answers = async (question: string | RegExp, said: string) => {
    await screen.waitFor(question)
    screen.type(`${said}\r`)
  }
  /** Waits for a question that was asked before, too. */
  const answersAgain = async (question: string, count: number, said: string) => {
    await screen.waitFor((text) => text.split(question).length > count)
    screen.type(`${said}\r`)
  }
  await screen.waitFor('Look around first')
  screen.press('enter')
  await answers('? Name', 'ada')
  await answers('? Email', 'ada@example.org')
  await answers('? New password', first)
  await answers('? The same again', first)
  await screen.waitFor('ada@local 0 cr ›')
  const sessions = () => readFileSync(join(home, 'state', 'sessions.json'), 'utf8')
  const token = String(/ewsm-st:[^"]+/.exec(sessions())?.[0])

  await screen.enter('supply 7')
  // Where they do not belong.
  await screen.enter(`login ada@example.org ${misplaced[0]}`)
  await screen.enter(`login ada@example.org --password ${misplaced[1]}`)
  await screen.enter(`login ada@example.org --password=${misplaced[2]}`)
  await screen.enter(`${misplaced[3]}`)
  await screen.enter(` balance --currency ${misplaced[4]}`)
  await screen.enter(`session revoke ${token}`)
  await screen.enter(`session revoke --token ${token}`)
  screen.type(`login ${misplaced[5]}\r`)
  await answersAgain('? Password', 1, wrong)
  await screen.waitFor('(login_failed)')

  // Where they do.
  screen.type('login ada@example.org\r')
  await answersAgain('? Password', 2, wrong)
  await screen.waitFor((text) => text.split('(login_failed)').length > 2)
  screen.type('account edit --password\r')
  await answers('? Current password', first)
  await answersAgain('? New password', 2, second)
  await answersAgain('? The same again', 2, second)
  await screen.waitFor((text) => /›\s*$/.test(text) && text.split('? The same again').length > 2)
  screen.type('login ada@example.org -v\r')
  await screen.waitFor((text) => text.split('? Password').length > 3)
  const running = [
    { name: 'ps', text: commandLines() },
    ...[screen.pid, daemon.pid].map((pid) => ({
      name: `environ of ${pid}`,
      text: readFileSync(`/proc/${pid}/environ`, 'utf8'),
    })),
  ]
  screen.type(`${second}\r`)
  await screen.waitFor((text) => text.split('? Password').length > 3 && /7 cr ›\s*$/.test(text))
  await screen.enter('balance')

  const files = filesBelow(home)
  // The journal cannot be written any more: the command ends with a fault, the daemon with a stack.
  rmSync(join(home, 'data'), { recursive: true })
  await screen.enter('supply 5 -v')
  screen.press('ctrl-d')
  expect(await screen.exited).toBeTypeOf('number')
  expect(await daemon.stop()).toBe(1)

  const isKeptForHer = ({ name }: { name: string }) => name === join('state', 'sessions.json')
  const [ofHers, others] = [files.filter(isKeptForHer), files.filter((file) => !isKeptForHer(file))]
  const history = readFileSync(join(home, 'state', 'history'), 'utf8')
  expect(history).toContain('supply 7\n')
  expect(history).toContain('login ada@example.org -v\n')
  const names = others.map(({ name }) => name)
  for (const name of ['state/history', 'runtime/daemon.json']) expect(names).toContain(name)
  expect(names.some((name) => name.startsWith('data/journal/'))).toBe(true)
  const told = [
    ...others,
    ...running,
    { name: 'stderr', text: daemon.stderr() },
    { name: 'stdout', text: daemon.stdout() },
  ]
  expect(daemon.stderr()).toContain('"event":"answered"')
  expect(whereTold([first, second, wrong, ...misplaced, token], told)).toEqual([])
  expect(whereTold([first, second, wrong], [...ofHers, { name: 'screen', text: screen.raw() }])).toEqual([])
}, 180_000)
