import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(import.meta.dirname, '..')

const hooks = `import { appendFileSync } from 'node:fs'
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED, url + '\\n')
  return next(url, context)
}`

/** What node is told to import first, so that a program writes down, in the file that LOADED names, all that it loads. */
export const hooked = `data:text/javascript,${encodeURIComponent(
  `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)})`,
)}`

/** What a program loaded: our own files, packages by name, node's own modules. */
export interface Loaded {
  sources: string[]
  packages: string[]
  builtins: string[]
}

/** Reads what a program of ours wrote down as loaded, each bundle taken apart into what went into it. */
export function readLoaded(file: string): Loaded {
  const urls = [...new Set(readFileSync(file, 'utf8').trim().split('\n'))]
  const contents: Record<string, string[]> = JSON.parse(readFileSync(join(root, 'dist', 'contents.json'), 'utf8'))
  const inputs = urls
    .filter((url) => url.startsWith('file:'))
    .flatMap((url) => contents[relative(root, fileURLToPath(url))] ?? [])
  return {
    sources: inputs.flatMap((input) => /^packages\/(cli|server)\/src\/(.*)$/.exec(input)?.[0] ?? []).sort(),
    packages: [...new Set(inputs.flatMap((input) => /node_modules\/((@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []))].sort(),
    builtins: urls.filter((url) => url.startsWith('node:')).sort(),
  }
}
