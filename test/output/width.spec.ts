import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { cut, measureFor, pad, wrap } from '../../packages/cli/src/output/width.ts'

const letters = Array.from({ length: 0x10000 }, (_, point) => String.fromCharCode(point))

describe('measureFor', () => {
  it('agrees with string-width on every letter it measures by itself', async () => {
    const wrong: string[] = []
    for (const letter of letters) {
      const measure = await measureFor(letter)
      if (measure(letter) !== stringWidth(letter)) wrong.push(letter)
    }
    expect(wrong).toEqual([])
  })

  it.each(['bob', '山田太郎', 'ｶﾞ', 'e\u0301', '👩‍👩‍👧', '🇷🇴', '한국어', '● 1 Credit EWallet…', 'mixed 山田 🎈 text'])(
    'agrees with string-width on %s',
    async (text) => {
      expect((await measureFor(text))(text)).toBe(stringWidth(text))
    },
  )
})

describe('wrap', () => {
  it.each([
    ['leaves alone what fits', 'one two', 7, ['one two']],
    ['breaks at a space', 'one two', 6, ['one', 'two']],
    ['breaks a long word', 'abcdefgh', 3, ['abc', 'def', 'gh']],
    ['breaks an address after its punctuation', 'bob@example.org', 12, ['bob@example.', 'org']],
    ['breaks Chinese where it is full', '山田太郎', 5, ['山田', '太郎']],
    ['never breaks a family of emoji', '👩‍👩‍👧👩‍👩‍👧', 3, ['👩‍👩‍👧', '👩‍👩‍👧']],
    ['gives a wide letter its room even where there is none', '山', 1, ['山']],
    ['keeps an empty text a line', '', 5, ['']],
  ])('%s', async (_, text, width, expected) => {
    expect(wrap(text, width, await measureFor(text))).toEqual(expected)
  })
})

describe('cut', () => {
  it.each([
    ['bob', 3, 'bob'],
    ['bobby', 3, 'bo…'],
    ['山田太郎', 5, '山田…'],
    ['山田太郎', 4, '山…'],
    ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
    ['bob', 1, '…'],
  ])('cuts %s to %i columns', async (text, width, expected) => {
    expect(cut(text, width, '…', await measureFor(text))).toBe(expected)
  })
})

describe('pad', () => {
  it.each([
    ['bob', 5, false, 'bob  '],
    ['10', 5, true, '   10'],
    ['山田', 5, false, '山田 '],
    ['too long', 3, false, 'too long'],
  ])('pads %s to %i columns', async (text, width, right, expected) => {
    expect(pad(text, width, right, await measureFor(text))).toBe(expected)
  })
})
