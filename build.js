import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const shape = { bundle: true, platform: 'node', format: 'esm', target: 'node20.19' }

/** The two programs and the daemon's thread for its store, with what one command does not need in chunks of their own. */
async function bundles() {
  const { metafile } = await build({
    ...shape,
    metafile: true,
    entryPoints: {
      ewallet: 'packages/cli/src/main.ts',
      ewalletd: 'packages/server/src/main.ts',
      'store-thread': 'packages/server/src/store/lowdb/store-thread.ts',
    },
    outdir: 'dist',
    splitting: true,
    minifySyntax: true,
    legalComments: 'none',
    chunkNames: 'chunks/[name]-[hash]',
    // CommonJS dependencies ask for node's own modules with require.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  })
  // What a program that runs may still load stays until the new files are there.
  const made = new Set(Object.keys(metafile.outputs))
  for (const file of readdirSync('dist', { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name)
    if (file.isFile() && !made.has(path)) rmSync(path)
  }
  for (const bin of ['bin/ewallet.js', 'bin/ewalletd.js']) chmodSync(bin, 0o755)
}

/** The pages that are made from the catalogue. */
async function docs() {
  const outfile = 'dist/pages.js'
  await build({ ...shape, entryPoints: ['packages/protocol/src/index.ts'], outfile })
  const { instructionsPage, openApi } = await import(new URL(outfile, import.meta.url).href)
  rmSync(outfile)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  mkdirSync('docs', { recursive: true })
  writeFileSync('docs/instructions.md', instructionsPage())
  writeFileSync('docs/openapi.json', `${JSON.stringify(openApi(version), null, 2)}\n`)
}

await (process.argv[2] === 'docs' ? docs() : bundles())
