import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import { MemoryStore } from '../../packages/server/src/store/memory/memory-store.ts'
import type { HandTurned } from '../harness.ts'
import { describeStore, type OpenedStore } from './contract.ts'

describeStore('memory', async (time) => {
  const store = new MemoryStore(time)
  return { store, remove: () => store.close() }
})

describeStore('lowdb', async (time) => lowdbIn(mkdtempSync(join(tmpdir(), 'ewallet-store-')), time))

async function lowdbIn(folder: string, time: HandTurned): Promise<OpenedStore> {
  const report = (sentence: string) => {
    throw new Error(sentence)
  }
  const store = await openLowdbStore({ folder, time, checkpointBytes: 4096, report })
  return {
    store,
    async reopen() {
      await store.close()
      return lowdbIn(folder, time)
    },
    async remove() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}
