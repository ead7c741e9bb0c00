import { type Refusal, refuse } from '@ewallet/protocol'

/** How deep arrays and objects of a request may stand in each other; what goes through them recursively stays far from its end. */
const DEPTH_MAX = 100

const unreadable = (sentence: string) => refuse('malformed_request', { field: '' }, sentence)

/** Reads the text of a request. */
export function readJson(text: string): { value: unknown } | Refusal<'malformed_request'> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return unreadable('A request should be JSON.')
  }
  return isDeeper(value, DEPTH_MAX) ? unreadable(`A request should be at most ${DEPTH_MAX} levels deep.`) : { value }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const inner of Array.isArray(value) ? value : Object.values(value)) if (isDeeper(inner, levels - 1)) return true
  return false
}
