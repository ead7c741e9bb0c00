import * as z from 'zod/mini'
import { catalogue, declarationOf, groups, type Path, paths } from './catalogue.ts'
import { chainOf } from './chain.ts'
import { commonRefusals, exitCodes, type RefusalCode, refusals } from './refusals.ts'
import { type FieldUsage, isKeyed, usageOf } from './usage.ts'

type Schema = Record<string, unknown>

const listed = (says: string | readonly string[] | undefined) => (says === undefined ? [] : [says].flat())

function fieldRow(name: string, field: FieldUsage, isRequired: boolean): string {
  const choice = field.enum ?? (field.const === undefined ? undefined : [field.const])
  const what = field.description ?? choice?.map(String).join(', ') ?? field.type ?? ''
  const given = isRequired ? 'yes' : field.default === undefined ? 'no' : `no, ${JSON.stringify(field.default)}`
  return `| \`${name}\` | ${given} | ${what} |`
}

function shapeOf(schema: Schema, depth = 0): string {
  const {
    type,
    properties,
    items,
    additionalProperties,
    anyOf,
    enum: choice,
    const: only,
    pattern,
  } = schema as {
    type?: string
    properties?: Record<string, Schema>
    items?: Schema
    additionalProperties?: Schema | boolean
    anyOf?: Schema[]
    enum?: unknown[]
    const?: unknown
    pattern?: string
  }
  if (anyOf) return anyOf.map((one) => shapeOf(one, depth)).join(' or ')
  if (choice) return choice.map((one) => JSON.stringify(one)).join(' or ')
  if (only !== undefined) return JSON.stringify(only)
  if (type === 'array') return `[${shapeOf(items ?? {}, depth)}]`
  if (properties) {
    const fields = Object.entries(properties).map(([name, one]) => `${name}: ${shapeOf(one, depth + 1)}`)
    return `{ ${fields.join(', ')} }`
  }
  if (type === 'object')
    return `map of ${typeof additionalProperties === 'object' ? shapeOf(additionalProperties) : 'anything'}`
  if (schema.description === 'a timestamp') return 'timestamp'
  if (type === 'string' && pattern?.includes('ewsm')) return 'string'
  return type ?? 'anything'
}

function section(path: Path): string {
  const { summary, says, access, permission, also, synonyms, response, refusals: codes, examples } = declarationOf(path)
  const { fields, required } = usageOf(path)
  const words = listed(says).map((line) => `\`ewallet ${line}\``)
  const chain = JSON.stringify(chainOf(path, {}))
  const lines = [`### ${path}`, '', summary, '']
  lines.push(`- Access: ${access}${permission ? `, permission \`${permission}\`` : ''}`)
  lines.push(`- Chain: \`${chain}\``)
  if (also) lines.push(`- Also: ${also.map((one) => `\`${one}\``).join(', ')}`)
  if (synonyms)
    lines.push(
      `- Also: ${Object.entries(synonyms)
        .map(([other, field]) => `\`${other}\` for \`${field}\``)
        .join(', ')}`,
    )
  if (words.length > 0) lines.push(`- Typed: ${words.join(', ')}`)
  if (isKeyed(path)) lines.push('- Takes an idempotency key and a dry run.')
  lines.push('')
  if (Object.keys(fields).length > 0) {
    lines.push('| field | required | what |', '|---|---|---|')
    for (const [name, field] of Object.entries(fields)) lines.push(fieldRow(name, field, required.has(name)))
    lines.push('')
  }
  lines.push(`Answers \`${shapeOf(z.toJSONSchema(response) as Schema)}\`.`, '')
  if (codes.length > 0) lines.push(`Refuses: ${codes.map((code) => `\`${code}\``).join(', ')}.`, '')
  if (examples) lines.push('```', ...examples.map((line) => `$ ${line}`), '```', '')
  return lines.join('\n')
}

/** The page that tells every instruction, for `docs/instructions.md`. */
export function instructionsPage(): string {
  const lines = [
    '# The instructions',
    '',
    'Made from the catalogue by `npm run docs`. A success carries exactly the keys told here, and `failed: false`. What any',
    `instruction may refuse besides: ${commonRefusals.map((code) => `\`${code}\``).join(', ')}.`,
    '',
  ]
  for (const [noun, group] of Object.entries(groups)) {
    lines.push(`## ${noun}`, '', ...(Object.keys(group) as Path[]).map(section))
  }
  lines.push('## Refusals', '', '| code | exit | HTTP | sentence |', '|---|---|---|---|')
  for (const [code, { error, warning, exit, status }] of Object.entries(refusals)) {
    lines.push(`| \`${code}\` | ${exitCodes[exit]} | ${status} | ${error}${warning ? ` ${warning}` : ''} |`)
  }
  return `${lines.join('\n')}\n`
}

