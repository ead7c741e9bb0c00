import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readSettings } from '../../packages/cli/src/settings.ts'
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
