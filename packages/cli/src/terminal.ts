/** One of a terminal's two streams, as the output layer needs to know it. */
export interface Stream {
  write(text: string): void
  isTerminal: boolean
  /** Whether colour may be written, by NO_COLOR, FORCE_COLOR, CLICOLOR(_FORCE), TERM and --color, for this stream alone. */
  colour: boolean
  /** Columns of the terminal; Infinity where the stream is none. */
  columns: number
  /** Lines of the terminal; missing where the stream is none. */
  rows?: number | undefined
}

/** The one door to the outside world of a command: what it says, where it stands. stdout is the answer, stderr the talk. */
export interface Terminal {
  stdout: Stream
  stderr: Stream
  stdin: NodeJS.ReadStream
  env: Readonly<Record<string, string | undefined>>
  cwd: string
}

/** How an answer is to look. */
export interface Style {
  format: 'table' | 'plain' | 'json' | 'ndjson' | 'csv'
  /** The columns or keys asked for with --fields, in order. */
  fields?: readonly string[]
  /** Only ASCII where pictures and borders would be drawn. */
  ascii: boolean
  /** An IANA time zone for the times shown to a person; the machine's own where it is missing. */
  timeZone?: string
}
