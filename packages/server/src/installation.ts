import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The version of this installation; the bundle may lie at any depth below its folder. */
export function versionHere(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'bin', 'ewalletd.js'))) {
    const above = dirname(folder)
    if (above === folder) throw new Error('The installation of ewallet is incomplete: bin/ewalletd.js is missing.')
    folder = above
  }
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version
}
