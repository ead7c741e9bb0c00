/** How many columns a text takes in a terminal. */
export type Measure = (text: string) => number

/** Letters, punctuation and line drawing that are one column wide everywhere. */
const narrowRanges = String.raw` -~\u00a1-\u00ac\u00ae-\u02ff\u0391-\u03ff\u0400-\u0482\u048a-\u0556\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u2500-\u25fc`
/** Chinese, Japanese and Korean letters that are two columns wide everywhere. */
const wideRanges = String.raw`\u3001-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60`

const narrow = new RegExp(`^[${narrowRanges}]*$`)
/** Texts whose letters are columns by themselves: no emoji, no accents that stand alone. */
const simple = new RegExp(`^[${narrowRanges}${wideRanges}]*$`)
const wide = new RegExp(`[${wideRanges}]`, 'g')

function simpleWidth(text: string): number {
  return narrow.test(text) ? text.length : text.length + (text.match(wide)?.length ?? 0)
}

/** A measure fit for these texts; string-width takes longer to load than to use, so it is loaded only where it is needed. */
export async function measureFor(texts: string): Promise<Measure> {
  if (simple.test(texts)) return simpleWidth
  const { default: stringWidth } = await import('string-width')
  return (text) => (simple.test(text) ? simpleWidth(text) : stringWidth(text))
}

let segmenter: Intl.Segmenter | undefined

function clustersOf(text: string): Iterable<string> {
  if (simple.test(text)) return text
  segmenter ??= new Intl.Segmenter()
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Splits what is too wide before the column it would cross, never inside a character as a reader sees it. */
function chop(word: string, width: number, measure: Measure): string[] {
  const parts: string[] = []
  let part = ''
  let used = 0
  for (const cluster of clustersOf(word)) {
    const wide = measure(cluster)
    if (part !== '' && used + wide > width) {
      // An address reads best when it breaks after its own punctuation.
      const at = broken(part)
      parts.push(part.slice(0, at))
      part = part.slice(at)
      used = measure(part)
    }
    part += cluster
    used += wide
  }
  return [...parts, part]
}

function broken(part: string): number {
  const at = Math.max(...['@', '.', '/', '-', '_'].map((mark) => part.lastIndexOf(mark))) + 1
  return at > part.length / 3 ? at : part.length
}

/** Wraps a text at its spaces, and inside a word only where the word alone is too wide. */
export function wrap(text: string, width: number, measure: Measure): string[] {
  if (measure(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const word of text.split(' ')) {
    const wide = measure(word)
    if (line !== '' && used + 1 + wide <= width) {
      line += ` ${word}`
      used += 1 + wide
      continue
    }
    if (line !== '') lines.push(line)
    const parts = wide <= width ? [word] : chop(word, width, measure)
    lines.push(...parts.slice(0, -1))
    line = parts.at(-1) ?? ''
    used = measure(line)
  }
  return [...lines, line]
}

/** Cuts a text so that it and the mark of the cut fit. */
export function cut(text: string, width: number, mark: string, measure: Measure): string {
  if (measure(text) <= width) return text
  const room = width - measure(mark)
  if (room < 0) return mark.slice(0, Math.max(width, 0))
  let kept = ''
  for (const cluster of clustersOf(text)) {
    if (measure(kept + cluster) > room) break
    kept += cluster
  }
  return kept + mark
}

/** Fills a text up to a width with spaces, on the left for what is aligned right. */
export function pad(text: string, width: number, right: boolean, measure: Measure): string {
  const spaces = ' '.repeat(Math.max(0, width - measure(text)))
  return right ? spaces + text : text + spaces
}
