import { describe, expect, it } from 'vitest'
import { isStrong, normalPassword } from '../../packages/server/src/domain/password-rules.ts'

describe('a password', () => {
  it.each([
    ['8 characters with a letter, a digit and a symbol', 'abcde-1x', true],
    ['7 characters', 'abcd-1x', false],
    ['256 characters', `a1-${'x'.repeat(253)}`, true],
    ['257 characters', `a1-${'x'.repeat(254)}`, false],
    ['no letter', '1234567-', false],
    ['no digit', 'abcdefg-', false],
    ['no symbol', 'abcdefg1', false],
    ['a space, which is no symbol', 'abcd efg1', false],
    ['an umlaut for its only letter', '1234567-ä', true],
    ['Cyrillic letters', 'пароль-1', true],
    ['Chinese letters', '密码密码密码-1', true],
    ['Arabic digits', 'abcdefg-٣', true],
    ['a currency sign', 'abcdefg1€', true],
    ['an emoji for its symbol', 'abcdefg1😀', true],
    ['8 characters of which some are written in two units', 'abcde1😀😀', true],
    ['7 characters of which some are written in two units', 'abcd1😀😀', false],
    ['letters and their marks typed apart, 7 in all', 'cafe\u0301-1xa'.slice(0, 8), false],
    ['nothing', '', false],
  ])('of %s', (_, password, strong) => {
    expect(isStrong(password)).toBe(strong)
  })

  it('is one and the same in every spelling of Unicode', () => {
    expect(normalPassword('cafe\u0301')).toBe(normalPassword('caf\u00e9'))
    expect(normalPassword('ﬁ')).toBe('fi')
  })
})
