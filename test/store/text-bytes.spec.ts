import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsNamed, rowOfText, writeRow } from '../../packages/server/src/store/memory/row-text.ts'
import { TextBytes } from '../../packages/server/src/store/memory/text-bytes.ts'

const written = (value: unknown) => {
  const to = new TextBytes(1)
  to.value(value)
  return to.bytes.toString('utf8', 0, to.length)
}

describe('text as bytes', () => {
  it('words every JSON value as JSON.stringify does', () => {
    const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.double())
    fc.assert(
      fc.property(value, (each) => {
        expect(written(each)).toBe(JSON.stringify(each))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    0,
    -0,
    9,
    10,
    -1,
    999_999_999,
    1_000_000_000,
    1_000_000_001,
    1_795_000_000_000,
    -1_795_000_000_000,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    0.5,
    1e21,
    '',
    'a"b\\c',
    'tab\tnew\nline',
    'Ștefan 李 🙂',
    '\ud83d',
    '\u2028',
    'x'.repeat(10_000),
    true,
    null,
    [],
    {},
    [1, undefined, [2, ['ș']]],
    { a: undefined, b: { c: null, '"': 1 } },
    JSON.parse('{"__proto__":1,"constructor":2}'),
  ])('words %j as JSON.stringify does', (value) => {
    expect(written(value)).toBe(JSON.stringify(value))
  })

  it('cannot write down what JSON cannot', () => {
    expect(() => written({ amount: 1n })).toThrow('BigInt')
  })

  it('goes on behind what was written, and begins anew once cleared', () => {
    const to = new TextBytes(1)
    to.ascii('{"seq":').value(7).ascii('}')
    expect(to.bytes.toString('utf8', 0, to.length)).toBe('{"seq":7}')
    to.clear()
    to.copy(Buffer.from('..abc..'), 2, 5).ascii('!'.repeat(100))
    expect(to.bytes.toString('utf8', 0, to.length)).toBe(`abc${'!'.repeat(100)}`)
  })
})

describe('a row as text', () => {
  const columns = columnsNamed(['id', 'name', 'data'])
  it.each([
    [{ id: 1, name: 'Ada', data: { a: 1 } }, '[1,"Ada",{"a":1}]'],
    [{ name: 'Ada', id: 1, data: null }, '[1,"Ada",null]'],
    [{ id: 1, name: 'Ada' }, '{"id":1,"name":"Ada"}'],
    [{ id: 1, name: 'Ada', data: undefined }, '{"id":1,"name":"Ada"}'],
    [{ id: 1, name: 'Ada', data: 2, more: 3 }, '{"id":1,"name":"Ada","data":2,"more":3}'],
    [{ id: 1, name: 'Ada', more: 3 }, '{"id":1,"name":"Ada","more":3}'],
  ])('of %j is %s, and is read back', (row, text) => {
    const to = new TextBytes()
    expect(writeRow(to, row, columns)).toBe(text.startsWith('['))
    expect(to.bytes.toString('utf8', 0, to.length)).toBe(text)
    expect(rowOfText(text, columns)).toEqual(JSON.parse(JSON.stringify(row)))
  })
})
