import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSettings, settings, variableOf } from '../../packages/cli/src/settings.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { aHome } from './home.ts'
import { someFolders } from './stand.ts'

describe('a setting', () => {
  it('comes from the environment before the file, and from the file before the default', () => {
    const folders = someFolders()
    expect(readSettings(folders, {}).get('output')).toEqual({ value: '', origin: 'default' })
    readSettings(folders, {}).set('output', 'plain')
    expect(readSettings(folders, {}).get('output')).toEqual({ value: 'plain', origin: 'file' })
    const env = { EWALLET_OUTPUT: 'csv' }
    expect(readSettings(folders, env).get('output')).toEqual({ value: 'csv', origin: 'environment' })
  })

  it('is taken out of the file again', () => {
    const folders = someFolders()
    const settings = readSettings(folders, {})
    settings.set('tz', 'UTC')
    settings.set('output', 'json')
    settings.set('tz', undefined)
    expect(JSON.parse(readFileSync(settings.file, 'utf8'))).toEqual({ output: 'json' })
  })

  it.each([
    ['outptu', 'json', 'There is no setting "outptu".'],
    ['output', 'yaml', 'output should be one of table, plain, json, ndjson, csv.'],
    ['timeout', '0', 'timeout should be a number of seconds above 0.'],
  ])('refuses %s = %s', (name, value, sentence) => {
    expect(() => readSettings(someFolders(), {}).set(name, value)).toThrow(sentence)
  })

  it('refuses a file that holds no object, naming it', () => {
    const folders = someFolders()
    const { file } = readSettings(folders, {})
    mkdirSync(folders.config, { recursive: true })
    writeFileSync(file, '[]')
    expect(() => readSettings(folders, {}).get('output')).toThrow(`${file} does not hold a JSON object.`)
  })
})

describe('the config file', () => {
  const toml = (text: string) => {
    const folders = someFolders()
    mkdirSync(folders.config, { recursive: true })
    const file = join(folders.config, 'config.toml')
    writeFileSync(file, text)
    return { folders, file, text: () => readFileSync(file, 'utf8') }
  }

  it('may be TOML, with the short names or the long ones', () => {
    const { folders } = toml(
      'output = "plain"\nEWALLET_PORT = 7500\ntz = "UTC"\n\n[contexts]\nwork = "ws://127.0.0.1:1"\n',
    )
    const found = readSettings(folders, { EWALLET_TZ: 'Europe/Bucharest' })
    expect(found.get('output')).toEqual({ value: 'plain', origin: 'file' })
    expect(found.get('port')).toEqual({ value: '7500', origin: 'file' })
    expect(found.get('tz')).toEqual({ value: 'Europe/Bucharest', origin: 'environment' })
    expect(found.contexts).toEqual({ work: 'ws://127.0.0.1:1' })
  })

  it('keeps its comments and its order when TOML is changed', () => {
    const before = '# mine\noutput = "plain" # always\n\n[contexts]\n# of the firm\nwork = "ws://127.0.0.1:1"\n'
    const { folders, text } = toml(before)
    const found = readSettings(folders, {})
    found.set('tz', 'UTC')
    found.setContext('home', 'ws://127.0.0.1:2')
    expect(text()).toBe(
      '# mine\noutput = "plain" # always\ntz = "UTC"\n\n[contexts]\n# of the firm\nwork = "ws://127.0.0.1:1"\nhome = "ws://127.0.0.1:2"\n',
    )
    found.set('tz', undefined)
    found.setContext('home', undefined)
    expect(text()).toBe(before)
  })

  it('is written anew where a line would not do', () => {
    const { folders } = toml('output = """\nplain"""\n')
    readSettings(folders, {}).set('output', 'json')
    expect(readSettings(folders, {}).get('output').value).toBe('json')
  })

  it.each([
    ['output = ', /config\.toml cannot be read: Invalid/],
    ['[[', /config\.toml cannot be read/],
  ])('%s is refused by its name', (text, error) => {
    const { folders } = toml(text)
    expect(() => readSettings(folders, {}).get('output')).toThrow(error)
  })

  it('is one: TOML and JSON side by side are refused', () => {
    const { folders } = toml('output = "plain"\n')
    writeFileSync(join(folders.config, 'config.json'), '{}')
    expect(() => readSettings(folders, {}).get('output')).toThrow('are both there.')
  })
})

