import { describe, expect, it } from 'vitest'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import type { Store } from '../../packages/server/src/store/store.ts'
import { Dice } from '../simulation/dice.ts'
import { Disk } from '../simulation/disk.ts'

const FOLDER = '/home/ewallet/data'
const NINE = Date.UTC(2026, 0, 5, 9)

/** Opens the store on a disk; undefined where the program ended in it. */
async function opened(disk: Disk): Promise<{ store: Store; ended: Promise<undefined> } | undefined> {
  let end = () => {}
  const ended = new Promise<undefined>((resolve) => {
    end = () => resolve(undefined)
  })
  const opening = openLowdbStore({
    folder: FOLDER,
    time: { now: () => NINE },
    checkpointBytes: 1_000_000,
    report: () => {},
    files: disk.mount(end),
  }).then((store) => ({ store, ended }))
  opening.catch(() => {})
  return Promise.race([opening, ended])
}

const add = (store: Store, credits: number) =>
  store.transaction(async (tx) => {
    await tx.post('core', 'wallet:2', credits, 'credits', { kind: 'supply', notes: null })
  })

const held = (store: Store) => store.transaction(async (tx) => tx.balance('wallet:2', 'credits'))

/** Closes the store, which draws its picture, unless the program ends in it at the given operation; says whether it ended. */
async function closeUntil(disk: Disk, operation: number): Promise<boolean> {
  const running = await opened(disk)
  if (!running) throw new Error('The program ended although nothing was wrong.')
  await add(running.store, 10)
  disk.troubles({ kind: 'end', after: operation, lasts: 1 })
  const closing = running.store.close().then(() => 'closed' as const)
  closing.catch(() => {})
  const outcome = await Promise.race([closing, running.ended])
  disk.troubles(undefined)
  return outcome === undefined
}

describe('a daemon killed while it draws its picture, started again, and then the power', () => {
  it.each([1, 2, 3, 4])('costs nothing, at whichever operation it was killed (dice %i)', async (seed) => {
    let kills = 0
    for (let isKilled = true, operation = 0; isKilled; operation += 1) {
      const disk = new Disk(new Dice(seed * 1_000 + operation, 'disk'))
      const first = await opened(disk)
      if (!first) throw new Error('The program ended although nothing was wrong.')
      await add(first.store, 5)
      await first.store.close()

      isKilled = await closeUntil(disk, operation)
      if (isKilled) kills += 1
      disk.kill()
      const again = await opened(disk)
      expect(again && (await held(again.store)), `killed at ${operation}`).toBe(15)
      disk.cutPower()
      const last = await opened(disk)
      expect(last && (await held(last.store)), `killed at ${operation}, then the power`).toBe(15)
    }
    expect(kills).toBeGreaterThan(20)
  })
})
