/** What one look came to. */
export interface Finding {
  /** What was looked at. */
  check: string
  /** Fine; worth knowing; in the way. */
  state: 'ok' | 'warning' | 'problem'
  /** What was found, in a sentence. */
  found: string
  /** What to do about it. */
  advice: string | null
}

/** It is as it should be. */
export function fine(check: string, found: string): Finding {
  return { check, state: 'ok', found, advice: null }
}

/** It works, and somebody may want it otherwise. */
export function warning(check: string, found: string, advice: string): Finding {
  return { check, state: 'warning', found, advice }
}

/** It does not work until something is done. */
export function problem(check: string, found: string, advice: string): Finding {
  return { check, state: 'problem', found, advice }
}
