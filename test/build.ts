import { execFileSync } from 'node:child_process'

/** The specs that start real processes run the bundles, so these are made from what stands in the tree. */
export function setup(): void {
  execFileSync(process.execPath, ['build.js'], { stdio: 'inherit' })
}
