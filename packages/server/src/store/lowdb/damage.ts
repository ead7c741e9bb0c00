/** What the store throws where the journal or the picture was changed behind its back: it names the place and the way out. */
export class StoreDamaged extends Error {
  override name = 'StoreDamaged'
  readonly file: string
  /** The line in it, counted from 1; a compressed file's lines are those of its content. */
  readonly line: number

  constructor(file: string, line: number, what: string) {
    super(`${file}, line ${line}: ${what} Nothing was changed. Keep the folder as it is, and restore a backup.`)
    this.file = file
    this.line = line
  }
}
