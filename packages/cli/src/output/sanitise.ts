/** What a terminal obeys or hides instead of drawing: controls, bidi and other invisible characters, stray surrogates. */
const unseen = String.raw`[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]`

/** Scripts whose spelling needs the zero-width joiners. */
const joining = `[${['Arabic', 'Syriac', 'Nko', 'Mongolian', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer', 'Myanmar'].map((script) => String.raw`\p{Script=${script}}`).join('')}\\p{M}]`

const harmless = /^[ -~]*$/
const hostile = new RegExp(String.raw`${unseen}|\p{M}{9}`, 'u')
const unseenAnywhere = new RegExp(unseen, 'gu')
let pieces: RegExp | undefined

/** Emoji, CJK variants and joined scripts need some invisible characters; those are matched first, and kept. */
function piecesOf(): RegExp {
  pieces ??= new RegExp(
    [
      String.raw`(?<kept>\p{RGI_Emoji}|(?<=\p{Emoji})[\ufe0e\ufe0f]|(?<=\p{Script=Han})[\u{e0100}-\u{e01ef}]`,
      String.raw`(?<=${joining})[\u200c\u200d](?=${joining}))`,
      unseen,
      String.raw`(?<=\p{M}{8})\p{M}`,
    ].join('|'),
    'gv',
  )
  return pieces
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function spelled(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  return named[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`)
}

/**
 * Makes what a terminal would obey or hide visible: ESC becomes `\x1b`, a bidi override `\u{202e}`. `keep` names characters that
 * stay, as the line breaks of a long text.
 */
export function visible(text: string, keep = ''): string {
  if (harmless.test(text) || !hostile.test(text)) return text
  return text.replace(piecesOf(), (piece, ...rest) => {
    const { kept } = rest.at(-1) as { kept?: string }
    return kept !== undefined || keep.includes(piece) ? piece : spelled(piece)
  })
}

/** Makes every text in a value visible, keys included; numbers and the like stay as they are. */
export function allVisible<Value>(value: Value): Value {
  return seen(value) as Value
}

function seen(value: unknown): unknown {
  if (typeof value === 'string') return visible(value)
  if (Array.isArray(value)) return value.map(seen)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [visible(key), seen(inner)]))
}

/** Writes what JSON leaves unescaped but a terminal would obey or hide as `\u….`; it reads back as it was. */
export function escapeUnseen(json: string): string {
  return json.replace(unseenAnywhere, (piece) =>
    piece === '\n'
      ? piece
      : Array.from(
          { length: piece.length },
          (_, unit) => `\\u${piece.charCodeAt(unit).toString(16).padStart(4, '0')}`,
        ).join(''),
  )
}
