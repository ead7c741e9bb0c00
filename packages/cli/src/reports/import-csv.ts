import { badLine, type KeptTime, readSpan, type TimeFile } from './kept-time.ts'

const synonyms: Record<string, string> = { start: 'start', stop: 'stop', end: 'stop', notes: 'notes', note: 'notes' }

/** Reads times from CSV with a header of start, stop and perhaps notes, in any order. */
export function timesFromCsv(text: string, file: TimeFile): KeptTime[] {
  const firstLine = text.split('\n', 1)[0] ?? ''
  const separator = firstLine.includes(';') && !firstLine.includes(',') ? ';' : ','
  const [header, ...rows] = rowsOf(text, separator, file)
  const columns = (header?.cells ?? []).map((name) => {
    const column = synonyms[name.trim().toLowerCase()]
    if (!column) throw badLine(file, 1, `"${name}" is no column of a time record; the header is start,stop,notes.`)
    return column
  })
  for (const needed of ['start', 'stop']) {
    if (columns.filter((column) => column === needed).length !== 1) {
      throw badLine(file, 1, `the header should name ${needed} once, as start,stop,notes does.`)
    }
  }
  return rows.map(({ line, cells }) => {
    if (cells.length > columns.length || cells.length < 2) {
      throw badLine(file, line, `it has ${cells.length} cells where the header has ${columns.length}.`)
    }
    const cell = (column: string) => cells[columns.indexOf(column)]?.trim() ?? ''
    const notes = cell('notes')
    return { line, ...readSpan(file, line, cell('start'), cell('stop')), ...(notes !== '' && { notes }) }
  })
}

interface CsvRow {
  /** Where it begins. */
  line: number
  cells: string[]
}

/** Rows of RFC 4180 with the lines they begin on; empty lines are left out. */
function rowsOf(text: string, separator: string, file: TimeFile): CsvRow[] {
  const rows: CsvRow[] = []
  let row: CsvRow = { line: 1, cells: [] }
  let line = 1
  for (let at = 0; at <= text.length; ) {
    let cell = ''
    if (text[at] === '"') {
      const opened = line
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        if (at >= text.length) throw badLine(file, opened, 'a quoted cell is not closed.')
        if (text[at] === '\n') line += 1
        if (text[at] === '"') at += 1
        cell += text[at]
      }
      at += 1
      if (at < text.length && text[at] !== separator && text[at] !== '\n' && !text.startsWith('\r\n', at)) {
        throw badLine(file, line, 'something follows a quoted cell.')
      }
    }
    let end = at
    while (end < text.length && text[end] !== separator && text[end] !== '\n') end += 1
    cell += text.slice(at, end).replace(/\r$/, '')
    row.cells.push(cell)
    if (text[end] !== separator) {
      if (row.cells.length > 1 || cell.trim() !== '') rows.push(row)
      line += 1
      row = { line, cells: [] }
    }
    at = end + 1
  }
  return rows
}
