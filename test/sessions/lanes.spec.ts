import type { Refusal } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { Lanes } from '../../packages/server/src/sessions/lanes.ts'

/** Runs work in a lane; gives what it comes to. */
function run<T>(lanes: Lanes, session: string | undefined, work: (applied: () => void) => Promise<T>) {
  return new Promise<T | Refusal<'too_busy'>>((resolve) => lanes.run(session, work, resolve))
}

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
      run(lanes, 'ada', async () => {
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
    const ada = run(lanes, 'ada', async () => {
      await gate.opened
      done.push('ada')
    })
    await run(lanes, 'bob', async () => done.push('bob'))
    gate.open()
    await ada
    expect(done).toEqual(['bob', 'ada'])
  })

  it('lets the next one start once the one before is applied, not once it is on disk', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 10, queuePerWorkerMax: 10_000 })
    const onDisk = aGate()
    const done: string[] = []
    const first = run(lanes, 'ada', async (applied) => {
      done.push('applied')
      applied()
      await onDisk.opened
      done.push('on disk')
    })
    await run(lanes, 'ada', async () => done.push('next'))
    onDisk.open()
    await first
    expect(done).toEqual(['applied', 'next', 'on disk'])
  })

  it('goes on through any number that end at once, in order, and those that come meanwhile', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 100_000, queuePerWorkerMax: 100_000 })
    const gate = aGate()
    const done: number[] = []
    const first = run(lanes, 'ada', () => gate.opened)
    for (let n = 0; n < 10_000; n += 1) {
      // Each that is heard of says another, which comes behind all that wait.
      lanes.run(
        'ada',
        () => done.push(n),
        () =>
          lanes.run(
            'ada',
            () => done.push(10_000 + n),
            () => {},
          ),
      )
    }
    gate.open()
    await first
    await soon()
    expect(done).toEqual(Array.from({ length: 20_000 }, (_, n) => n))
    expect(await run(lanes, 'ada', async () => 'done')).toBe('done')
  })

  it('goes on after one that failed', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 10, queuePerWorkerMax: 10_000 })
    const failing = run(lanes, 'ada', () => Promise.reject(new Error('broken')))
    const next = run(lanes, 'ada', async () => 'done')
    await expect(failing).rejects.toThrow('broken')
    expect(await next).toBe('done')
  })

  it('refuses more of one session than may be in flight', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 2, queuePerWorkerMax: 10_000 })
    const gate = aGate()
    const waiting = [1, 2].map(() => run(lanes, 'ada', () => gate.opened))
    expect(await run(lanes, 'ada', async () => 'done')).toMatchObject({ code: 'too_busy' })
    expect(await run(lanes, 'bob', async () => 'done')).toBe('done')
    gate.open()
    await Promise.all(waiting)
    expect(await run(lanes, 'ada', async () => 'done')).toBe('done')
  })

  it('has no bound where there is no session', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 1, queuePerWorkerMax: 10_000 })
    const gate = aGate()
    const waiting = [1, 2, 3].map(() => run(lanes, undefined, () => gate.opened))
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
    const waiting = Array.from({ length: 10_000 }, (_, n) => run(lanes, n % 2 ? 'ada' : 'bob', () => gate.opened))
    expect(lanes.queueOf(1)).toBe(10_000)
    expect(await run(lanes, 'ada', async () => 'done')).toMatchObject({ code: 'too_busy' })
    expect(await run(lanes, 'cid', async () => 'done')).toBe('done')
    gate.open()
    await Promise.all(waiting)
    expect(lanes.queueOf(1)).toBe(0)
    expect(lanes.queueOf(3)).toBe(0)
  })

  it('is the one a session was moved to', async () => {
    const lanes = new Lanes({ inFlightPerSessionMax: 10, queuePerWorkerMax: 10_000 })
    const gate = aGate()
    lanes.assign('ada', 1)
    const one = run(lanes, 'ada', () => gate.opened)
    lanes.assign('ada', 2)
    const two = run(lanes, 'ada', () => gate.opened)
    expect([lanes.queueOf(1), lanes.queueOf(2)]).toEqual([1, 1])
    gate.open()
    await Promise.all([one, two])
    expect([lanes.queueOf(1), lanes.queueOf(2)]).toEqual([0, 0])
    lanes.assign('ada', undefined)
    await run(lanes, 'ada', async () => expect(lanes.queueOf(2)).toBe(0))
  })
})
