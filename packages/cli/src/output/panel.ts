import type { Cell, Ink, Panel, Piece } from '../views/view.ts'
import { type Canvas, painted } from './canvas.ts'
import { unpainted } from './colour.ts'
import { pieceOf } from './grid.ts'
import { frameOf } from './table.ts'
import { pad, wrap } from './width.ts'

/** A panel is no wider than this, however wide the terminal. */
const widthMax = 76
/** A text beside its label keeps this many columns, even where the terminal has fewer. */
const textMin = 10

function isFlow(value: Cell | readonly Piece[]): value is readonly Piece[] {
  return Array.isArray(value)
}

/** Lets pieces flow with commas between them, breaking lines only between two pieces or inside one that is too long. */
function flowed(pieces: readonly Piece[], width: number, { measure }: Canvas): Piece[][] {
  const lines: Piece[][] = []
  let line: Piece[] = []
  let used = 0
  const flow = pieces.flatMap((piece, index) => {
    const last = index === pieces.length - 1
    return wrap(last ? piece.text : `${piece.text},`, width, measure).map((text) => ({ ...piece, text }))
  })
  for (const piece of flow) {
    const wide = measure(piece.text)
    if (line.length > 0 && used + 1 + wide > width) {
      lines.push(line)
      line = []
      used = 0
    }
    if (line.length > 0) line.push({ text: ' ' })
    used += wide + (line.length > 0 ? 1 : 0)
    line.push(piece)
  }
  return [...lines, line]
}

/** A panel without a border: the headline, what it is, and a line for each label. */
export function panelLines(panel: Panel, ink: Ink, canvas: Canvas): string[] {
  const { paint, measure } = canvas
  const { headline } = panel
  const lines = wrap(headline.text, canvas.columns, measure).map((line) => paint.bold(painted(line, headline, paint)))
  if (panel.about !== undefined) lines.push(...wrap(panel.about, canvas.columns, measure).map(paint.dim))

  const told = panel.lines
    .map(([label, value]) => [label, isFlow(value) ? value : [pieceOf(value, ink)]] as const)
    .filter(([, pieces]) => pieces.some(({ text }) => text !== ''))
  if (told.length > 0) lines.push('')
  const gutter = Math.max(0, ...told.map(([label]) => measure(label))) + 2
  for (const [label, pieces] of told) {
    for (const [index, line] of flowed(pieces, Math.max(textMin, canvas.columns - gutter), canvas).entries()) {
      const left = index === 0 ? paint.dim(pad(label, gutter, false, measure)) : ' '.repeat(gutter)
      lines.push(left + line.map((piece) => painted(piece.text, piece, paint)).join(''))
    }
  }
  return lines
}

/** A panel in a box that fits the canvas. */
export async function drawPanel(panel: Panel, ink: Ink, canvas: Canvas): Promise<string[]> {
  const room = Math.min(canvas.columns, widthMax) - 6
  // Drawn once without colour to learn its width, which colours would hide.
  const bare = panelLines(panel, ink, { ...canvas, columns: room, paint: unpainted })
  const width = Math.max(...bare.map((line) => canvas.measure(line)))
  const frame = await frameOf([width + 2], canvas.ascii)
  const bar = canvas.paint.dim(frame.bar)
  const drawn = panelLines(panel, ink, { ...canvas, columns: room })
  return [
    canvas.paint.dim(frame.top),
    ...drawn.map((line, index) => {
      const fill = ' '.repeat(width - canvas.measure(bare[index] ?? ''))
      return `${bar}  ${line}${fill}  ${bar}`
    }),
    canvas.paint.dim(frame.bottom),
  ]
}
