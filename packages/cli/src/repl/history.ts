import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../failure.ts'
import { type Folders, makeFolder } from '../folders.ts'
import { readPrivate, writePrivate } from '../private-file.ts'

/** The lines typed before, the latest first. */
export interface History {
  /** All of them, also those that could not be meant. */
  readonly lines: readonly string[]
  /** Those that are kept on disk. */
  readonly kept: readonly string[]
  /** Remembers a line until the REPL is left. */
  add(line: string): void
  /** Keeps a line on disk, once it was understood, unless it may hold a secret. */
  keep(line: string): void
  /** Why nothing is kept. */
  readonly problem?: Failure
}

const KEPT_MAX = 1_000

/** Opens the history in the state folder; one that others could have written is neither read nor added to. */
export function openHistory(folders: Folders): History {
  const file = join(folders.state, 'history')
  let kept: string[] = []
  let problem: Failure | undefined
  try {
    const lines = (readPrivate(file) ?? '').split('\n').filter((line) => line !== '')
    if (lines.length > 2 * KEPT_MAX) writePrivate(file, `${lines.slice(-KEPT_MAX).join('\n')}\n`)
    kept = lines.slice(-KEPT_MAX).reverse()
  } catch (fault) {
    if (!(fault instanceof Failure)) throw fault
    problem = fault
  }
  const lines = [...kept]
  return {
    lines,
    kept,
    ...(problem && { problem }),
    add(line) {
      if (line.trim() !== '' && line !== lines[0]) lines.unshift(line)
    },
    keep(line) {
      if (problem || line === kept[0] || maybeSecret(line)) return
      kept.unshift(line)
      makeFolder(folders.state)
      appendFileSync(file, `${line}\n`, { mode: 0o600 })
    },
  }
}

/** Whether a line may hold what nobody else should read: a token, a value behind a flag for secrets, or what the person set off with a space. */
export function maybeSecret(line: string): boolean {
  return /^\s|ewsm-(st|uid):|pass(word)?[=:]|--?\w*(pass|secret|token|pin)[\w-]*(?<!-stdin)[ =]+[^-\s]/i.test(line)
}
