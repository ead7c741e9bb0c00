import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import { aFolder, filesOf, journalOf, open, paid, pay, rewrite, upTo } from '../faults/folder.ts'
import { aHandTurnedClock } from '../harness.ts'

const silent = () => {}

describe('a backup', () => {
  it('is taken in a thread while payments go on, and holds all that was acknowledged before it and nothing by halves', async () => {
    const folder = aFolder()
    const reports: string[] = []
    const store = await openLowdbStore({
      folder,
      time: aHandTurnedClock(),
      checkpointBytes: 400_000,
      report: (sentence) => reports.push(sentence),
    })
    let n = 0
    let goesOn = true
    const going = Array.from({ length: 8 }, async () => {
      while (goesOn) {
        n += 1
        await pay(store, n)
      }
    })
    while (n < 300) await new Promise((resolve) => setImmediate(resolve))
    const copies: { path: string; seq: number; before: number }[] = []
    for (const name of ['one', 'two']) {
      const before = n - 8
      const copied = await store.disk?.backup(join(dirname(folder), name), silent)
      if (!copied || 'failed' in copied) throw new Error(JSON.stringify(copied))
      copies.push({ ...copied, before })
    }
    goesOn = false
    await Promise.all(going)
    await store.close()
    expect(reports).toEqual([])
    for (const { path, seq, before } of copies) {
      const copy = await open(path)
      const kept = (await paid(copy.store)).sort((a, b) => a - b)
      expect(kept.length).toBe(seq)
      expect(kept.slice(0, before)).toEqual(upTo(before))
      expect(copy.said).toEqual([])
      expect(await copy.store.disk?.verify(silent)).toMatchObject({ seq })
      await copy.store.close()
    }
  })

  it('can be read by nobody else, nor can the store', async () => {
    const folder = aFolder()
    const { store } = await open(folder, { checkpointBytes: 2000 })
    for (const n of upTo(20)) await pay(store, n)
    const path = join(dirname(folder), 'copy')
    await store.disk?.backup(path, silent)
    await store.close()
    for (const place of [folder, path]) {
      for (const below of ['', 'journal', 'stores']) expect(statSync(join(place, below)).mode & 0o777).toBe(0o700)
      for (const name of filesOf(place)) expect([name, statSync(join(place, name)).mode & 0o777]).toEqual([name, 0o600])
    }
  })

  it('goes into a folder that is empty, and into no other', async () => {
    const folder = aFolder()
    const { store } = await open(folder)
    await pay(store, 1)
    const at = (name: string) => join(dirname(folder), name)
    mkdirSync(at('empty'))
    mkdirSync(at('full'))
    writeFileSync(join(at('full'), 'mine'), 'mine')
    writeFileSync(at('file'), 'mine')
    expect(await store.disk?.backup(at('empty'), silent)).toEqual({ path: at('empty'), seq: 1 })
    for (const path of ['relative', at('full'), at('file'), join(at('file'), 'below'), folder]) {
      expect([path, await store.disk?.backup(path, silent)]).toMatchObject([path, { code: 'path_unavailable' }])
    }
    expect(readdirSync(at('full'))).toEqual(['mine'])
    await store.close()
  })

  it('is not taken of a store that does not agree with itself', async () => {
    const folder = aFolder()
    const { store } = await open(folder, { checkpointBytes: 1500 })
    for (const n of upTo(20)) await pay(store, n)
    const [first] = journalOf(folder)
    rewrite(join(folder, 'journal', first as string), (bytes) => {
      bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60)
      return bytes
    })
    const path = join(dirname(folder), 'copy')
    expect(await store.disk?.backup(path, silent)).toMatchObject({
      code: 'store_damaged',
      details: { file: `journal/${first}` },
    })
    expect(readdirSync(dirname(folder)).filter((name) => name === 'copy')).toEqual([])
    await store.close()
  })
})

describe('a checkpoint', () => {
  it('rewrites only the files whose rows changed', async () => {
    const folder = aFolder()
    const add = (store: Awaited<ReturnType<typeof open>>['store'], name: string) =>
      store.transaction((tx) =>
        Promise.resolve(tx.issueReports.add({ at: 0, source: null, contact: null, name, details: '', log: null })),
      )
    const first = await open(folder)
    await Promise.all(upTo(2_100).map((n) => add(first.store, `${n}`)))
    await first.store.close()
    const drawn = () =>
      Object.fromEntries(
        readdirSync(join(folder, 'stores')).map((name) => [name, statSync(join(folder, 'stores', name)).ino]),
      )
    const before = drawn()
    expect(Object.keys(before)).toEqual(['issueReports.0.json', 'issueReports.1.json', 'issueReports.2.json'])
    const next = await open(folder)
    await next.store.transaction((tx) => Promise.resolve(tx.issueReports.remove(1_500)))
    await next.store.close()
    const after = drawn()
    expect(Object.keys(before).filter((name) => before[name] !== after[name])).toEqual(['issueReports.1.json'])
    expect(readFileSync(join(folder, 'stores', 'issueReports.1.json'), 'utf8')).not.toContain('[1500,')
    expect(JSON.parse(readFileSync(join(folder, 'stores', 'issueReports.1.json'), 'utf8')).rows).toHaveLength(999)
  })

  it('leaves the sealed journal compressed, all of it', async () => {
    const folder = aFolder()
    const { store } = await open(folder, { checkpointBytes: 1500 })
    for (const n of upTo(20)) await pay(store, n)
    await store.close()
    const segments = journalOf(folder)
    expect(segments.length).toBeGreaterThan(4)
    expect(segments.slice(0, -1).every((name) => name.endsWith('.ndjson.gz'))).toBe(true)
    expect(Object.keys(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')).journal)).toEqual(
      segments.slice(0, -1),
    )
  })
})
