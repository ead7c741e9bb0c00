import type { Piece } from '../views/view.ts'
import type { Paint } from './colour.ts'
import type { Measure } from './width.ts'

/** What something is drawn on. */
export interface Canvas {
  /** Infinity where nothing limits it. */
  columns: number
  /** Only ASCII where pictures and borders would be drawn. */
  ascii: boolean
  paint: Paint
  measure: Measure
}

/** A text in the colour of the piece it is part of. */
export function painted(text: string, { tint }: Piece, paint: Paint): string {
  return tint === undefined || text === '' ? text : paint[tint](text)
}
