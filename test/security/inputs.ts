import { chainOf, declarationOf, type FieldUsage, type Header, type Path, paths, usageOf } from '@ewallet/protocol'
import fc from 'fast-check'
import { aRequest } from '../sample-request.ts'

/** What no field expects, as JSON texts: some of it no program could have written with JSON.stringify. */
export const nastyTexts = [
  'null',
  'true',
  '[]',
  '{}',
  '""',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e308',
  '1e999',
  '-1e999',
  '9007199254740993',
  '123456789012345678901234567890',
  '1e-7',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\u202e\\u2066"',
  '"\\u001b[2J\\u0007"',
  '"../../../etc/passwd"',
  '"{{7*7}}"',
  '"\'; DROP TABLE accounts; --"',
  '"constructor"',
  '"__proto__"',
  '"toString"',
  '{"__proto__":{"isLocal":true}}',
  '{"constructor":{"prototype":{"failed":false}}}',
  '{"toString":1,"valueOf":2}',
  '[[[[[[[[[[1]]]]]]]]]]',
  `"${'x'.repeat(3_000)}"`,
  `[${'0,'.repeat(500)}0]`,
] as const

const strayKeys = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'id',
  'then',
  '',
  'a.b',
  'header',
  'failed',
]

const nasty = fc.constantFrom(...nastyTexts)
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => JSON.stringify(value))
const wild = fc.oneof(
  { weight: 3, arbitrary: nasty },
  text,
  fc.json({ maxDepth: 3 }),
  fc.double().map((n) => `${n}`.replace(/Infinity|NaN/, '1e999')),
)

/** Something a field of that kind might hold. */
function likely(field: FieldUsage): fc.Arbitrary<string> {
  if (field.const !== undefined) return fc.constant(JSON.stringify(field.const))
  if (field.enum) return fc.constantFrom(...field.enum.map((value) => JSON.stringify(value)))
  if (field.type === 'integer')
    return fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: -5, max: 2 ** 31 })).map(String)
  if (field.type === 'boolean') return fc.constantFrom('true', 'false')
  if (field.type === 'array')
    return fc.array(field.items ? likely(field.items) : wild, { maxLength: 4 }).map((items) => `[${items}]`)
  if (field.type === 'object') {
    const members = Object.entries(field.properties ?? {}).map(([name, usage]) => memberOf(name, usage))
    return fc.tuple(...members).map((said) => `{${said.filter(Boolean).join()}}`)
  }
  const known = [
    'bob@example.org',
    'ada@example.org',
    'ada',
    '@bob',
    '2026-01-05T08:00:00Z',
    'RON',
    '1.5',
    'ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1767603600',
  ]
  return fc.oneof(
    fc.constantFrom(...known).map((value) => JSON.stringify(value)),
    text,
  )
}

/** A field as it stands in an object, or nothing where it is left out. */
function memberOf(name: string, usage: FieldUsage): fc.Arbitrary<string> {
  const value = fc.oneof({ weight: 4, arbitrary: likely(usage) }, { weight: 1, arbitrary: wild })
  return fc.option(value, { freq: 4 }).map((said) => (said === null ? '' : `${JSON.stringify(name)}:${said}`))
}

/** Members of an object that nobody declared. */
const stray = fc.tuple(fc.constantFrom(...strayKeys), wild).map(([name, value]) => `${JSON.stringify(name)}:${value}`)

/** Instructions as the catalogue has them, more or less: fields missing, wrong, hostile, or too many, in both forms. */
export function instructions(held: readonly Header[], said: readonly Path[] = paths): fc.Arbitrary<string> {
  const headers = held.map((header) => JSON.stringify(header))
  const header = fc.oneof({ weight: 5, arbitrary: fc.constantFrom('{}', ...headers) }, { weight: 1, arbitrary: wild })
  return fc.constantFrom(...said).chain((path) => {
    const { fields } = usageOf(path)
    const isWhole = fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, { weight: 5, arbitrary: fc.constant(false) })
    const names = [...Object.keys(declarationOf(path).synonyms ?? {}), ...Object.keys(fields)]
    const members = names.map((name) => memberOf(name, fields[name] ?? {}))
    return fc
      .tuple(header, fc.tuple(...members), fc.option(stray, { freq: 3 }), isWhole, fc.boolean())
      .map(([head, said, more, whole, isFlat]) => {
        const words = JSON.stringify(chainOf(path, whole ? aRequest(path, 1) : {})).slice(1, -1)
        const chain = [words, ...(whole ? [] : said), ...(more === null || whole ? [] : [more])].filter(Boolean).join()
        return isFlat ? `{"id":0,"header":${head},${chain}}` : `{"id":0,"header":${head},"command_chain":{${chain}}}`
      })
  })
}

