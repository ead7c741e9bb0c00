import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { StoreDamaged } from '../../packages/server/src/store/lowdb/cannot-open.ts'
import { machineFiles } from '../../packages/server/src/store/lowdb/files.ts'
import { formats } from '../../packages/server/src/store/lowdb/format.ts'
import { proveFolder } from '../../packages/server/src/store/lowdb/proof.ts'
import { aCopy, aFolder, filesOf, open, paid, pay, rewrite, upTo } from './folder.ts'

/** A folder of several sealed segments, a picture, and a segment that goes on. */
async function aWornFolder() {
  const folder = aFolder()
  const { store } = await open(folder, { checkpointBytes: 2000 })
  for (const n of upTo(30)) await pay(store, n)
  await store.close()
  const again = await open(folder)
  for (const n of upTo(8)) await pay(again.store, 30 + n)
  return { folder, store: again.store }
}

/** A number that follows from the one before it, so that a failure can be repeated. */
function aDie(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * sides)
  }
}

const endless = Number.POSITIVE_INFINITY

describe('a changed byte', () => {
  it('anywhere in journal or picture is found by a proof, which names the file and the line', async () => {
    const { folder, store } = await aWornFolder()
    await store.disk?.verify(() => {})
    const roll = aDie(20_260_105)
    const names = filesOf(folder).filter((name) => readFileSync(join(folder, name)).length > 0)
    expect(names.length).toBeGreaterThan(8)
    for (const name of names) {
      const whole = readFileSync(join(folder, name))
      const places = new Set([0, whole.length - 1, ...Array.from({ length: 12 }, () => roll(whole.length))])
      for (const at of places) {
        const bit = 1 << roll(8)
        rewrite(join(folder, name), (bytes) => {
          bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at)
          return bytes
        })
        let found: unknown
        try {
          proveFolder(machineFiles, folder, formats, endless)
        } catch (error) {
          found = error
        }
        const place = `byte ${at} of ${name}, bit ${bit}`
        expect(found, place).toBeInstanceOf(StoreDamaged)
        expect((found as StoreDamaged).file, place).toBe(name)
        if (!name.endsWith('.gz') && name !== 'manifest.json') {
          const line = whole.subarray(0, at).toString('latin1').split('\n').length
          expect((found as StoreDamaged).line, place).toBe(line)
        }
        rewrite(join(folder, name), () => whole)
      }
    }
    expect(proveFolder(machineFiles, folder, formats, endless).proof.postings).toBe(38)
    await store.close()
  })

  it('in what a start reads is refused there, and names the same', async () => {
    const { folder, store } = await aWornFolder()
    await store.close()
    const roll = aDie(7)
    for (const name of filesOf(folder).filter((each) => !each.startsWith('journal/'))) {
      const copy = aCopy(folder)
      let line = 0
      rewrite(join(copy, name), (bytes) => {
        const at = roll(bytes.length)
        line = bytes.subarray(0, at).toString('latin1').split('\n').length
        bytes.writeUInt8(bytes.readUInt8(at) ^ 2, at)
        return bytes
      })
      const place = name === 'manifest.json' ? name : `${name}, line ${line}: `
      await expect(open(copy)).rejects.toThrow(place)
      await expect(open(copy)).rejects.toThrow('remove manifest.json and stores/')
      // That loses nothing.
      rmSync(join(copy, 'manifest.json'))
      rmSync(join(copy, 'stores'), { recursive: true })
      const { store } = await open(copy)
      expect(await paid(store)).toEqual(upTo(38))
      await store.close()
    }
  })

  it('in memory is found by a proof', async () => {
    const { store } = await aWornFolder()
    expect(await store.disk?.verify(() => {})).toMatchObject({ seq: 38, postings: 38, entries: 76 })
    const { state } = store as unknown as { state: { balances: Map<string, number> } }
    state.balances.set('wallet:1 credits', 1)
    expect(await store.disk?.verify(() => {})).toMatchObject({ code: 'store_damaged', details: { file: 'memory' } })
    await store.close()
  })

  it('while the daemon runs is found by its own proof, which says how far it is', async () => {
    const { folder, store } = await aWornFolder()
    const done: number[] = []
    await store.disk?.verify((part, of) => done.push(part / of))
    expect(done).toEqual([...done].sort((a, b) => a - b))
    expect(done.at(-1)).toBeLessThanOrEqual(1)
    const name = filesOf(folder).find((each) => each.startsWith('stores/entries')) as string
    rewrite(join(folder, name), (bytes) => Buffer.from(bytes.toString().replace('supply', 'suppli')))
    expect(await store.disk?.verify(() => {})).toMatchObject({
      failed: true,
      code: 'store_damaged',
      details: { file: name, line: 2 },
    })
    await store.close()
  })
})
