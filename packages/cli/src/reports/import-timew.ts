import { badLine, type KeptTime, readSpan, type TimeFile } from './kept-time.ts'

/** Reads times from Timewarrior: what `timew export` prints, or a file of its data folder. */
export function timesFromTimew(text: string, file: TimeFile): KeptTime[] {
  return /^\s*[[{]/.test(text) ? timesFromExport(text, file) : timesFromData(text, file)
}

function timesFromExport(text: string, file: TimeFile): KeptTime[] {
  if (!text.trimStart().startsWith('[')) throw badLine(file, 1, 'it should be a list, as "timew export" prints it.')
  const elements = elementsOf(text)
  const intervals = elements.map(({ line, json }) => parsed(json) ?? raise(badLine(file, line, 'it is no JSON.')))
  const lastLine = text.trimEnd().split('\n').length
  if (parsed(text) === undefined) throw badLine(file, lastLine, 'the list does not end there.')
  return intervals.map((interval: unknown, index) => {
    const line = elements[index]?.line ?? 1
    const { start, end, tags = [], annotation = '' } = interval as Record<string, unknown>
    if (typeof start !== 'string') throw badLine(file, line, 'it has no start.')
    if (end === undefined) throw badLine(file, line, 'it is still running; stop it with: timew stop.')
    const notes = notesOf(Array.isArray(tags) ? tags.map(String) : [], String(annotation))
    return { line, ...readSpan(file, line, start, String(end)), ...(notes !== '' && { notes }) }
  })
}

function raise(failure: Error): never {
  throw failure
}

/** What a text of JSON holds; undefined where it is none, or null. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json) ?? undefined
  } catch {
    return undefined
  }
}

/** The elements of a list and the lines on which they begin, for JSON.parse does not always tell where a text is wrong. */
function elementsOf(text: string): { line: number; json: string }[] {
  const elements: { line: number; json: string }[] = []
  let line = 1
  let depth = 0
  let isText = false
  let begun: { line: number; at: number } | undefined
  const ends = (at: number) => {
    if (begun) elements.push({ line: begun.line, json: text.slice(begun.at, at) })
    begun = undefined
  }
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '\n') line += 1
    if (isText) {
      if (character === '\\') at += 1
      else if (character === '"') isText = false
      continue
    }
    if (/\s/.test(character)) continue
    if (depth === 1 && (character === ',' || character === ']')) ends(at)
    else if (depth === 1) begun ??= { line, at }
    if (character === '"') isText = true
    else if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
  }
  ends(text.length)
  return elements
}

const record = /^inc (?<start>\S+)(?: - (?<stop>\S+))?(?: #(?<about>.*))?$/

function timesFromData(text: string, file: TimeFile): KeptTime[] {
  const times: KeptTime[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1
    const written = raw.trim()
    if (written === '') continue
    const { start, stop, about = '' } = record.exec(written)?.groups ?? {}
    if (start === undefined) throw badLine(file, line, 'it should be as "inc 20260131T090000Z - 20260131T100000Z".')
    if (stop === undefined) throw badLine(file, line, 'it is still running; stop it with: timew stop.')
    const { tags, annotation } = aboutOf(about)
    const notes = notesOf(tags, annotation)
    times.push({ line, ...readSpan(file, line, start, stop), ...(notes !== '' && { notes }) })
  }
  return times
}

/** ` tag "two words" # "an annotation"`: words and quoted texts; a lone hash ends the tags. */
function aboutOf(text: string): { tags: string[]; annotation: string } {
  const words = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) => ({
    word: (quoted ?? bare ?? '').replace(/\\(.)/g, '$1'),
    isMark: bare === '#',
  }))
  const mark = words.findIndex(({ isMark }) => isMark)
  const textsOf = (some: typeof words) => some.map(({ word }) => word)
  if (mark < 0) return { tags: textsOf(words), annotation: '' }
  return { tags: textsOf(words.slice(0, mark)), annotation: textsOf(words.slice(mark + 1)).join(' ') }
}

function notesOf(tags: readonly string[], annotation: string): string {
  return [tags.join(', '), annotation].filter((part) => part !== '').join(': ')
}
