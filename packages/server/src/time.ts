/** Tells the time in whole milliseconds since the epoch. */
export interface Time {
  now(): number
  /** Goes on from a moment that was told in an earlier life of the daemon, if the wall clock is behind it. */
  goOnFrom?(moment: number): void
}

/**
 * The machine's time, which never goes back: while the wall clock is behind the last moment told, time goes on from that moment
 * by the monotonic clock. Jumps forward count (decisions.md, The clock).
 */
export function machineTime(wall: () => number = Date.now, monotonic: () => number = () => performance.now()): Time {
  let told = 0
  let toldAt = monotonic()
  function now(): number {
    const at = monotonic()
    const onward = told + Math.floor(at - toldAt)
    const seen = Math.floor(wall())
    if (seen < onward) return onward
    told = seen
    toldAt = at
    return told
  }
  return {
    now,
    goOnFrom(moment) {
      if (moment <= now()) return
      told = moment
      toldAt = monotonic()
    },
  }
}
