import type { Answer, EventFrame, Path } from '@ewallet/protocol'

/** Tells events that one's own commands cause from those of others. */
export interface Echoes {
  /** Takes in an answer; the event it causes is one's own. */
  expect(path: Path, answer: Answer<Path>): void
  /** Whether an event was caused here; each is so only once. */
  isOwn(event: EventFrame): boolean
}

const causes: { [P in Path]?: string } = {
  'client action start clock_timer': 'clock.started',
  'client action pause clock_timer': 'clock.paused',
  'client action resume clock_timer': 'clock.resumed',
  'client action stop clock_timer': 'clock.stopped',
  'client action login': 'account.login',
  'client action recover account': 'account.login',
}

/** An event comes at once, or never because nobody listened. */
const PATIENCE_MS = 10_000

/** Listens to the answers of one person's commands. */
export function openEchoes(now: () => number): Echoes {
  let expected: { event: string; clock: unknown; until: number }[] = []
  return {
    expect(path, answer) {
      const event = causes[path]
      if (event === undefined || answer.failed) return
      const { clock } = answer as { clock?: unknown }
      expected.push({ event, clock, until: now() + PATIENCE_MS })
    },
    isOwn({ event, data }) {
      expected = expected.filter(({ until }) => until > now())
      const { clock } = data as { clock?: unknown }
      const at = expected.findIndex((each) => each.event === event && each.clock === clock)
      if (at >= 0) expected.splice(at, 1)
      return at >= 0
    },
  }
}
