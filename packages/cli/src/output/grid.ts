import type { Cell, Ink, ListColumn, Piece, Row } from '../views/view.ts'

/** A list as it is laid out: titles, and texts that may take a colour. */
export interface Grid {
  columns: readonly { title: string; right: boolean; whole?: boolean | undefined }[]
  rows: readonly (readonly Piece[])[]
}

function isPiece(value: unknown): value is Piece {
  return typeof value === 'object' && value !== null && typeof (value as Piece).text === 'string'
}

/** A value as a person reads it: times in their zone, yes and no, things by id with their names. */
export function textOf(value: unknown, ink: Ink): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return ink.moment(value)
  if (typeof value !== 'object') return String(value)
  const entries = Array.isArray(value) ? value.map((inner) => ['', inner] as const) : Object.entries(value)
  if (entries.some(([, inner]) => typeof inner === 'object' && inner !== null)) return JSON.stringify(value)
  return entries.map(([key, inner]) => `${key} ${textOf(inner, ink)}`.trim()).join(', ')
}

/** What stands in one place, as a text with its colour. */
export function pieceOf(cell: Cell | undefined, ink: Ink): Piece {
  return isPiece(cell) ? cell : { text: textOf(cell, ink) }
}

/** Lays rows out under columns; a column of nothing but numbers is aligned right. */
export function gridOf(columns: readonly ListColumn[], rows: readonly Row[], ink: Ink): Grid {
  const figures = columns.map(() => rows.length > 0)
  const laidOut = rows.map((row) =>
    columns.map(({ key, show }, index) => {
      const value = show ? show(row[key], row, ink) : row[key]
      if (typeof value !== 'number' && value !== null) figures[index] = false
      return show ? pieceOf(value as Cell, ink) : { text: textOf(value, ink) }
    }),
  )
  return {
    columns: columns.map(({ title, right, whole }, index) => ({
      title,
      right: right || (figures[index] ?? false),
      whole,
    })),
    rows: laidOut,
  }
}

/** A list without the columns that have nothing in them. */
export function withoutBlanks({ columns, rows }: Grid): Grid {
  const filled = columns.map((_, index) => rows.some((row) => row[index]?.text !== ''))
  const keep = <Item>(items: readonly Item[]): Item[] => items.filter((_, index) => filled[index])
  return filled.includes(true) ? { columns: keep(columns), rows: rows.map(keep) } : { columns, rows }
}
