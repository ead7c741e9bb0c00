import type { Piece } from '../views/view.ts'
import { type Canvas, painted } from './canvas.ts'
import { BROKEN_MIN, widthsOf } from './column-widths.ts'
import type { Grid } from './grid.ts'
import { cut, type Measure, pad, wrap } from './width.ts'

/** More lines of one cell than this are cut; the whole text is in every other format. */
const linesMax = 3
/** A text whose words are broken keeps this many columns, or another layout is taken. */
const readableMin = 16
/** A text beside its label keeps this many columns, even where the terminal has fewer. */
const textMin = 10

/** The lines of an empty table of these widths, and what stands between the cells of a row. */
interface Frame {
  top: string
  middle: string
  bottom: string
  bar: string
}

const asciiChars = Object.fromEntries(
  ['top', 'bottom', 'mid'].flatMap((line) => [
    [line, '-'],
    ...['left', 'mid', 'right'].map((place) => [line === 'mid' ? `${place}-mid` : `${line}-${place}`, '+']),
  ]),
)

/**
 * The borders of a table. cli-table3 draws the frame alone: given the rows, it takes seconds for thousands of them, cuts wide
 * characters and lets escapes through.
 */
export async function frameOf(widths: readonly number[], ascii: boolean): Promise<Frame> {
  const { default: Table } = await import('cli-table3')
  const blank = widths.map((width) => ' '.repeat(width))
  const table = new Table({
    head: blank,
    style: { head: [], border: [], compact: true },
    chars: ascii ? { ...asciiChars, left: '|', right: '|', middle: '|' } : {},
  })
  table.push(blank)
  const [top = '', row = '', middle = '', , bottom = ''] = table.toString().split('\n')
  return { top, middle, bottom, bar: row.charAt(0) }
}

/**
 * Draws a list in boxes that fit the canvas, by the first of its layouts in which texts keep room to be read, else by the last;
 * where even that does not fit, each row becomes a block of its own lines.
 */
export async function drawTable(grid: Grid, canvas: Canvas, narrower: readonly (() => Grid)[] = []): Promise<string[]> {
  let drawn = grid
  const widths = (brokenMin: number) => widthsOf(drawn, roomFor(drawn, canvas), canvas.measure, brokenMin)
  for (const next of narrower) {
    const fitting = widths(readableMin)
    if (fitting) return drawBoxes(drawn, fitting, canvas)
    drawn = next()
  }
  const last = widths(BROKEN_MIN)
  return last ? drawBoxes(drawn, last, canvas) : drawBlocks(drawn, canvas)
}

function roomFor(grid: Grid, { columns }: Canvas): number {
  return columns - (3 * grid.columns.length + 1)
}

async function drawBoxes(grid: Grid, widths: readonly number[], canvas: Canvas): Promise<string[]> {
  const { paint, measure, ascii } = canvas
  const frame = await frameOf(widths, ascii)
  const bar = paint.dim(frame.bar)
  const mark = ascii ? '...' : '…'
  const write = (pieces: readonly Piece[], out: string[]): void => {
    const cells = pieces.map(({ text }, index) => fitted(text, widths[index] ?? 0, mark, measure))
    const height = Math.max(...cells.map(({ length }) => length))
    for (let line = 0; line < height; line += 1) {
      let drawn = bar
      for (const [index, piece] of pieces.entries()) {
        const right = grid.columns[index]?.right ?? false
        const text = pad(cells[index]?.[line] ?? '', widths[index] ?? 0, right, measure)
        drawn += ` ${painted(text, piece, paint)} ${bar}`
      }
      out.push(drawn)
    }
  }
  const lines = [paint.dim(frame.top)]
  write(
    grid.columns.map(({ title }) => ({ text: title, tint: 'bold' as const })),
    lines,
  )
  lines.push(paint.dim(frame.middle))
  for (const row of grid.rows) write(row, lines)
  lines.push(paint.dim(frame.bottom))
  return lines
}

function fitted(text: string, width: number, mark: string, measure: Measure): string[] {
  const lines = wrap(text, width, measure)
  if (lines.length <= linesMax) return lines
  const last = lines[linesMax - 1] ?? ''
  return [...lines.slice(0, linesMax - 1), cut(last, width - measure(mark), '', measure) + mark]
}

function drawBlocks({ columns, rows }: Grid, canvas: Canvas): string[] {
  const gutter = Math.max(0, ...columns.map(({ title }) => canvas.measure(title)))
  return rows.flatMap((row, index) => {
    const pairs = columns.map(({ title }, place) => [title.padEnd(gutter), row[place] ?? { text: '' }] as const)
    const told = pairs.filter(([, { text }]) => text !== '')
    return [...(index > 0 ? [''] : []), ...drawPairs(told, canvas)]
  })
}

/** Draws labels and texts in two aligned columns; a text too long wraps within its own. */
export function drawPairs(pairs: readonly (readonly [label: string, piece: Piece])[], canvas: Canvas): string[] {
  const { paint, measure } = canvas
  const gutter = Math.max(0, ...pairs.map(([label]) => measure(label))) + 2
  const width = Math.max(textMin, canvas.columns - gutter)
  return pairs.flatMap(([label, piece]) =>
    wrap(piece.text, width, measure).map((line, index) => {
      if (line === '' && index === 0) return paint.dim(label.trimEnd())
      const left = index === 0 ? paint.dim(pad(label, gutter, false, measure)) : ' '.repeat(gutter)
      return left + painted(line, piece, paint)
    }),
  )
}
