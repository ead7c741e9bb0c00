import type { Path, Refusal } from '@ewallet/protocol'
import type { Stream, Style, Terminal } from '../terminal.ts'
import type { Ink, ListColumn, Listing, Panel, Piece, Row, Shown, View } from '../views/view.ts'
import { viewOf } from '../views/views.ts'
import { type Canvas, painted } from './canvas.ts'
import { type Bar, drawChart } from './chart.ts'
import { paint, unpainted } from './colour.ts'
import { csvText } from './csv.ts'
import { checkFields, chosenColumns, chosenLeaves, narrowed, pickedRow, valueAt } from './fields.ts'
import { type Grid, gridOf, textOf, withoutBlanks } from './grid.ts'
import { jsonLine, jsonText } from './json.ts'
import { momentsIn } from './moment.ts'
import { drawPanel, panelLines } from './panel.ts'
import { plainLines } from './plain.ts'
import { allVisible, visible } from './sanitise.ts'
import { drawPairs, drawTable } from './table.ts'
import { measureFor } from './width.ts'

/** What an answer is printed with besides its style. */
export interface Printing {
  /** Milliseconds since the epoch; the machine's own where it is missing. */
  now?: number
  /** Leaves out what is talk about the answer, as that a page has a next one. */
  quiet?: boolean
  /** Shows a list that is longer than the screen through the user's pager. */
  paged?: boolean
}

/** A column of a table that is no answer of the daemon. */
export interface RowColumn {
  key: string
  /** The key, where it is missing. */
  title?: string
  /** Figures are aligned right by themselves; this is for texts. */
  right?: boolean
  /** Never wrapped, as figures are not. */
  whole?: boolean
}

/** How the same rows stand where there is less room. */
export interface Layout {
  columns: readonly RowColumn[]
  rows: readonly Row[]
}

/** Prints the answer to a path on stdout, as a person or a program reads it. */
export async function print(
  terminal: Terminal,
  style: Style,
  path: Path,
  response: object,
  { now = Date.now(), quiet = false, paged = false }: Printing = {},
): Promise<void> {
  checkFields(path, style.fields)
  const answer: Row = { failed: false, ...response }
  const view = viewOf(path)
  const listing = view && 'columns' in view ? view : undefined
  if (style.format === 'table' || style.format === 'plain') {
    const pen = await penFor(terminal.stdout, style, answer, now)
    const lines = await drawn(path, view, answer, style, pen)
    const isLong = lines.length >= (terminal.stdout.rows ?? Number.POSITIVE_INFINITY)
    if (!(paged && listing && isLong && (await isShownPaged(lines, terminal)))) writeLines(terminal.stdout, lines)
    const { cursor } = answer
    if (listing && typeof cursor === 'string' && !quiet) say(terminal, `More follow: --all, or --cursor ${cursor}.`)
    return
  }
  terminal.stdout.write(listing ? listText(listing, answer, style) : singleText(path, answer, style))
}

async function isShownPaged(lines: readonly string[], terminal: Terminal): Promise<boolean> {
  const { showPaged } = await import('./pager.ts')
  return showPaged(`${lines.join('\n')}\n`, terminal)
}

/**
 * Prints a table of rows that is no answer of the daemon; as JSON it is one list of objects. On a terminal it takes the first of its
 * layouts that can be read there.
 */
export async function printRows(
  terminal: Terminal,
  style: Style,
  columns: readonly RowColumn[],
  rows: readonly Row[],
  narrower: readonly (() => Layout)[] = [],
): Promise<void> {
  const chosen = style.fields ? chosenColumns(columns, style.fields) : columns
  const keys = chosen.map(({ key }) => key)
  const { stdout } = terminal
  if (style.format === 'json') stdout.write(`${jsonText(rows.map((row) => pickedRow(row, keys)))}\n`)
  else if (style.format === 'ndjson') stdout.write(linesOf(rows.map((row) => pickedRow(row, keys))))
  else if (style.format === 'csv') stdout.write(csvOf(keys, rows))
  else {
    const pen = await penFor(stdout, style, rows, Date.now())
    const less = narrower.map((layout) => () => {
      const { columns, rows } = layout()
      return withoutBlanks(gridOf(titled(columns), allVisible(rows), pen.ink))
    })
    writeLines(stdout, await drawnRows(titled(chosen), allVisible(rows), style, pen, style.fields ? [] : less))
  }
}

function titled(columns: readonly RowColumn[]): ListColumn[] {
  return columns.map(({ key, title = key, right = false, whole }) => ({ key, title, right, whole, hidden: false }))
}

/** Draws horizontal bars on stdout, for people only. */
export async function printChart(terminal: Terminal, style: Style, bars: readonly Bar[]): Promise<void> {
  const { canvas } = await penFor(terminal.stdout, style, bars, 0)
  writeLines(terminal.stdout, drawChart(allVisible(bars), canvas))
}

