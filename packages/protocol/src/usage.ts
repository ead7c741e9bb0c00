import * as z from 'zod/mini'
import { declarationOf, type Path } from './catalogue.ts'

/** A field as JSON Schema tells it. */
export interface FieldUsage {
  type?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  const?: unknown
  /** Asked for without echo, never a flag, never logged. */
  secret?: boolean
  items?: FieldUsage
  properties?: Record<string, FieldUsage>
  required?: string[]
  anyOf?: FieldUsage[]
}

/** What an instruction's request consists of. */
export interface Usage {
  fields: Record<string, FieldUsage>
  required: ReadonlySet<string>
}

const known = new Map<Path, Usage>()
const keyed = new Map<Path, boolean>()

/** The fields of a path's request, as help, completion, prompts and refusals tell them. */
export function usageOf(path: Path): Usage {
  const before = known.get(path)
  if (before) return before
  const schema = z.toJSONSchema(declarationOf(path).request, { io: 'input' }) as {
    properties?: Record<string, FieldUsage>
    required?: string[]
  }
  const usage = { fields: schema.properties ?? {}, required: new Set(schema.required ?? []) }
  known.set(path, usage)
  return usage
}

/** Whether a path takes an idempotency key and a dry run: it is an account's, changes something, and carries no secret (decisions.md, Money). */
export function isKeyed(path: Path): boolean {
  const before = keyed.get(path)
  if (before !== undefined) return before
  const { access, changes } = declarationOf(path)
  const is = access === 'account' && changes && !hasSecret(path)
  keyed.set(path, is)
  return is
}

/** Whether a path's request carries a secret. */
export function hasSecret(path: Path): boolean {
  return Object.values(usageOf(path).fields).some((field) => field.secret === true)
}

interface Issue {
  code: string
  path: PropertyKey[]
  message: string
  keys?: string[]
}

/** Says which field of a request does not fit, and what it should be. */
export function misfit(path: Path, issues: readonly Issue[]): { field: string; sentence: string } {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (!issue) return { field: '', sentence: 'The request does not fit the instruction.' }
  const at = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const field = [...at, issue.keys?.[0] ?? ''].join('.')
    return { field, sentence: `There is no field "${field}" in this instruction.` }
  }
  if (at.length === 0) return { field: '', sentence: `The request needs ${issue.message}.` }
  let usage: FieldUsage | undefined = { properties: usageOf(path).fields }
  for (const step of at) usage = usage?.properties?.[step] ?? (usage?.items && /^\d+$/.test(step) ? usage.items : usage)
  const field = at.join('.')
  const should = usage?.description ?? (usage?.type ? `of type ${usage.type}` : 'something else')
  return { field, sentence: `"${field}" should be ${should}.` }
}
