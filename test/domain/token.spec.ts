import { describe, expect, it } from 'vitest'
import {
  clientIdFrom,
  clientIdMadeAt,
  isTokenForm,
  labelOf,
  tokenFrom,
} from '../../packages/server/src/domain/token.ts'

const NINE = Date.UTC(2026, 0, 5, 9)
const bytes = (...values: number[]) => Uint8Array.from({ length: 64 }, (_, n) => values[n % values.length] ?? 0)

describe('a client id and a session token', () => {
  it.each([
    ['ewsm-uid', clientIdFrom, /^ewsm-uid:[A-Za-z0-9]{20}:1767603600$/],
    ['ewsm-st', tokenFrom, /^ewsm-st:[A-Za-z0-9]{20}:1767603600$/],
  ] as const)('%s:<20 alphanumerics>:<unix seconds>', (_, make, form) => {
    expect(make(bytes(1, 61, 62, 247), NINE + 999)).toMatch(form)
  })

  it('are made of the bytes that are as likely as any other', () => {
    expect(tokenFrom(bytes(0, 61, 62, 123), NINE)).toBe(`ewsm-st:${'A9'.repeat(10)}:1767603600`)
    // 248 and above would favour the first letters, so they are passed over.
    expect(tokenFrom(bytes(248, 255, 25), NINE)).toBe(`ewsm-st:${'Z'.repeat(20)}:1767603600`)
  })

  it('have their form even where chance gives nothing usable', () => {
    expect(isTokenForm(tokenFrom(bytes(255), NINE))).toBe(true)
  })

  it.each([
    ['ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1767603600', NINE],
    ['ewsm-uid:AAAAAAAAAAAAAAAAAAA:1767603600', undefined],
    ['ewsm-uid:AAAAAAAAAAAAAAAAAAA_:1767603600', undefined],
    ['ewsm-uid:AAAAAAAAAAAAAAAAAAAA:', undefined],
    ['ewsm-uid:AAAAAAAAAAAAAAAAAAAA:17676036001234', undefined],
    ['ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600', undefined],
    [' ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1767603600', undefined],
    ['', undefined],
  ])('%s was made at %s', (text, at) => {
    expect(clientIdMadeAt(text)).toBe(at)
  })

  it.each([
    ['ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600', true],
    ['ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600 ', false],
    [' ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600', false],
    ['ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1767603600', false],
    ['junk', false],
  ])('%s has the form of a token: %s', (text, isToken) => {
    expect(isTokenForm(text)).toBe(isToken)
  })

  it('show their first 12 characters in a list', () => {
    expect(labelOf('ewsm-st:ABCDEFGH')).toBe('ewsm-st:ABCD')
  })
})
