import { createInterface, type Interface } from 'node:readline'
import type { Edited, Editor, EditorParts } from './editor.ts'

/** Reads lines where nothing can be drawn anew: the terminal itself edits them, and nothing appears above. */
export function openPlainEditor({ stdin, stdout, prompt }: EditorParts): Editor {
  const ahead: string[] = []
  let interrupted: (() => void) | undefined

  function ask(): Promise<Edited> {
    const readline: Interface = createInterface({ input: stdin, output: stdout, terminal: false })
    return new Promise((resolve) => {
      let edited: Edited | undefined
      const end = (as: Edited) => {
        edited ??= as
        readline.close()
      }
      readline.on('line', (line) => {
        // Lines that came together are asked for one by one.
        if (edited === undefined) end({ line })
        else ahead.push(line)
      })
      interrupted = () => {
        stdout.write('\n')
        end('cleared')
      }
      readline.once('close', () => {
        interrupted = undefined
        if (edited === undefined) stdout.write('\n')
        // The rest of what came with the line is told before anything else happens.
        setImmediate(() => resolve(edited ?? 'leave'))
      })
      readline.setPrompt(prompt())
      readline.prompt()
    })
  }

  return {
    async read() {
      const line = ahead.shift()
      if (line === undefined) return ask()
      stdout.write(`${prompt()}${line}\n`)
      return { line }
    },
    isReading: false,
    above() {},
    refresh() {},
    interrupt: () => interrupted?.(),
  }
}