function requestSchema(path: Path): Schema {
  const words = Object.fromEntries(Object.entries(chainOf(path, {})).map(([key, word]) => [key, { const: word }]))
  const { properties, required = [] } = z.toJSONSchema(catalogue[path].request, { io: 'input' }) as {
    properties?: Schema
    required?: string[]
  }
  return {
    title: path,
    description: declarationOf(path).summary,
    type: 'object',
    properties: { ...words, ...properties },
    required: [...Object.keys(words), ...required],
  }
}

function responseSchema(path: Path): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(declarationOf(path).response) as {
    $schema?: string
    properties?: Schema
    required?: string[]
  }
  return {
    ...schema,
    title: `${path}: response`,
    properties: { failed: { const: false }, ...schema.properties },
    required: ['failed', ...(schema.required ?? [])],
  }
}

/** Everything the daemon can be told, with JSON schemas, for programs: what `GET /ewallet/instruction-set` answers. */
export function cataloguePage(version: string): Schema {
  const instructions = paths.map((path) => {
    const { summary, access, permission, changes, also, synonyms, refusals: codes } = declarationOf(path)
    return [
      path,
      {
        summary,
        access,
        ...(permission && { permission }),
        changes,
        takes_idempotency_key: isKeyed(path),
        chain: chainOf(path, {}),
        ...(also && { also }),
        ...(synonyms && { synonyms }),
        request: requestSchema(path),
        response: responseSchema(path),
        refusals: [...codes, ...commonRefusals],
      },
    ]
  })
  return { version, instructions: Object.fromEntries(instructions), refusals }
}

const refusalRef = { $ref: '#/components/schemas/refusal' }

const refusalSchema = {
  title: 'refusal',
  type: 'object',
  properties: {
    failed: { const: true },
    code: { enum: Object.keys(refusals) },
    error: { type: 'string' },
    warning: { type: ['string', 'null'] },
    details: { type: 'object' },
  },
  required: ['failed', 'code', 'error', 'warning'],
  additionalProperties: false,
}

/** The HTTP side of the daemon as an OpenAPI 3.1 document. */
export function openApi(version: string): Schema {
  const statuses = [...new Set(Object.values(refusals).map(({ status }) => status))].sort()
  const codesOf = (status: number) =>
    (Object.keys(refusals) as RefusalCode[]).filter((code) => refusals[code].status === status).join(', ')
  const json = (schema: Schema) => ({ 'application/json': { schema } })
  const client = paths.filter((path) => path.startsWith('client'))
  return {
    openapi: '3.1.0',
    info: {
      title: 'ewallet',
      version,
      description: 'Prepaid credits and the clock that spends them.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://127.0.0.1:7420' }],
    paths: {
      '/ewallet/instruction-set': {
        post: {
          operationId: 'instruct',
          summary: 'Say one instruction in the flat form; the credentials stand beside `controller` or in `header`.',
          security: [],
          requestBody: { required: true, content: json({ anyOf: client.map(requestSchema) }) },
          responses: {
            200: { description: 'What was answered.', content: json({ anyOf: client.map(responseSchema) }) },
            ...Object.fromEntries(
              statuses.map((status) => [status, { description: codesOf(status), content: json(refusalRef) }]),
            ),
            415: { description: 'The body is no plain application/json.', content: json(refusalRef) },
          },
        },
        get: {
          operationId: 'catalogue',
          summary: 'Everything the daemon can be told, with schemas.',
          security: [],
          responses: { 200: { description: 'The catalogue.', content: json({ type: 'object' }) } },
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'description',
          summary: 'This document.',
          security: [],
          responses: { 200: { description: 'An OpenAPI 3.1 document.', content: json({ type: 'object' }) } },
        },
      },
      '/healthz': {
        get: {
          operationId: 'health',
          summary: 'Whether the daemon serves, and can reach its store.',
          security: [],
          responses: {
            200: {
              description: 'It serves.',
              content: json({ type: 'object', properties: { status: { const: 'ok' } }, required: ['status'] }),
            },
            503: { description: 'shutting_down, store_unavailable', content: json(refusalRef) },
          },
        },
      },
      '/metrics': {
        get: {
          operationId: 'metrics',
          summary: 'Figures in Prometheus text format; from this machine only.',
          security: [],
          responses: {
            200: { description: 'The figures.', content: { 'text/plain': { schema: { type: 'string' } } } },
            403: { description: 'Somebody elsewhere asked.', content: json(refusalRef) },
          },
        },
      },
    },
    components: { schemas: { refusal: refusalSchema } },
  }
}
