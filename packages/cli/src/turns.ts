/** One thing's place in the order of what is to be sent. */
export interface Turn {
  /** Fulfilled once everything before it was sent or is over. */
  mine(): Promise<void>
  sent(): void
  /** It has to be sent again, in its old place. */
  lost(): void
  over(): void
}

/** Has things sent in the order in which they were asked for, also those that were lost on the way and are sent again. */
export function openTurns(): { take(): Turn } {
  /** What is still to be sent, in order. */
  const waiting: { place: number; wake?: () => void }[] = []
  let last = 0

  const leave = (own: (typeof waiting)[number]) => {
    const at = waiting.indexOf(own)
    if (at < 0) return
    waiting.splice(at, 1)
    if (at === 0) waiting[0]?.wake?.()
  }

  return {
    take() {
      last += 1
      const own: (typeof waiting)[number] = { place: last }
      waiting.push(own)
      return {
        async mine() {
          if (waiting[0] === own) return
          await new Promise<void>((resolve) => {
            own.wake = resolve
          })
        },
        sent: () => leave(own),
        lost() {
          leave(own)
          const next = waiting.findIndex(({ place }) => place > own.place)
          waiting.splice(next < 0 ? waiting.length : next, 0, own)
        },
        over: () => leave(own),
      }
    },
  }
}
