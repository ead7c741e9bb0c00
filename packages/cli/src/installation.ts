import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

let found: string | undefined

/** The folder ewallet is installed in; the bundle may lie at any depth below it. */
export function installation(): string {
  if (found) return found
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'bin', 'ewalletd.js'))) {
    const above = dirname(folder)
    if (above === folder) throw new Error('The installation of ewallet is incomplete: bin/ewalletd.js is missing.')
    folder = above
  }
  found = folder
  return folder
}

let version: string | undefined

/** The version of this installation. */
export function versionHere(): string {
  version ??= (JSON.parse(readFileSync(join(installation(), 'package.json'), 'utf8')) as { version: string }).version
  return version
}
