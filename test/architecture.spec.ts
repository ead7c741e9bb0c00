import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { instructionsPage, openApi, paths } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'

const root = new URL('..', import.meta.url).pathname

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort()
}

const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

/** What a file imports: packages by name, files of ours by their place in the tree. */
function importsOf(file: string): string[] {
  const found = textOf(file).matchAll(
    /(?:^|\s)(?:import|export)\b[^'"`;]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
  )
  return [...found]
    .map((match) => match[1] ?? match[2] ?? '')
    .map((name) => (name.startsWith('.') ? join(file, '..', name) : name))
}

const sources = filesUnder('packages')
const specs = filesUnder('test')

/** Each room and the only rooms it may look into. */
const mayImport: Record<string, RegExp> = {
  'packages/protocol/src/': /^(zod\/mini$|packages\/protocol\/src\/)/,
  'packages/server/src/domain/': /^(@ewallet\/protocol$|packages\/server\/src\/domain\/)/,
  'packages/server/src/store/':
    /^(node:|lowdb|pg$|@ewallet\/protocol$|packages\/server\/src\/(store|domain)\/|packages\/server\/src\/time\.ts)/,
  'packages/server/src/books/':
    /^(@ewallet\/protocol$|packages\/server\/src\/(books|domain|events)\/|packages\/server\/src\/(store\/store|handler|timestamp)\.ts)/,
  'packages/server/src/handlers/':
    /^(@ewallet\/protocol$|packages\/server\/src\/(handlers|books|domain)\/|packages\/server\/src\/(store\/store|handler|timestamp)\.ts)/,
  'packages/server/src/sessions/':
    /^(node:|@ewallet\/protocol$|packages\/server\/src\/(sessions|domain|books|events)\/|packages\/server\/src\/(store\/store|handler|config)\.ts)/,
  'packages/server/src/metrics/': /^(prom-client$|@ewallet\/protocol$|packages\/server\/src\/metrics\/)/,
  'packages/server/src/':
    /^(node:|ws$|pino$|lowdb|pg$|prom-client$|smol-toml$|@ewallet\/protocol$|packages\/server\/src\/)/,
  'packages/cli/src/':
    /^(node:|ws$|commander$|inquirer$|chalk$|string-width$|cli-table3$|smol-toml$|@ewallet\/protocol$|packages\/cli\/src\/)/,
}

describe.each(Object.entries(mayImport))('%s', (room, allowed) => {
  const files = sources.filter((file) => file.startsWith(room))

  it.each(files)('%s looks only where it may', (file) => {
    expect(importsOf(file).filter((name) => !allowed.test(name))).toEqual([])
  })
})

describe('handlers', () => {
  const nouns = sources.filter((file) => file.startsWith('packages/server/src/handlers/'))

  it.each(nouns.filter((file) => !file.endsWith('/handlers.ts')))('%s looks into no other handler', (file) => {
    expect(importsOf(file).filter((name) => name.includes('server/src/handlers/'))).toEqual([])
  })
})

describe('the domain', () => {
  it.each(sources.filter((file) => file.startsWith('packages/server/src/domain/')))(
    '%s is told the time and never looks, and leaves nothing to chance',
    (file) => {
      expect(textOf(file)).not.toMatch(/Date\.now|new Date\(\)|Math\.random|performance\.|crypto|process\./)
    },
  )
})

describe('every source file', () => {
  it.each(sources)('%s has a name that says what it is', (file) => {
    expect(file).not.toMatch(/\/(utils?|helpers?|shared|common|types|misc)(\.ts|\/)/)
  })

  it.each(sources)('%s leaves nothing unfinished and nothing commented out', (file) => {
    expect(textOf(file)).not.toMatch(/\b(TODO|FIXME|XXX)\b|@todo|not implemented/i)
    expect(textOf(file)).not.toMatch(/^\s*\/\/ (const|let|return|if|await|import) /m)
  })

  it.each(sources)('%s exports by name', (file) => {
    expect(textOf(file)).not.toMatch(/^export default/m)
  })

  it.each(sources)('%s has a sentence over each exported function and class', (file) => {
    const lines = textOf(file).split('\n')
    const bare = lines.filter((line, index) => {
      if (!/^export (async )?(function|class) /.test(line)) return false
      return !/^(\s*\*\/|\/\*\* .*\*\/)$/.test(lines[index - 1] ?? '')
    })
    expect(bare).toEqual([])
  })
})

describe('the catalogue', () => {
  const spoken = specs.map(textOf).join('\n')

  it.each(paths)('%s is said in a spec', (path) => {
    expect(spoken).toContain(`'${path}'`)
  })

  it('has a fresh page: npm run docs', () => {
    expect(textOf('docs/instructions.md')).toBe(instructionsPage())
  })

  it('has a fresh OpenAPI document: npm run docs', () => {
    const { version } = JSON.parse(textOf('package.json')) as { version: string }
    expect(JSON.parse(textOf('docs/openapi.json'))).toEqual(JSON.parse(JSON.stringify(openApi(version))))
  })
})

describe('the tests', () => {
  it.each(specs)('%s runs all of its tests', (file) => {
    expect(textOf(file)).not.toMatch(/\b(it|test|describe)\.(only|todo)\b/)
  })
})
