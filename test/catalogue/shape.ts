/** What a JSON Schema tells, as far as the tables of the catalogue go. */
interface Schema {
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  items?: Schema
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  default?: unknown
}

const kinds: Record<string, string> = { integer: 'int', number: 'num', boolean: 'bool', string: 'text', null: 'null' }

/**
 * A schema in one line: `{ id: int, name?: text }`, lists in `[ ]`, maps as `map of …`, moments of an answer as `ts`. An object that
 * takes other keys besides shows as `{ …, any }`.
 */
export function shapeOf(schema: Schema): string {
  const { type, properties, required = [], items, anyOf, enum: choice, const: only, additionalProperties } = schema
  if (anyOf) return anyOf.map(shapeOf).join(' | ')
  if (choice) return choice.map((one) => JSON.stringify(one)).join(' | ')
  if (only !== undefined) return JSON.stringify(only)
  if (items) return `[${shapeOf(items)}]`
  if (properties) {
    const fields = Object.entries(properties).map(([name, field]) => {
      const isOptional = !required.includes(name) || field.default !== undefined
      const otherwise = field.default === undefined ? '' : ` = ${JSON.stringify(field.default)}`
      return `${name}${isOptional ? '?' : ''}: ${shapeOf(field)}${otherwise}`
    })
    if (additionalProperties !== false) fields.push('any')
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
  }
  if (type === 'object')
    return `map of ${typeof additionalProperties === 'object' ? shapeOf(additionalProperties) : 'any'}`
  if (schema.description === 'a timestamp') return 'ts'
  return type === undefined
    ? 'any'
    : [type]
        .flat()
        .map((one) => kinds[one] ?? one)
        .join(' | ')
}
