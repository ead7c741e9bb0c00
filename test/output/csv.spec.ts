import { describe, expect, it } from 'vitest'
import { csvText } from '../../packages/cli/src/output/csv.ts'

describe('csvText', () => {
  it.each([
    ['a word', 'bob', 'bob'],
    ['a comma', 'a,b', '"a,b"'],
    ['a quote', 'say "no"', '"say ""no"""'],
    ['a line break', 'a\nb', '"a\nb"'],
    ['a line break of Windows', 'a\r\nb', '"a\nb"'],
    ['spaces at an end', ' a', '" a"'],
    ['nothing', null, ''],
    ['a figure', -10.5, '-10.5'],
    ['a truth', true, 'true'],
    ['things by id', { 1: 'a' }, '"{""1"":""a""}"'],
    ['a formula', '=1+A1', "'=1+A1"],
    ['a formula that starts with plus', '+cmd|x', "'+cmd|x"],
    ['a formula that starts with minus', '-A1', "'-A1"],
    ['a formula that starts with at', '@SUM(A1)', "'@SUM(A1)"],
    ['a phone number', '+40 712 345-678', '+40 712 345-678'],
    ['a signed figure as a text', '-12.50', '-12.50'],
    ['an escape sequence', '\u001b[31m', '\\x1b[31m'],
    ['a direction mark', '\u202egnp', '\\u{202e}gnp'],
  ])('writes %s', (_, value, cell) => {
    expect(csvText(['x', 'y'], [[value, 1]])).toBe(`x,y\n${cell},1\n`)
  })

  it('writes the header even where there are no rows', () => {
    expect(csvText(['id', 'credits'], [])).toBe('id,credits\n')
  })
})
