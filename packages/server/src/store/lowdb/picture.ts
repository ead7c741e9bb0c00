import { join } from 'node:path'
import type { State } from '../memory/state.ts'
import { type TableName, tableNames } from '../store.ts'
import { blockOfText, stagedName } from './block-file.ts'
import { StoreDamaged } from './damage.ts'
import { type Files, readWhole } from './files.ts'
import { type Manifest, readManifest, sumOf } from './manifest.ts'

/** Where a data folder's picture lies. */
export function storesFolder(folder: string): string {
  return join(folder, 'stores')
}

/** Lets the files of a manifest take their places, should the machine have stopped before they did. */
export function publishStaged(files: Files, folder: string, manifest: Manifest): void {
  const stores = storesFolder(folder)
  let published = false
  for (const name of files.list(stores).filter((each) => each.endsWith('.next'))) {
    const target = name.slice(1, -'.next'.length)
    const bytes = files.read(join(stores, name))
    if (bytes && sumOf(bytes) === manifest.files[target]) {
      files.rename(join(stores, name), join(stores, target))
      published = true
    } else files.remove(join(stores, stagedName(target)))
  }
  if (published) files.syncFolder(stores)
}

/** Fills a state with a picture; undefined where there is none. Throws where it is not as it was drawn. */
export function loadPicture(files: Files, folder: string, state: State): Manifest | undefined {
  const manifest = readManifest(files, folder)
  if (!manifest) return undefined
  publishStaged(files, folder, manifest)
  for (const [name, sum] of Object.entries(manifest.files)) {
    const bytes = readWhole(files, join(storesFolder(folder), name))
    if (!bytes) throw new StoreDamaged(`stores/${name}`, 1, 'The file is not there.')
    if (sumOf(bytes) !== sum) throw new StoreDamaged(`stores/${name}`, 1, 'It is not as manifest.json says.')
    state.tables[name.slice(0, name.indexOf('.')) as TableName].load(blockOfText(bytes))
  }
  for (const name of tableNames) state.tables[name].lastId = manifest.lastIds[name] ?? 0
  for (const [key, balance] of Object.entries(manifest.balances)) state.balances.set(key, balance)
  return manifest
}
