/** What a store says where it is right not to open a folder: the sentence says what is so and what to do. */
export class CannotOpen extends Error {
  override name = 'CannotOpen'
}

const restoring = 'Keep the folder as it is, and restore a backup.'
const redrawing = 'The journal has all of it: remove manifest.json and stores/, and start again.'

/** The journal or the picture was changed behind the store's back; names the place and the way out. */
export class StoreDamaged extends CannotOpen {
  override name = 'StoreDamaged'
  readonly file: string
  /** The line in it, counted from 1; a compressed file's lines are those of its content. */
  readonly line: number
  readonly what: string

  constructor(file: string, line: number, what: string) {
    super(`${file}, line ${line}: ${what} Nothing was changed. ${file.startsWith('journal') ? restoring : redrawing}`)
    this.file = file
    this.line = line
    this.what = what
  }
}

/** The folder was written by a program that is newer than this one. */
export class FormatTooNew extends CannotOpen {
  override name = 'FormatTooNew'

  constructor(found: number, known: number) {
    super(
      `The data folder has format ${found}; this program knows none above ${known}. Nothing was changed. Start the newer program.`,
    )
  }
}
