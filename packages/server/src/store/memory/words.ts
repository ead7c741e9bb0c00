const places = 2048
const longest = 40

/** The words met last, each at a place that its bytes tell. */
const words: string[] = new Array(places).fill('')

/**
 * The text of some bytes: for a short word of ASCII letters that was met before, the same string again, since to make one anew
 * costs more than to compare it.
 */
export function wordAt(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  if (length < 2 || length > longest) return bytes.toString('utf8', start, end)
  // Names differ at their beginning, numbered ones at their end.
  const first = (bytes[start] as number) + (bytes[start + (length >> 1)] as number) * 8
  const last = (bytes[end - 1] as number) + (bytes[end - 2] as number) * 16
  const place = (length * 131 + first * 7 + last * 31) & (places - 1)
  const known = words[place] as string
  if (isSpelled(known, bytes, start, length)) return known
  const word = bytes.toString('utf8', start, end)
  // As many letters as bytes: ASCII alone.
  if (word.length === length) words[place] = word
  return word
}

function isSpelled(word: string, bytes: Buffer, start: number, length: number): boolean {
  if (word.length !== length) return false
  for (let letter = 0; letter < length; letter += 1) if (word.charCodeAt(letter) !== bytes[start + letter]) return false
  return true
}
