import type { Tint } from '../output/colour.ts'

/** A stretch of text with the colour it takes once it is laid out. */
export interface Piece {
  text: string
  tint?: Tint
}

/** What may stand in one place of a table or a panel. */
export type Cell = string | number | boolean | null | Piece

/** A card about one thing: what matters most, what it is, and the rest by label; several pieces flow with commas. */
export interface Panel {
  headline: Piece
  about?: string
  lines: readonly (readonly [label: string, value: Cell | readonly Piece[]])[]
}

/** What a view writes with. */
export interface Ink {
  /** A timestamp in the reader's time zone. */
  moment(timestamp: string): string
  /** Milliseconds since the epoch, for what is told about now. */
  now: number
  /** Marks the active one among several. */
  mark: string
}

/** What a person reads: a sentence, perhaps with coloured pieces, or a panel. */
export type Shown = string | readonly (string | Piece)[] | Panel

type Show<Row, Value> = (value: Value, row: Row, ink: Ink) => Cell

/** One field of a list: its title, and how it reads where it does not speak for itself; a hidden one is seen only when asked for. */
export type Column<Row, Value> = string | 'hidden' | { title: string; right?: boolean; show: Show<Row, Value> }

/** Every field of a row with how it is listed, none forgotten. */
export type Columns<Fields> = { readonly [Field in keyof Fields]-?: Column<Fields, Fields[Field]> }

/** A column without the types of its rows. */
export interface ListColumn {
  key: string
  title: string
  hidden: boolean
  right: boolean
  /** Never wrapped, as figures are not. */
  whole?: boolean | undefined
  show?: Show<Row, unknown>
}

export type Row = Readonly<Record<string, unknown>>

/** An answer that is a list. */
export interface Listing<Answer> {
  /** The key of the answer that holds the rows. */
  key: keyof Answer & string
  rows: (answer: Answer) => readonly Row[]
  columns: readonly ListColumn[]
  /** What is said of an empty list. */
  none: string
}

/** A long text that keeps its own lines. */
export interface LongText<Answer> {
  text: (answer: Answer) => string
}

export type View<Answer> = ((answer: Answer, ink: Ink) => Shown) | Listing<Answer> | LongText<Answer>

/** Declares how a list reads. */
export function list<Answer, Key extends keyof Answer & string, Fields extends object>(
  key: Key,
  rows: (answer: Answer) => readonly Fields[],
  columns: NoInfer<Columns<Fields>>,
  none: string,
): Listing<Answer> {
  const listed = Object.entries<Column<Fields, never>>(columns).map(([field, column]): ListColumn => {
    if (typeof column === 'string') {
      const hidden = column === 'hidden'
      return { key: field, title: hidden ? field : column, hidden, right: false }
    }
    const show = column.show as unknown as Show<Row, unknown>
    return { key: field, title: column.title, hidden: false, right: column.right ?? false, show }
  })
  return { key, rows: rows as unknown as (answer: Answer) => readonly Row[], columns: listed, none }
}
