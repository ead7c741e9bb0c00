import { setTimeout as pause } from 'node:timers/promises'
import { Interrupted } from '../failure.ts'
import type { Globals } from '../globals.ts'
import type { Stage } from '../stage.ts'
import type { Stream } from '../terminal.ts'

/** How long a command that is cancelled may take to end. */
const GRACE_MS = 300

/** Ctrl-C while a command runs cancels the command, and nothing else. */
export interface Interrupts {
  /** Does some work; `undefined` where it was cancelled. The stage it is given says and prints nothing once it is. */
  run<Value>(stage: Stage, work: (stage: Stage) => Promise<Value>): Promise<Value | undefined>
  /** Forgets a Ctrl-C that met nothing to cancel. */
  forget(): void
  /** Gives Ctrl-C back. */
  close(): void
}

/** Takes Ctrl-C over from the process; where nothing runs it is handed on. */
export function takeInterrupts(idle: () => void): Interrupts {
  const others = process.listeners('SIGINT')
  process.removeAllListeners('SIGINT')
  let cancel: (() => void) | undefined
  let isEarly = false
  const hear = () => {
    if (cancel) return cancel()
    // What it is meant for may not have begun yet.
    isEarly = true
    idle()
  }
  process.on('SIGINT', hear)

  return {
    async run(stage, work) {
      let isCancelled = false
      const cancelled = new Promise<undefined>((resolve) => {
        cancel = () => {
          if (isCancelled) return
          isCancelled = true
          stage.close()
          void pause(GRACE_MS).then(() => {
            resolve(undefined)
          })
        }
      })
      const own: Stage = {
        ...stage,
        terminal: {
          ...stage.terminal,
          stdout: until(stage.terminal.stdout, () => isCancelled),
          stderr: until(stage.terminal.stderr, () => isCancelled),
        },
        link(globals: Globals) {
          if (isCancelled) throw new Interrupted()
          return stage.link(globals)
        },
      }
      if (isEarly) cancel?.()
      isEarly = false
      const done = work(own).then(
        (value) => ({ value }),
        (fault: unknown) => ({ fault }),
      )
      try {
        const outcome = await Promise.race([done, cancelled])
        if (isCancelled || !outcome) return undefined
        if ('fault' in outcome) throw outcome.fault
        return outcome.value
      } finally {
        cancel = undefined
      }
    },
    forget() {
      isEarly = false
    },
    close() {
      process.off('SIGINT', hear)
      for (const listener of others) process.on('SIGINT', listener)
    },
  }
}

/** The same stream until something is so; from then on nothing is written. */
function until(stream: Stream, isSilent: () => boolean): Stream {
  return {
    write(text) {
      if (!isSilent()) stream.write(text)
    },
    isTerminal: stream.isTerminal,
    colour: stream.colour,
    get columns() {
      return stream.columns
    },
    get rows() {
      return stream.rows
    },
  }
}
