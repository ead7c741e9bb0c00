import type { Grid } from './grid.ts'
import { type Measure, wrap } from './width.ts'

/** No column asks for more than this, however long its text. */
const widthMax = 400
/** Down to this a column of several words is narrowed before any other has to give more. */
const easyMin = 16
/** A word longer than this, as a line of Chinese, may be broken before texts of short words are wrapped more. */
const wordMax = 24
/** A column whose words are broken still keeps this many columns where there is no other way to draw a list. */
export const BROKEN_MIN = 10

/**
 * How wide each column of a list may be so that all fit the room: as wide as its text; else wrapped between words; else with
 * words broken down to `brokenMin` columns; or nothing, where even that is too wide. Figures are never wrapped.
 */
export function widthsOf(
  grid: Grid,
  room: number,
  measure: Measure,
  brokenMin = BROKEN_MIN,
): readonly number[] | undefined {
  const { columns } = grid
  const titles = columns.map(({ title }) => measure(title))
  const natural = columns.map((_, index) =>
    Math.min(
      widthMax,
      widestIn(grid, index, measure, (text) => [text]),
    ),
  )
  if (sum(natural) <= room) return natural

  const isWhole = columns.map(({ right, whole }) => right || whole === true)
  const words = columns.map((_, index) => {
    const all = natural[index] ?? 0
    return isWhole[index]
      ? all
      : Math.min(
          all,
          wordMax,
          widestIn(grid, index, measure, (text) => text.split(' ')),
        )
  })
  const easy = words.map((word, index) =>
    isWhole[index] ? word : Math.min(natural[index] ?? 0, Math.max(word, easyMin)),
  )
  const broken = words.map((word, index) =>
    isWhole[index] ? word : Math.min(word, Math.max(brokenMin, titles[index] ?? 0)),
  )
  if (sum(easy) <= room) return snug(grid, natural, shrunk(natural, easy, room), room, measure)
  if (sum(words) <= room) return snug(grid, natural, shrunk(easy, words, room), room, measure)
  if (sum(broken) <= room) return snug(grid, natural, shrunk(words, broken, room), room, measure)
  return undefined
}

/** Gives what wrapping leaves unused at the ends of a column's lines to the columns that lack it. */
function snug(
  grid: Grid,
  natural: readonly number[],
  widths: readonly number[],
  room: number,
  measure: Measure,
): readonly number[] {
  const used = widths.map((width, index) =>
    width < (natural[index] ?? 0) ? widestIn(grid, index, measure, (text) => wrap(text, width, measure)) : width,
  )
  const wanted = widths.map((width, index) => ((used[index] ?? 0) < width ? (used[index] ?? 0) : (natural[index] ?? 0)))
  return shrunk(wanted, used, room)
}

function widestIn(
  { columns, rows }: Grid,
  index: number,
  measure: Measure,
  partsOf: (text: string) => readonly string[],
): number {
  let widest = measure(columns[index]?.title ?? '')
  for (const row of rows) {
    for (const part of partsOf(row[index]?.text ?? '')) widest = Math.max(widest, measure(part))
  }
  return widest
}

/** Takes columns from the widest that may still give, until all fit. */
function shrunk(from: readonly number[], floors: readonly number[], room: number): readonly number[] {
  const widths = [...from]
  for (let over = sum(widths) - room; over > 0; over -= 1) {
    let widest = -1
    for (const [index, width] of widths.entries()) {
      if (width > (floors[index] ?? 0) && width > (widths[widest] ?? 0)) widest = index
    }
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 1) - 1
  }
  return widths
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
