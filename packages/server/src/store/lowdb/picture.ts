import { join } from 'node:path'
import type { State } from '../memory/state.ts'
import { type TableName, tableNames } from '../store.ts'
import { readBlock, stagedName, storesFolder, tableOfBlock } from './block-file.ts'
import { balancesTable } from './blocks.ts'
import { StoreDamaged } from './cannot-open.ts'
import type { Files } from './files.ts'
import { type Manifest, manifestName, sumOf } from './manifest.ts'

/** Lets the files of a manifest take their places, should the machine have stopped before they did. */
export function publishStaged(files: Files, folder: string, manifest: Manifest): void {
  const stores = storesFolder(folder)
  // A manifest that a killed daemon renamed can be read and still vanish with the power; what it replaces must not go before that.
  files.syncFolder(folder)
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

/** Fills a state with a picture. Throws where it is not as it was drawn. */
export function loadPicture(files: Files, folder: string, manifest: Manifest, state: State): void {
  for (const [name, sum] of Object.entries(manifest.files)) {
    const block = readBlock(files, folder, name, sum)
    const table = tableOfBlock(name)
    if (table === balancesTable) {
      for (const id of block.ids()) {
        const row = block.get(id)
        state.balances.set(row?.of as string, row?.balance as number)
      }
    } else if (Object.hasOwn(state.tables, table)) state.tables[table as TableName].load(block)
    else throw new StoreDamaged(manifestName, 1, `There is no table ${table}.`)
  }
  for (const name of tableNames) state.tables[name].lastId = manifest.lastIds[name] ?? 0
}