describe('the settings of the daemon', () => {
  it('are all known here, with the same defaults', async () => {
    const { held } = await readConfig({ EWALLET_HOME: someFolders().config })
    const known = settings.map((setting) => [variableOf(setting.name), setting.default])
    expect(known).toEqual(expect.arrayContaining(held.map(({ name, value }) => [name, value])))
  })
})

describe('ewallet config', () => {
  it('says of every setting where it comes from: flag, variable, file or default', async () => {
    const home = aHome()
    await home.ewallet('config set output plain')
    await home.ewallet('config set ascii true')
    const env = { EWALLET_TZ: 'UTC' }
    const { out } = await home.ewallet('config list --origin --timeout 5 -o json', { env })
    const origins = Object.fromEntries(
      (JSON.parse(out) as { name: string; origin: string }[]).map(({ name, origin }) => [name, origin]),
    )
    expect(Object.keys(origins)).toEqual(settings.map(({ name }) => name))
    expect(origins).toMatchObject({
      timeout: 'flag',
      output: 'flag',
      tz: 'EWALLET_TZ',
      home: 'EWALLET_HOME',
      ascii: join(home.folder, 'config', 'config.json'),
      port: 'default',
    })
  })

  it('gets, sets and takes out, and says what goes before the file', async () => {
    const home = aHome()
    expect((await home.ewallet('config set tz Europe/Bucharest', { env: { EWALLET_TZ: 'UTC' } })).err).toBe(
      'EWALLET_TZ is set and goes before it.\n',
    )
    expect((await home.ewallet('config get tz')).out).toBe('Europe/Bucharest\n')
    expect((await home.ewallet('config get tz --tz UTC')).out).toBe('UTC\n')
    await home.ewallet('config set tz')
    expect((await home.ewallet('config get tz')).out).toBe('\n')
    expect(await home.ewallet('config set home /tmp')).toMatchObject({ code: 2 })
    expect(await home.ewallet('config get outptu')).toMatchObject({
      code: 2,
      err: 'There is no setting "outptu".\nDid you mean output?\n',
    })
  })
})

describe('ewallet context', () => {
  it('adds, uses, lists and removes, and refuses one it does not know', async () => {
    const home = aHome()
    expect(await home.ewallet('context add work ws://127.0.0.1:1')).toMatchObject({ code: 0, out: '' })
    expect(await home.ewallet('context use wrok')).toEqual({
      code: 2,
      out: '',
      err: 'There is no context "wrok".\nDid you mean work?\n',
    })
    await home.ewallet('context use work')
    expect(JSON.parse((await home.ewallet('context list --json')).out)).toMatchObject([
      { active: false, name: 'local' },
      { active: true, name: 'work', url: 'ws://127.0.0.1:1' },
    ])
    expect(await home.ewallet('license')).toMatchObject({ code: 6 })
    expect(await home.ewallet('license --context nowhere')).toMatchObject({ code: 2 })
    expect(await home.ewallet('license', { env: { EWALLET_CONTEXT: 'nowhere' } })).toMatchObject({ code: 2 })
    await home.ewallet('context remove work')
    expect((await home.ewallet('config get context')).out).toBe('local\n')
  })

  it.each([
    ['http://127.0.0.1:1', /begins with ws:\/\/ or wss:\/\//],
    ['ws://wallet.example.org', /would travel to wallet\.example\.org in the clear/],
    ['nowhere', /is no address of a daemon/],
  ])('adds no %s', async (url, error) => {
    expect(await aHome().ewallet(['context', 'add', 'work', url])).toMatchObject({
      code: 2,
      err: expect.stringMatching(error),
    })
  })
})