/** Says why not, on stderr: a sentence and what to do next, or one JSON object on one line where the style is JSON. */
export async function printRefusal(terminal: Terminal, style: Style, refusal: Refusal): Promise<void> {
  if (style.format === 'json' || style.format === 'ndjson') {
    terminal.stderr.write(`${jsonLine(refusal)}\n`)
    return
  }
  const { red, dim } = await paint(terminal.stderr)
  const { error, code, warning, details } = allVisible(refusal)
  const known = momentsIn(style.timeZone)
  const ink: Ink = { moment: known, now: 0, mark: '*' }
  const figures = Object.entries(details ?? {}).map(([key, value]) => `${key}: ${textOf(value, ink)}`)
  const lines = [`${red(error)} ${dim(`(${code})`)}`]
  if (warning !== null) lines.push(warning)
  if (figures.length > 0) lines.push(dim(figures.join(', ')))
  writeLines(terminal.stderr, lines)
}

/** Says a sentence on stderr: talk, not the answer. Silence under -q is the caller's to keep; no colours may stand in it. */
export function say(terminal: Terminal, sentence: string): void {
  terminal.stderr.write(`${visible(sentence, '\n')}\n`)
}

/** What people's formats are written with. */
interface Pen {
  ink: Ink
  canvas: Canvas
}

async function penFor(stream: Stream, style: Style, texts: unknown, now: number): Promise<Pen> {
  const boxed = style.format !== 'plain'
  return {
    ink: { moment: momentsIn(style.timeZone), now, mark: style.ascii ? '*' : '●' },
    canvas: {
      columns: boxed && stream.isTerminal ? Math.max(20, stream.columns) : Number.POSITIVE_INFINITY,
      ascii: style.ascii,
      paint: boxed ? await paint(stream) : unpainted,
      measure: await measureFor(JSON.stringify(texts)),
    },
  }
}

async function drawn(
  path: Path,
  view: View<Row> | undefined,
  answer: Row,
  style: Style,
  { ink, canvas }: Pen,
): Promise<string[]> {
  if (view && 'text' in view) return visible(view.text(answer), '\n').trimEnd().split('\n')
  const safe = allVisible(answer)
  if (view && 'columns' in view) {
    const rows = view.rows(safe)
    const columns = style.fields ? asked(view.columns, style.fields) : view.columns.filter(({ hidden }) => !hidden)
    if (rows.length === 0 && style.format === 'table') return [view.none]
    return drawnRows(columns, rows, style, { ink, canvas })
  }
  if (view && !style.fields) {
    const shown = view(safe, ink)
    if (!isPanel(shown)) return [sentenceOf(shown, canvas)]
    return style.format === 'plain' ? panelLines(shown, ink, canvas) : drawPanel(shown, ink, canvas)
  }
  const leaves = chosenLeaves(path, style.fields)
  const pairs = leaves.map(({ name, at }): [string, Piece] => [name, { text: secretCut(at, valueAt(safe, at), ink) }])
  return drawPairs(pairs, canvas)
}

/** Who asks for a field by name wants that very field, and its name over it. */
function asked(columns: readonly ListColumn[], fields: readonly string[]): ListColumn[] {
  return chosenColumns(columns, fields).map(({ key }) => ({ key, title: key, hidden: false, right: false }))
}

function drawnRows(
  columns: readonly ListColumn[],
  rows: readonly Row[],
  style: Style,
  { ink, canvas }: Pen,
  narrower: readonly (() => Grid)[] = [],
): Promise<string[]> | string[] {
  const grid = gridOf(columns, rows, ink)
  if (style.format === 'plain') return plainLines(grid, canvas.measure)
  return drawTable(style.fields ? grid : withoutBlanks(grid), canvas, narrower)
}

/** A token on a screen may be seen by others; programs get it whole. */
function secretCut(at: readonly string[], value: unknown, ink: Ink): string {
  const text = textOf(value, ink)
  return /token$/.test(at.at(-1) ?? '') && text.length > 12 ? `${text.slice(0, 12)}...` : text
}

function isPanel(shown: Shown): shown is Panel {
  return typeof shown === 'object' && 'headline' in shown
}

function sentenceOf(shown: Exclude<Shown, Panel>, { paint }: Canvas): string {
  if (typeof shown === 'string') return shown
  return shown.map((part) => (typeof part === 'string' ? part : painted(part.text, part, paint))).join('')
}

function listText(listing: Listing<Row>, answer: Row, { format, fields }: Style): string {
  const keys = fields ?? listing.columns.map(({ key }) => key)
  const rows = listing.rows(answer)
  const picked = fields ? rows.map((row) => pickedRow(row, fields)) : rows
  if (format === 'csv') return csvOf(keys, rows)
  if (format === 'ndjson') return linesOf(picked)
  return `${jsonText(fields ? { ...answer, [listing.key]: picked } : answer)}\n`
}

function singleText(path: Path, answer: Row, { format, fields }: Style): string {
  if (format === 'csv') {
    const leaves = chosenLeaves(path, fields)
    return csvText(
      leaves.map(({ name }) => name),
      [leaves.map(({ at }) => valueAt(answer, at))],
    )
  }
  const kept = fields ? { failed: false, ...narrowed(answer, chosenLeaves(path, fields)) } : answer
  return format === 'ndjson' ? linesOf([kept]) : `${jsonText(kept)}\n`
}

function csvOf(keys: readonly string[], rows: readonly Row[]): string {
  return csvText(
    keys,
    rows.map((row) => keys.map((key) => row[key])),
  )
}

function linesOf(values: readonly unknown[]): string {
  return values.map((value) => `${jsonLine(value)}\n`).join('')
}

function writeLines(stream: Stream, lines: readonly string[]): void {
  stream.write(lines.map((line) => `${line}\n`).join(''))
}
