import type { Piece } from '../views/view.ts'
import type { Grid } from './grid.ts'
import { type Measure, pad } from './width.ts'

/** Aligned columns for a pipe: a line of titles, a line a row, nothing cut, no border, no colour. */
export function plainLines({ columns, rows }: Grid, measure: Measure): string[] {
  const widths = columns.map(({ title }, index) => {
    let widest = measure(title)
    for (const row of rows) widest = Math.max(widest, measure(row[index]?.text ?? ''))
    return widest
  })
  const line = (cells: readonly Piece[]): string =>
    cells
      .map(({ text }, index) => pad(text, widths[index] ?? 0, columns[index]?.right ?? false, measure))
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ title }) => ({ text: title }))), ...rows.map(line)]
}
