/** Tells the time in whole milliseconds since the epoch. */
export interface Time {
  now(): number
}

/**
 * The machine's time, which never goes back: while the wall clock is behind the last moment told, time goes on from that moment
 * by the monotonic clock. Jumps forward count (decisions.md, The clock).
 */
export function machineTime(wall: () => number = Date.now, monotonic: () => number = () => performance.now()): Time {
  let told = 0
  let toldAt = monotonic()
  return {
    now() {
      const at = monotonic()
      const onward = told + Math.floor(at - toldAt)
      const seen = Math.floor(wall())
      if (seen < onward) return onward
      told = seen
      toldAt = at
      return told
    },
  }
}
