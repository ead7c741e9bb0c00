import { type Canvas, painted } from './canvas.ts'
import type { Tint } from './colour.ts'
import { cut, pad } from './width.ts'

/** One bar: what it is about, how long it is, and how its figure reads. */
export interface Bar {
  label: string
  value: number
  figure: string
  tint?: Tint
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const labelMax = 24
const barMax = 60

/** Draws horizontal bars, the longest as wide as fits; anything above zero shows. */
export function drawChart(bars: readonly Bar[], canvas: Canvas): string[] {
  const { measure, paint, ascii } = canvas
  const most = Math.max(0, ...bars.map(({ value }) => value))
  const mark = ascii ? '...' : '…'
  const figures = Math.max(0, ...bars.map(({ figure }) => measure(figure)))
  const spare = Math.max(6, Math.floor((canvas.columns - figures - 2) / 2))
  const labels = Math.min(labelMax, spare, Math.max(0, ...bars.map(({ label }) => measure(label))))
  const room = Math.max(1, Math.min(barMax, canvas.columns - labels - figures - 4))
  return bars.map(({ label, value, figure, tint = 'cyan' }) => {
    const drawn = most > 0 && value > 0 ? blocks((value / most) * room, ascii) : ''
    const left = pad(cut(label, labels, mark, measure), labels, false, measure)
    const right = pad(figure, figures, true, measure)
    return `${left}  ${right}  ${painted(drawn, { text: drawn, tint }, paint)}`.trimEnd()
  })
}

function blocks(length: number, ascii: boolean): string {
  if (ascii) return '#'.repeat(Math.max(1, Math.round(length)))
  const parts = Math.max(1, Math.round(length * 8))
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '')
}
