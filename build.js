import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const shape = { bundle: true, platform: 'node', format: 'esm', target: 'node20.19' }

/** The two programs, with what one command does not need in chunks of their own. */
async function bundles() {
  rmSync('dist', { recursive: true, force: true })
  await build({
    ...shape,
    entryPoints: { ewallet: 'packages/cli/src/main.ts', ewalletd: 'packages/server/src/main.ts' },
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
