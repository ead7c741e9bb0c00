import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { blockName, textOfBlock } from '../../packages/server/src/store/lowdb/block-file.ts'
import { emptyManifest } from '../../packages/server/src/store/lowdb/checkpoint.ts'
import { machineFiles } from '../../packages/server/src/store/lowdb/files.ts'
import { formats } from '../../packages/server/src/store/lowdb/format.ts'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import { sumOf, writeManifest } from '../../packages/server/src/store/lowdb/manifest.ts'
import { segmentName } from '../../packages/server/src/store/lowdb/segments.ts'
import { Block } from '../../packages/server/src/store/memory/block.ts'
import { columnsNamed } from '../../packages/server/src/store/memory/row-text.ts'
import type { Store } from '../../packages/server/src/store/store.ts'
import { aCopy, aFolder, journalOf, open, rewrite } from '../faults/folder.ts'
import { aHandTurnedClock } from '../harness.ts'

/** Opens a folder as the daemon does, with a thread of its own. */
function opened(folder: string): Promise<Store> {
  return openLowdbStore({ folder, time: aHandTurnedClock(), checkpointBytes: 1 << 30, report: () => {} })
}

/** A picture of so many files that a thread reads them in several turns: one row each. */
function aLargePicture() {
  const folder = aFolder()
  const manifest = emptyManifest(formats.current)
  const columns = columnsNamed(['id', 'at', 'source', 'contact', 'name', 'details', 'log'])
  for (const each of ['journal', 'stores']) mkdirSync(join(folder, each), { recursive: true })
  // A journal that has only begun.
  writeFileSync(join(folder, 'journal', segmentName(1)), '')
  for (let number = 0; number < 300; number += 1) {
    const block = new Block(number, columns)
    const id = number * 1000 + 7
    block.put({ id, at: 1, source: null, contact: null, name: `Nº ${id}`, details: '', log: null })
    const bytes = textOfBlock('issueReports', block)
    writeFileSync(join(folder, 'stores', blockName('issueReports', number)), bytes)
    manifest.files[blockName('issueReports', number)] = sumOf(bytes)
    manifest.lastIds.issueReports = id
  }
  writeManifest(machineFiles, folder, manifest)
  return folder
}

it('a large picture is taken in to the last file, and found damaged in whichever file it is', async () => {
  const folder = aLargePicture()
  const store = await opened(aCopy(folder))
  const names = await store.transaction(async (tx) => (await tx.issueReports.list('all', [])).map(({ name }) => name))
  expect(names).toEqual(Array.from({ length: 300 }, (_, number) => `Nº ${number * 1000 + 7}`))
  await store.close()
  for (const name of ['issueReports.200.json', 'issueReports.299.json']) {
    const spoilt = aCopy(folder)
    rewrite(join(spoilt, 'stores', name), (bytes) => Buffer.from(bytes.toString().replace('Nº', 'No')))
    await expect(opened(spoilt)).rejects.toThrow(`stores/${name}, line 1: It is not as manifest.json says.`)
    rmSync(join(spoilt, 'stores', name))
    await expect(opened(spoilt)).rejects.toThrow(`stores/${name}, line 1: The file is not there.`)
  }
}, 60_000)

/** A journal of three segments, each so large that a thread follows the chain through it; nothing in it can be packed. */
async function aLargeJournal() {
  const folder = aFolder()
  const { store } = await open(folder, { checkpointBytes: 3 << 20 })
  const details: string[] = []
  for (let n = 0; n < 24; n += 1) {
    details.push(randomBytes(300_000).toString('base64'))
    await store.transaction(async (tx) => {
      const wallet = { wallet: n + 1, record: n }
      await tx.post('core', `wallet:${n + 1}`, n + 1, 'credits', { kind: 'supply', notes: `"Nº" ${n}`, credit: wallet })
      const [source, contact, name] = [null, null, `${n}`]
      await tx.issueReports.add({ at: tx.now, source, contact, name, details: details[n] ?? '', log: null })
    })
  }
  await store.close()
  rmSync(join(folder, 'stores'), { recursive: true })
  rmSync(join(folder, 'manifest.json'))
  const [, second = '', third = ''] = journalOf(folder)
  return { folder, details, second, third }
}

it('a long journal is followed and replayed to the last line, and found damaged in whichever segment it is', async () => {
  const { folder, details, second, third } = await aLargeJournal()
  const store = await opened(aCopy(folder))
  await store.transaction(async (tx) => {
    const reports = await tx.issueReports.list('all', [])
    expect(reports.map((report) => report.details)).toEqual(details)
    expect(await tx.balance('core', 'credits')).toBe((-24 * 25) / 2)
    expect((await tx.entries.list('ledger', ['wallet:7'])).map(({ notes }) => notes)).toEqual(['"Nº" 6'])
  })
  await store.close()

  for (const name of [second, third]) {
    const spoilt = aCopy(folder)
    rewrite(join(spoilt, 'journal', name), (bytes) => {
      const text = gunzipSync(bytes)
      const at = text.length - 200_000
      text[at] = text[at] === 65 ? 66 : 65
      return gzipSync(text)
    })
    await expect(opened(spoilt), name).rejects.toThrow(`journal/${name}, line `)
  }

  const holed = aCopy(folder)
  rmSync(join(holed, 'journal', second))
  await expect(opened(holed)).rejects.toThrow(`journal/${third}, line 1: It begins with`)
}, 120_000)