/** A text with a few of its characters or bytes changed, doubled, cut out or cut off. */
export function mutated(source: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    kind: fc.constantFrom('set', 'cut', 'double', 'end', 'insert'),
    byte: fc.integer({ min: 0, max: 255 }),
    size: fc.integer({ min: 1, max: 40 }),
  })
  return fc.tuple(source, fc.array(change, { minLength: 1, maxLength: 4 })).map(([said, changes]) => {
    let bytes = Buffer.from(said)
    for (const { at, kind, byte, size } of changes) {
      const from = Math.floor(at * bytes.length)
      const [before, piece, after] = [
        bytes.subarray(0, from),
        bytes.subarray(from, from + size),
        bytes.subarray(from + size),
      ]
      if (kind === 'set' && bytes.length > 0) bytes[from] = byte
      if (kind === 'cut') bytes = Buffer.concat([before, after])
      if (kind === 'double') bytes = Buffer.concat([before, piece, piece, after])
      if (kind === 'end') bytes = Buffer.from(before)
      if (kind === 'insert') bytes = Buffer.concat([before, Buffer.alloc(size, byte), piece, after])
    }
    return bytes
  })
}

/** Whatever might come as one message. */
export function messages(held: readonly Header[]): fc.Arbitrary<Buffer> {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
  const deep = fc.integer({ min: 50, max: 3_000 }).map((levels) => Buffer.from('['.repeat(levels) + ']'.repeat(levels)))
  return fc.oneof(
    { weight: 6, arbitrary: mutated(instructions(held)) },
    bytes,
    wild.map((said) => Buffer.from(said)),
    deep,
  )
}

/** The bytes of WebSocket frames with any opcode, length, mask and fragmentation, whole and not, and bytes that are none. */
export const webSocketBytes: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .record({
            first: fc.integer({ min: 0, max: 255 }),
            isMasked: fc.oneof(
              { weight: 5, arbitrary: fc.constant(true) },
              { weight: 1, arbitrary: fc.constant(false) },
            ),
            said: fc.uint8Array({ maxLength: 140 }),
            lengthSaid: fc.option(fc.integer({ min: 0, max: 127 }), { freq: 5 }),
          })
          .map(({ first, isMasked, said, lengthSaid }) => {
            const length = lengthSaid ?? Math.min(said.length, 125)
            const mask = isMasked ? [1, 2, 3, 4] : []
            const payload = said.subarray(0, 125).map((byte, at) => (isMasked ? byte ^ ((at % 4) + 1) : byte))
            return Buffer.from([first, (isMasked ? 0x80 : 0) | length, ...mask, ...payload])
          }),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)) },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => Buffer.concat(parts))

/** HTTP requests and handshakes, whole and not, and bytes that are none. */
export function httpBytes(held: readonly Header[]): fc.Arbitrary<Buffer> {
  const line = fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'HEAD', 'CONNECT', 'TRACE', 'get', 'PRI', ''),
      fc.constantFrom(
        '/ewallet/instruction-set',
        '/healthz',
        '/metrics',
        '/openapi.json',
        '/',
        '*',
        '//',
        '/../../etc/passwd',
        '/%00',
        '/__proto__',
        '/constructor',
        'http://evil/',
      ),
      fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', ''),
    )
    .map((parts) => parts.join(' '))
  const headerLine = fc.constantFrom(
    'Host: 127.0.0.1',
    'Host: 127.0.0.1',
    'Host: 127.0.0.1',
    'Host: evil.example',
    'Host:',
    'Content-Type: application/json',
    'Content-Type: application/json',
    'Content-Type: text/plain',
    'Content-Length: 2',
    'Content-Length: 99999999999',
    'Content-Length: -1',
    'Content-Length: 1, 2',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, identity',
    'Content-Encoding: gzip',
    'Expect: 100-continue',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Upgrade: h2c',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Version: 99',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Key: short',
    'Sec-WebSocket-Extensions: permessage-deflate',
    'Origin: null',
    'X-Forwarded-For: 203.0.113.9, , 10.0.0.1',
    '__proto__: 1',
    ': empty',
    'No colon',
    ' folded: line',
    'Range: bytes=0-1',
    `X: ${'x'.repeat(5_000)}`,
  )
  const body = fc.oneof(
    instructions(held),
    fc.constant('2\r\n{}\r\n0\r\n\r\n'),
    fc.constant('FFFFFFFFFFFFFFFFF\r\n'),
    fc.constant(''),
  )
  const request = fc
    .tuple(line, fc.array(headerLine, { maxLength: 8 }), body, fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'))
    .map(([first, headers, said, end]) => {
      const length = headers.some((each) => /^(Content-Length|Transfer)/.test(each))
        ? []
        : [`Content-Length: ${Buffer.byteLength(said)}`]
      return [first, ...headers, ...length, '', said].join(end)
    })
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
  return fc.oneof(
    { weight: 4, arbitrary: request.map((said) => Buffer.from(said)) },
    { weight: 3, arbitrary: mutated(request) },
    { weight: 1, arbitrary: bytes },
  )
}
