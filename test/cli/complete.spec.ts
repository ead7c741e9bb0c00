import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { complete } from '../../packages/cli/src/complete.ts'
import { aHome, aHomeOfAda, type Home } from './home.ts'

describe('what may follow', () => {
  it.each([
    ['cl', ['clock']],
    ['clock st', ['start', 'status', 'stop']],
    ['sheet ', ['conversion', 'invoice', 'time', 'transfer']],
    ['pay --cr', ['--credits']],
    ['--context work pay --cr', ['--credits']],
    ['pay -o ', ['csv', 'json', 'ndjson', 'plain', 'table']],
    ['system acl edit ada@example.org --permission su', ['supply']],
    ['system acl edit ada@example.org --allow ', ['false', 'true']],
    ['signup --no-l', ['--no-login']],
    ['sheet transfer --al', ['--all']],
    ['report --by ', ['contact', 'day', 'type']],
    ['report mon', ['month']],
    ['export -o h', ['hledger', 'html']],
    ['balance --tz Europe/Buc', ['Europe/Bucharest']],
    ['help clock st', ['start', 'status', 'stop']],
    ['help exit', ['exit-codes']],
    ['config set color ', ['always', 'auto', 'never']],
    ['completion ', ['bash', 'fish', 'zsh']],
    ['signup --name clo', []],
    ['__', []],
  ])('"%s"', async (line, expected) => {
    const found = await complete(line.split(' '))
    expect(line.endsWith(' ') ? found.filter((word) => !word.startsWith('-')) : found).toEqual(expected)
  })

  it('never offers a secret as a flag with a value', async () => {
    expect(await complete(['system', 'session', 'find', '--session'])).toEqual(['--session-token-stdin'])
  })

  it('takes live values where only the world knows them', async () => {
    const live = ({ flag, position }: { flag?: string; position?: number }) =>
      flag === '--to' ? ['@bob'] : position === 0 ? ['7'] : []
    expect(await complete(['pay', '--to', ''], live)).toEqual(['@bob'])
    expect(await complete(['contact', 'show', '7'], live)).toEqual(['7'])
  })
})

describe('ewallet __complete', () => {
  const ask = async (home: Home, shell: string, ...words: string[]) =>
    (await home.ewallet(['__complete', '--for', shell, '--', ...words])).out.split('\n').filter(Boolean)

  it('asks a daemon that runs, and starts none', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('contact add bob --email bob@example.org')
    expect(await ask(home, 'fish', 'pay', '--to', '')).toEqual(['@bob', 'bob@example.org'])
    expect(await ask(home, 'fish', 'contact', 'show', '')).toEqual(['1'])
    expect(await ask(home, 'fish', 'account', 'use', '')).toEqual(['ada@example.org'])
    await home.killDaemon()
    expect(await ask(home, 'fish', 'wallet', 'use', '')).toEqual([])
    expect((await home.ewallet('daemon status')).code).toBe(3)
  })

  it('answers from a moment ago without the daemon, until something is changed', async () => {
    const home = await aHomeOfAda()
    await home.ewallet('contact add bob --email bob@example.org')
    await ask(home, 'fish', 'pay', '--to', '')
    await home.killDaemon()
    expect(await ask(home, 'fish', 'pay', '--to', '')).toEqual(['@bob', 'bob@example.org'])
    await home.ewallet('contact add eve --email eve@example.org')
    expect(await ask(home, 'fish', 'pay', '--to', 'e')).toEqual(['eve@example.org'])
  })

  it('fails no command, whatever stands where answers are remembered', async () => {
    const home = await aHomeOfAda()
    mkdirSync(join(home.folder, 'state', 'completion.json'))
    expect(await home.ewallet('contact add bob --email bob@example.org')).toMatchObject({ code: 0, err: '' })
    expect(await ask(home, 'fish', 'pay', '--to', '')).toEqual(['@bob', 'bob@example.org'])
  })

  it('never offers what a terminal would obey', async () => {
    const home = await aHomeOfAda()
    await home.ewallet(['contact', 'add', '\u001b[2Jbob', '--email', 'bob@example.org'])
    expect(await ask(home, 'bash', 'ewallet pay --to ')).toEqual(['bob@example.org'])
  })

  it('knows the contexts, and tells zsh and fish what a word means', async () => {
    const home = aHome()
    await home.ewallet('context add work ws://127.0.0.1:1')
    expect(await ask(home, 'zsh', '--context', '')).toEqual(['local', 'work'])
    expect(await ask(home, 'zsh', 'context', 'use', '')).toEqual(['local', 'work'])
    expect(await ask(home, 'fish', 'clock', 'pau')).toEqual(['pause\tPause the timer; pauses are free.'])
    expect(await ask(home, 'zsh', 'signup', '--no-l')).toEqual(['--no-login:do not log in afterwards'])
  })
})
