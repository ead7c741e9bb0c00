import { join } from 'node:path'
import type { State } from '../memory/state.ts'
import { type TableName, tableNames } from '../store.ts'
import { blockOfText, stagedName, storesFolder, tableOfBlock } from './block-file.ts'
import { balancesTable } from './blocks.ts'
import { StoreDamaged } from './cannot-open.ts'
import type { Files } from './files.ts'
import type { Jobs } from './jobs.ts'
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

/** How many files are read at a time. */
export const filesTogether = 128

/** Fills a state with a picture; the next files are read while some are taken in. Throws where it is not as it was drawn. */
export async function loadPicture(folder: string, manifest: Manifest, state: State, read: Jobs['read']): Promise<void> {
  const all = Object.entries(manifest.files)
  const from = (start: number) => {
    const reading = read(folder, all.slice(start, start + filesTogether))
    // Whoever waits for them hears of damage; until then nobody does.
    reading.catch(() => {})
    return reading
  }
  let ahead = from(0)
  for (let start = 0; start < all.length; start += filesTogether) {
    const contents = await ahead
    ahead = from(start + filesTogether)
    for (const [place, bytes] of contents.entries()) take(state, (all[start + place] as [string, string])[0], bytes)
  }
  for (const name of tableNames) state.tables[name].lastId = manifest.lastIds[name] ?? 0
}

function take(state: State, name: string, bytes: Buffer): void {
  const table = tableOfBlock(name)
  const block = blockOfText(bytes)
  if (table === balancesTable) {
    for (const id of block.ids()) {
      const row = block.get(id)
      state.balances.set(row?.of as string, row?.balance as number)
    }
  } else if (Object.hasOwn(state.tables, table)) state.tables[table as TableName].load(block)
  else throw new StoreDamaged(manifestName, 1, `There is no table ${table}.`)
}
