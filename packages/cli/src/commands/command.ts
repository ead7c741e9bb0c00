import type { Path } from '@ewallet/protocol'
import type { Globals } from '../globals.ts'
import type { Link } from '../link.ts'
import type { Prompts } from '../prompts.ts'
import type { Stage } from '../stage.ts'
import type { Style, Terminal } from '../terminal.ts'

/** What a command special to the terminal consists of; its words and its summary stand in the table. */
export interface SpecialCommand {
  /** What is typed by position, in commander's way: `[who]`, `<name>`, `[words...]`. */
  args?: string
  options?: readonly (readonly [flags: string, says: string])[]
  examples?: readonly string[]
  /** Paragraphs for the end of its help. */
  notes?: string
  /** The values of -o, where they are its own. */
  outputs?: readonly string[]
  /** What may stand after a flag, or in a place counted from 0 with the words typed before it; for completion. */
  values?(asked: { flag?: string; position?: number; args: readonly string[] }): readonly string[]
  /** Whether --dry-run means something to it; else it is refused. */
  dryRun?: true
  /** Whether it runs even where settings cannot be used: it is there to find or mend them. */
  mendsSettings?: true
  /** Does it and returns the exit code. */
  run(given: Given): Promise<number>
}

/** What one command line is given to work with. */
export interface Given {
  stage: Stage
  terminal: Terminal
  style: Style
  globals: Globals
  /** What was typed by position. */
  args: readonly string[]
  /** The values of its options, by their camelCase names. */
  options: Readonly<Record<string, unknown>>
  prompts: Prompts
  /** The way to the daemon; nothing is connected before something is said. */
  link(): Link
  /** Says a sentence on stderr, unless --quiet. */
  say(sentence: string): void
  /** Prints the answer of an instruction on stdout. */
  answer(path: Path, response: object): Promise<void>
}
