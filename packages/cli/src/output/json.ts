import { escapeUnseen } from './sanitise.ts'

/** A value as JSON on several lines, the same at a terminal and in a pipe. */
export function jsonText(value: unknown): string {
  return escapeUnseen(JSON.stringify(value, null, 2))
}

/** A value as JSON on one line. */
export function jsonLine(value: unknown): string {
  return escapeUnseen(JSON.stringify(value))
}
