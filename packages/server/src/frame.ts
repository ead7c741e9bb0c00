import {
  credentialNames,
  declarationOf,
  type Header,
  ignoredNames,
  isRefusal,
  misfit,
  type Path,
  type Refusal,
  readChain,
  refuse,
  usageOf,
} from '@ewallet/protocol'

/** A frame that says a known instruction in a fitting way. */
export interface ReadFrame {
  path: Path
  header: Header
  /** As the instruction's schema gives it back: synonyms and defaults resolved. */
  request: Record<string, unknown>
}

const headerKinds: Record<string, (value: unknown) => boolean> = {
  client_id: (value) => typeof value === 'string' && value.length <= 64,
  session_token: (value) => typeof value === 'string' && value.length <= 64,
  idempotency_key: (value) => typeof value === 'string' && value.length >= 1 && value.length <= 64,
  dry_run: (value) => typeof value === 'boolean',
  timestamps: (value) => value === 'local' || value === 'iso',
  account: (value) => typeof value === 'string' && value.length <= 254,
  pipeline: isPipelineNumber,
}

const headerShould: Record<string, string> = {
  client_id: 'a client id',
  session_token: 'a session token',
  idempotency_key: 'a text of 1 to 64 characters',
  dry_run: 'true or false',
  timestamps: '"local" or "iso"',
  account: 'an email address',
  pipeline: 'a whole number from 1 on',
}

const malformed = (field: string, sentence: string) => refuse('malformed_request', { field }, sentence)

function isPipelineNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

/** The pipeline a frame names, even one that cannot be read otherwise. */
export function pipelineOf(frame: unknown): number | undefined {
  const header = isObject(frame) ? frame.header : undefined
  return isObject(header) && isPipelineNumber(header.pipeline) ? header.pipeline : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readHeader(header: unknown): Header | Refusal<'malformed_request'> {
  if (header === undefined) return {}
  if (!isObject(header)) return malformed('header', '"header" should be an object.')
  const read: Record<string, unknown> = {}
  for (const name in header) {
    const value = header[name]
    if ((ignoredNames as readonly string[]).includes(name)) continue
    const fits = Object.hasOwn(headerKinds, name) ? headerKinds[name] : undefined
    if (!fits) return malformed(`header.${name}`, `There is no field "${name}" in a header.`)
    if (value === undefined || value === null) continue
    if (!fits(value)) return malformed(`header.${name}`, `"header.${name}" should be ${headerShould[name]}.`)
    read[name] = value
  }
  return read as Header
}

/**
 * Moves what stands beside `controller` but belongs to the header there. What the instruction declares itself is the request's;
 * a required one of these that is missing is filled in from the header (instructions.md, Frames).
 */
function takeCredentials(
  path: Path,
  fields: Record<string, unknown>,
  header: Header,
): Refusal<'malformed_request'> | undefined {
  const { fields: declared, required } = usageOf(path)
  const asked = header as Record<string, unknown>
  for (const name of credentialNames) {
    const value = fields[name]
    if (Object.hasOwn(declared, name)) {
      if (value === undefined && required.has(name) && asked[name] !== undefined) fields[name] = asked[name]
      continue
    }
    if (value === undefined) continue
    delete fields[name]
    if (value === null) continue
    if (!headerKinds[name]?.(value)) return malformed(name, `"${name}" should be ${headerShould[name]}.`)
    if (asked[name] !== undefined && asked[name] !== value) {
      return malformed(name, `"${name}" says one thing in the header and another beside it.`)
    }
    asked[name] = value
  }
  return undefined
}

function rename(path: Path, fields: Record<string, unknown>): Refusal<'malformed_request'> | undefined {
  for (const [other, field] of Object.entries(declarationOf(path).synonyms ?? {})) {
    if (!Object.hasOwn(fields, other)) continue
    if (Object.hasOwn(fields, field)) return malformed(other, `"${other}" and "${field}" are one field; name one.`)
    fields[field] = fields[other]
    delete fields[other]
  }
  return undefined
}

function flatOf({ id: _id, header: _header, command_chain: _chain, ...flat }: Record<string, unknown>) {
  return flat
}

/** Reads a frame of either form, without asking who says it. `isLocal`: it came over the admin channel. */
export function readFrame(
  frame: unknown,
  isLocal: boolean,
): ReadFrame | Refusal<'malformed_request' | 'unknown_instruction' | 'system_is_local'> {
  if (!isObject(frame)) return malformed('', 'A request should be a JSON object.')
  const { header: rawHeader, command_chain } = frame
  const chain = command_chain === undefined ? flatOf(frame) : command_chain
  if (!isObject(chain)) return malformed('command_chain', '"command_chain" should be an object.')
  if (chain === command_chain) {
    for (const name in frame) {
      if (name === 'id' || name === 'header' || name === 'command_chain') continue
      return malformed(name, `There is no field "${name}" beside a command chain.`)
    }
  }
  if (chain.controller === 'system' && !isLocal) return refuse('system_is_local')
  const { path, fields } = readChain(chain)
  if (!path) return refuse('unknown_instruction')
  const header = readHeader(rawHeader)
  if (isRefusal(header)) return header
  const misread = takeCredentials(path, fields, header) ?? rename(path, fields)
  if (misread) return misread
  const request = declarationOf(path).request.safeParse(fields)
  if (!request.success) {
    const { field, sentence } = misfit(path, request.error.issues as never)
    return malformed(field, sentence)
  }
  return { path, header, request: request.data }
}
