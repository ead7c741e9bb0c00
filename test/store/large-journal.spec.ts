import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import type { Store } from '../../packages/server/src/store/store.ts'
import { aCopy, aFolder, journalOf, open, rewrite } from '../faults/folder.ts'
import { aHandTurnedClock } from '../harness.ts'

/** Opens a folder as the daemon does, with a thread of its own. */
function opened(folder: string): Promise<Store> {
  return openLowdbStore({ folder, time: aHandTurnedClock(), checkpointBytes: 1 << 30, report: () => {} })
}

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
