import { describe, expect, it } from 'vitest'
import { machineTime } from '../packages/server/src/time.ts'

/** A machine whose two clocks are set by hand, in ms. */
function aMachine(wall: number) {
  const clocks = { wall, monotonic: 5_000 }
  const time = machineTime(
    () => clocks.wall,
    () => clocks.monotonic,
  )
  return {
    time,
    /** Both clocks go on, and the wall clock besides jumps. */
    pass(ms: number, jump = 0) {
      clocks.wall += ms + jump
      clocks.monotonic += ms
    },
  }
}

describe('now', () => {
  it('is the wall clock, in whole milliseconds', () => {
    const { time, pass } = aMachine(1_000_000.7)
    expect(time.now()).toBe(1_000_000)
    pass(250.5)
    expect(time.now()).toBe(1_000_251)
  })

  it('never goes back: while the wall clock is behind, it is the last `now` plus monotonic time', () => {
    const { time, pass } = aMachine(1_000_000)
    expect(time.now()).toBe(1_000_000)
    pass(0, -3_600_000)
    expect(time.now()).toBe(1_000_000)
    pass(500)
    expect(time.now()).toBe(1_000_500)
    pass(0.4)
    expect(time.now()).toBe(1_000_500)
    pass(0.6)
    expect(time.now()).toBe(1_000_501)
  })

  it('is the wall clock again once that has caught up', () => {
    const { time, pass } = aMachine(1_000_000)
    time.now()
    pass(0, -1_000)
    pass(500)
    expect(time.now()).toBe(1_000_500)
    pass(0, 1_000)
    expect(time.now()).toBe(1_000_500)
    pass(7, 1)
    expect(time.now()).toBe(1_000_508)
  })

  it('counts jumps forward', () => {
    const { time, pass } = aMachine(1_000_000)
    time.now()
    pass(1, 3_600_000)
    expect(time.now()).toBe(4_600_001)
  })

  it('goes on from a moment of an earlier life, and does not stand still until the wall clock has caught up', () => {
    const { time, pass } = aMachine(1_000_000)
    time.goOnFrom?.(2_000_000)
    expect(time.now()).toBe(2_000_000)
    pass(60_000)
    expect(time.now()).toBe(2_060_000)
    pass(0, 5_000_000)
    expect(time.now()).toBe(6_060_000)
  })

  it('leaves the wall clock alone where that is ahead of it', () => {
    const { time } = aMachine(1_000_000)
    time.goOnFrom?.(999_999)
    expect(time.now()).toBe(1_000_000)
  })
})
