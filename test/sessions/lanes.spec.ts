import { describe, expect, it } from 'vitest'
import { Lanes } from '../../packages/server/src/sessions/lanes.ts'

/** Something that happens when told to. */
function aGate() {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

const soon = () => new Promise((resolve) => setImmediate(resolve))

describe('a lane', () => {
  it('lets one session go one at a time, in order', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 10, queuePerWorkerMax: 10_000 })
    const gate = aGate()
    const done: number[] = []
    const all = [1, 2, 3].map((n) =>
      lanes.run('ada', async () => {
        if (n === 1) await gate.opened
        done.push(n)
      }),
    )
    await soon()
    expect(done).toEqual([])
    gate.open()
    await Promise.all(all)
    expect(done).toEqual([1, 2, 3])
  })

  it('lets different sessions go interleaved', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 10, queuePerWorkerMax: 10_000 })
    const gate = aGate()
    const done: string[] = []
    const ada = lanes.run('ada', async () => {
      await gate.opened
      done.push('ada')
    })
    await lanes.run('bob', async () => done.push('bob'))
    gate.open()
    await ada
    expect(done).toEqual(['bob', 'ada'])
  })

  it('lets the next one start once the one before is applied, not once it is on disk', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 10, queuePerWorkerMax: 10_000 })
    const onDisk = aGate()
    const done: string[] = []
    const first = lanes.run('ada', async (applied) => {
      done.push('applied')
      applied()
      await onDisk.opened
      done.push('on disk')
    })
    await lanes.run('ada', async () => done.push('next'))
    onDisk.open()
    await first
    expect(done).toEqual(['applied', 'next', 'on disk'])
  })

  it('goes on after one that failed', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 10, queuePerWorkerMax: 10_000 })
    const failing = lanes.run('ada', () => Promise.reject(new Error('broken')))
    const next = lanes.run('ada', async () => 'done')
    await expect(failing).rejects.toThrow('broken')
    expect(await next).toBe('done')
  })

  it('refuses more of one session than may be in flight', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 2, queuePerWorkerMax: 10_000 })
    const gate = aGate()
    const waiting = [1, 2].map(() => lanes.run('ada', () => gate.opened))
    expect(await lanes.run('ada', async () => 'done')).toMatchObject({ code: 'too_busy' })
    expect(await lanes.run('bob', async () => 'done')).toBe('done')
    gate.open()
    await Promise.all(waiting)
    expect(await lanes.run('ada', async () => 'done')).toBe('done')
  })

  it('has no bound where there is no session', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 1, queuePerWorkerMax: 10_000 })
    const gate = aGate()
    const waiting = [1, 2, 3].map(() => lanes.run(undefined, () => gate.opened))
    gate.open()
    expect(await Promise.all(waiting)).toHaveLength(3)
  })
})

describe("a worker's queue", () => {
  it('holds what waits of all of its sessions, and is bounded', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 20_000, queuePerWorkerMax: 10_000 })
    const gate = aGate()
    lanes.assign('ada', 1)
    lanes.assign('bob', 1)
    lanes.assign('cid', 2)
    const waiting = Array.from({ length: 10_000 }, (_, n) => lanes.run(n % 2 ? 'ada' : 'bob', () => gate.opened))
    expect(lanes.queueOf(1)).toBe(10_000)
    expect(await lanes.run('ada', async () => 'done')).toMatchObject({ code: 'too_busy' })
    expect(await lanes.run('cid', async () => 'done')).toBe('done')
    gate.open()
    await Promise.all(waiting)
    expect(lanes.queueOf(1)).toBe(0)
    expect(lanes.queueOf(3)).toBe(0)
  })

  it('is the one a session was moved to', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 10, queuePerWorkerMax: 10_000 })
    const gate = aGate()
    lanes.assign('ada', 1)
    const one = lanes.run('ada', () => gate.opened)
    lanes.assign('ada', 2)
    const two = lanes.run('ada', () => gate.opened)
    expect([lanes.queueOf(1), lanes.queueOf(2)]).toEqual([1, 1])
    gate.open()
    await Promise.all([one, two])
    expect([lanes.queueOf(1), lanes.queueOf(2)]).toEqual([0, 0])
    lanes.assign('ada', undefined)
    await lanes.run('ada', async () => expect(lanes.queueOf(2)).toBe(0))
  })
})
