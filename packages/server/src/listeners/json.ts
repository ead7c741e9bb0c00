import { type Refusal, refuse } from '@ewallet/protocol'

const unreadable = (sentence: string) => refuse('malformed_request', { field: '' }, sentence)

/** Reads the text of a request, in which arrays and objects stand in each other at most `depthMax` deep. */
export function readJson(text: string, depthMax: number): { value: unknown } | Refusal<'malformed_request'> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return unreadable('A request should be JSON.')
  }
  return isDeeper(value, depthMax) ? unreadable(`A request should be at most ${depthMax} levels deep.`) : { value }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (Array.isArray(value)) return value.some((inner) => isDeeper(inner, levels - 1))
  // What JSON.parse made has nothing but its own fields; to go along them makes no list of them.
  for (const name in value) if (isDeeper((value as Record<string, unknown>)[name], levels - 1)) return true
  return false
}
