import { describe, expect, it } from 'vitest'
import { allVisible, escapeUnseen, visible } from '../../packages/cli/src/output/sanitise.ts'

const cp = (...points: number[]): string => String.fromCodePoint(...points)

describe('visible', () => {
  it.each([
    ['an escape sequence that colours', '\u001b[31mred', '\\x1b[31mred'],
    ['an escape sequence that renames the window', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['the one-byte start of an escape sequence', '\u009b2J', '\\x9b2J'],
    ['a link to somewhere else', '\u001b]8;;http://evil.example\u001b\\x', '\\x1b]8;;http://evil.example\\x1b\\x'],
    ['a carriage return that overwrites the line', 'bob\rALICE', 'bob\\rALICE'],
    ['a backspace', 'ab\b', 'ab\\x08'],
    ['a line break', 'one\ntwo', 'one\\ntwo'],
    ['a tab', 'a\tb', 'a\\tb'],
    ['a delete character', '\u007f', '\\x7f'],
    ['a null character', '\u0000', '\\x00'],
    ['a line separator', '\u2028', '\\u{2028}'],
    ['a zero-width space', `bob${cp(0x200b)}`, 'bob\\u{200b}'],
    ['a zero-width joiner between Latin letters', `a${cp(0x200d)}b`, 'a\\u{200d}b'],
    ['a byte order mark', cp(0xfeff), '\\u{feff}'],
    ['a soft hyphen', `a${cp(0xad)}b`, 'a\\xadb'],
    ['a Hangul filler', cp(0x3164), '\\u{3164}'],
    ['letters smuggled as tags', `x${cp(0xe0041)}`, 'x\\u{e0041}'],
    ['a variation selector on nothing', `x${cp(0xfe01)}`, 'x\\u{fe01}'],
    ['half of a surrogate pair', '\ud800', '\\u{d800}'],
    ['an interlinear annotation', cp(0xfff9), '\\u{fff9}'],
    ['a tower of accents', `e${cp(0x301).repeat(12)}`, `e${cp(0x301).repeat(8)}${'\\u{301}'.repeat(4)}`],
  ])('shows %s', (_, hostile, shown) => {
    expect(visible(hostile)).toBe(shown)
  })

  const bidi = [0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069]
  it.each(bidi)('shows the direction mark U+%i', (point) => {
    expect(visible(`exe${cp(point)}gnp`)).toBe(`exe\\u{${point.toString(16)}}gnp`)
  })

  it.each([
    ['ASCII', 'Paid 10 credits to bob@example.org.'],
    ['accents', 'Zoë, Ștefan, Ångström'],
    ['Chinese and Japanese', '山田太郎 你好'],
    ['a Japanese name with its own variant', `葛${cp(0xe0100)}城`],
    ['Hebrew and Arabic', 'שלום مرحبا'],
    ['a Persian word that needs its joiner', `می${cp(0x200c)}روم`],
    ['a family of emoji', '👩‍👩‍👧'],
    ['a heart with its variant', '❤️'],
    ['the flag of Scotland', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
    ['a backslash', 'C:\\x1b'],
  ])('leaves %s as it is', (_, text) => {
    expect(visible(text)).toBe(text)
  })

  it('keeps what it is told to keep', () => {
    expect(visible('one\ntwo\u001b', '\n')).toBe('one\ntwo\\x1b')
  })
})

describe('allVisible', () => {
  it('reaches every text in an answer, keys included, and leaves figures alone', () => {
    expect(
      allVisible({ credits: 1, none: null, yes: true, notes: ['\u001b'], archive: { 'a\u202e': 'b\u0007' } }),
    ).toEqual({
      credits: 1,
      none: null,
      yes: true,
      notes: ['\\x1b'],
      archive: { 'a\\u{202e}': 'b\\x07' },
    })
  })
})

describe('escapeUnseen', () => {
  it.each(['\u202egnp.exe', '\u009b2J', '\u2028', '\u200b', cp(0xe0041), '\u007f', '\u001b[31m', '👩‍👩‍👧'])(
    'writes %j in ASCII where it is unseen, and reads back as it was',
    (text) => {
      const json = escapeUnseen(JSON.stringify(text))
      expect(json).not.toMatch(/[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028]/u)
      expect(JSON.parse(json)).toBe(text)
    },
  )
})
