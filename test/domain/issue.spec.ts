import { describe, expect, it } from 'vitest'
import { isTooLarge } from '../../packages/server/src/domain/issue.ts'

const MAX = 65_536

describe('a report', () => {
  it.each([
    ['nothing', '', '', undefined, false],
    ['all in its details', '', 'a'.repeat(MAX), undefined, false],
    ['one byte too much in its details', '', 'a'.repeat(MAX + 1), undefined, true],
    ['its name on top of them', 'a', 'a'.repeat(MAX), undefined, true],
    ['its log on top of them', '', 'a'.repeat(MAX), 'a', true],
    ['name, details and log that just fit', 'ab', 'a'.repeat(MAX - 5), 'abc', false],
    ['name, details and log one byte too large', 'ab', 'a'.repeat(MAX - 4), 'abc', true],
    ['an empty log', '', 'a'.repeat(MAX), '', false],
  ])('that holds %s is too large: %5$s', (_, name, details, log, tooLarge) => {
    expect(isTooLarge({ name, details, log })).toBe(tooLarge)
  })

  it.each([
    ['\u007f', 1],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\uffff', 3],
    ['\u{10000}', 4],
    ['\u{10ffff}', 4],
  ])('counts %j as the %i bytes it has in UTF-8', (character, bytes) => {
    expect(Buffer.byteLength(character)).toBe(bytes)
    const full = 'a'.repeat(MAX - bytes)
    expect(isTooLarge({ name: character, details: full })).toBe(false)
    expect(isTooLarge({ name: character, details: `${full}a` })).toBe(true)
  })
})
