import { declarationOf, type Path } from '@ewallet/protocol'
import * as z from 'zod/mini'
import { nine } from './paper.ts'

/** What a user could write to harm another's terminal. */
export const hostile = '\u001b]0;owned\u0007\u202egnp.exe\n\u009b2J\u200b山田'

interface Schema {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  description?: string
  pattern?: string
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
}

function sampleOf(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const inner = schema.anyOf?.find(({ type }) => type !== 'null')
  if (inner) return sampleOf(inner)
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([key, field]) => [key, sampleOf(field)]))
  }
  if (schema.type === 'object') {
    return {
      [hostile]: typeof schema.additionalProperties === 'object' ? sampleOf(schema.additionalProperties) : hostile,
    }
  }
  if (schema.type === 'array') return [sampleOf(schema.items ?? {})]
  if (schema.type === 'integer' || schema.type === 'number') return 7
  if (schema.type === 'boolean') return true
  if (schema.description === 'a timestamp') return nine
  return hostile
}

/** An answer to a path as its declaration has it, with hostile text wherever there may be any. */
export function anAnswer(path: Path): object {
  return sampleOf(z.toJSONSchema(declarationOf(path).response) as Schema) as object
}
