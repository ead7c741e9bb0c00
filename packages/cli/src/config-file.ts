import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'smol-toml'
import { Failure } from './failure.ts'
import { writePrivate } from './private-file.ts'

/** What a config file holds, by name. */
export type Values = Readonly<Record<string, unknown>>

/** The config file, TOML or JSON; the daemon reads the same one. */
export interface ConfigFile {
  path: string
  read(): Values
  /** Puts one value in, at the top or in a table; undefined takes it out. What else stands in the file stays, comments too. */
  put(name: string, value: string | undefined, table?: string): void
}

/** Finds the config file of a folder; nothing is created or read yet. */
export function configFileIn(folder: string): ConfigFile {
  const [json, toml] = [join(folder, 'config.json'), join(folder, 'config.toml')]
  const isToml = existsSync(toml)
  const path = isToml ? toml : json
  let held: Values | undefined

  function read(): Values {
    if (held) return held
    if (isToml && existsSync(json)) throw unfit(`${json} and ${toml} are both there.`, 'Keep one of them.')
    const text = textOf(path)
    held = text === undefined ? {} : valuesIn(text, path, isToml)
    return held
  }

  return {
    path,
    read,
    put(name, value, table) {
      const next = withValue(read(), name, value, table)
      const text = isToml
        ? tomlOf(textOf(path) ?? '', next, { name, value, table })
        : `${JSON.stringify(next, null, 2)}\n`
      writePrivate(path, text)
      held = next
    },
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fault
  }
}

function valuesIn(text: string, path: string, isToml: boolean): Values {
  let values: unknown
  try {
    values = isToml ? parse(text) : JSON.parse(text)
  } catch (fault) {
    const [reason = ''] = (fault as Error).message.split('\n')
    throw unfit(`${path} cannot be read: ${reason.replace(/\.$/, '')}.`)
  }
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as Values
  throw unfit(`${path} does not hold a JSON object.`)
}

function unfit(error: string, warning = 'Mend or remove it.'): Failure {
  return new Failure('input', 'config_invalid', error, warning)
}

function withValue(values: Values, name: string, value: string | undefined, table?: string): Values {
  if (table !== undefined) {
    const inner = values[table]
    const held = typeof inner === 'object' && inner !== null ? (inner as Values) : {}
    return { ...values, [table]: withValue(held, name, value) }
  }
  const { [name]: _, ...others } = values
  return value === undefined ? others : { ...others, [name]: value }
}

interface Change {
  name: string
  value: string | undefined
  table: string | undefined
}

/** The text with one line changed; where that does not come to what is wanted, it is written anew. */
function tomlOf(text: string, wanted: Values, change: Change): string {
  const edited = withLine(text.split('\n'), change).join('\n')
  try {
    if (sorted(parse(edited)) === sorted(wanted)) return edited
  } catch {
    // A value over several lines, say.
  }
  return stringify(wanted)
}

function withLine(lines: readonly string[], { name, value, table }: Change): string[] {
  const isHeader = (line: string) => /^\s*\[/.test(line)
  const isOwn = (line: string) => /^\s*\[\s*"?([\w-]+)"?\s*\]/.exec(line)?.[1] === table
  const header = table === undefined ? -1 : lines.findIndex(isOwn)
  if (table !== undefined && header < 0) {
    return value === undefined ? [...lines] : [...trimmed(lines), '', `[${table}]`, lineOf(name, value), '']
  }
  const after = lines.findIndex((line, index) => index > header && isHeader(line))
  const end = after < 0 ? lines.length : after
  const at = lines.findIndex((line, index) => index > header && index < end && keyOf(line) === name)
  const put = value === undefined ? [] : [lineOf(name, value)]
  if (at >= 0) return [...lines.slice(0, at), ...put, ...lines.slice(at + 1)]
  const before = trimmed(lines.slice(0, end))
  return [...before, ...put, ...lines.slice(before.length)]
}

function trimmed(lines: readonly string[]): string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '')
  return lines.slice(0, last + 1)
}

function keyOf(line: string): string | undefined {
  const [, quoted, bare] = /^\s*(?:"([^"]*)"|([\w-]+))\s*=/.exec(line) ?? []
  return quoted ?? bare
}

function lineOf(name: string, value: string): string {
  return `${/^[\w-]+$/.test(name) ? name : JSON.stringify(name)} = ${JSON.stringify(value)}`
}

function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${sorted(inner)}`).join()}}`
}
