import { describe, expect, it } from 'vitest'
import { complete } from '../../packages/cli/src/complete.ts'

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
