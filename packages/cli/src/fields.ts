import { declarationOf, type FieldUsage, type Path, usageOf } from '@ewallet/protocol'
import { misuse } from './failure.ts'
import { nearest } from './spelling.ts'

/** One thing a person may type for an instruction. */
export interface Field {
  name: string
  /** The object of the request it is a member of. */
  within?: string
  /** The flag's name without dashes; for a field typed by position the word in capitals. */
  label: string
  position: boolean
  required: boolean
  usage: FieldUsage
}

const known = new Map<Path, readonly Field[]>()

/** The fields of an instruction as they are typed, those by position first. */
export function fieldsOf(path: Path): readonly Field[] {
  const before = known.get(path)
  if (before) return before
  const { args = [], flags = {} } = declarationOf(path)
  const { fields, required } = usageOf(path)
  const found: Field[] = []
  for (const name of args) {
    const usage = fields[name]
    if (!usage) continue
    found.push({ name, label: shout(name), position: true, required: required.has(name), usage })
  }
  for (const [name, usage] of Object.entries(fields)) {
    if (args.includes(name)) continue
    const members = usage.properties
    if (!members) {
      found.push({ name, label: flags[name] ?? dashed(name), position: false, required: required.has(name), usage })
      continue
    }
    for (const [member, inner] of Object.entries(members)) {
      const needed = required.has(name) && (usage.required ?? []).includes(member)
      found.push({
        name: member,
        within: name,
        label: dashed(member),
        position: false,
        required: needed,
        usage: inner,
      })
    }
  }
  known.set(path, found)
  return found
}

/** A boolean that may be left out is a flag without a value. */
export function isSwitch({ usage, required }: Field): boolean {
  return usage.type === 'boolean' && !required
}

/** How a field is named to a person: `--credits`, or `RECORD-ID` where it is typed by position. */
export function shownAs({ label, position }: Field): string {
  return position ? label : `--${label}`
}

/** The words a field may hold, where they are few. */
export function choicesOf({ usage }: Field): readonly string[] | undefined {
  if (usage.type === 'boolean') return ['true', 'false']
  return usage.enum?.map(String)
}

/** Converts what was typed into what the field holds; what cannot be meant ends the command. */
export function readTyped(field: Field, typed: string): unknown {
  const { usage } = field
  const unfit = () => misuse(`${shownAs(field)} should be ${usage.description ?? `of type ${usage.type}`}.`)
  const choices = choicesOf(field)
  if (choices && !choices.includes(typed)) {
    const meant = nearest(typed, choices)
    throw misuse(
      `${shownAs(field)} should be ${choices.length === 2 ? choices.join(' or ') : `one of ${choices.join(', ')}`}.`,
      meant ? `Did you mean ${meant}?` : null,
    )
  }
  if (usage.type === 'boolean') return typed === 'true'
  if (usage.type === 'integer' || usage.type === 'number') {
    const shape = usage.type === 'integer' ? /^[+-]?\d+$/ : /^[+-]?\d+(\.\d+)?$/
    if (!shape.test(typed) || !Number.isFinite(Number(typed))) throw unfit()
    if (usage.type === 'integer' && !Number.isSafeInteger(Number(typed))) throw unfit()
    return Number(typed)
  }
  return typed
}

/** Puts a field's value into a request, inside the object it is a member of. */
export function place(request: Record<string, unknown>, { name, within }: Field, value: unknown): void {
  if (within === undefined) request[name] = value
  else request[within] = { ...(request[within] as object | undefined), [name]: value }
}

/** Whether a request has a value for a field. */
export function has(request: Record<string, unknown>, { name, within }: Field): boolean {
  if (within === undefined) return request[name] !== undefined
  return (request[within] as Record<string, unknown> | undefined)?.[name] !== undefined
}

function dashed(name: string): string {
  return name.replaceAll('_', '-')
}

function shout(name: string): string {
  return dashed(name).toUpperCase()
}
