import type { Happened } from './listening.ts'

/** How a timer came to where it is, by its events; times in ms. */
export interface TimerStory {
  /** Time charged before the stretch that runs now. */
  spentMs: number
  /** Since when it runs; missing where it is paused. */
  runningSince?: number
}

/** A timer's story once more has happened to its clock; undefined where none is under way, or where its start is not known. */
export function storyAfter(
  before: TimerStory | undefined,
  events: readonly Happened[],
  clock: number,
): TimerStory | undefined {
  let story = before
  for (const { event, at, data } of events) {
    if (data.clock !== clock) continue
    const moment = Date.parse(at)
    if (event === 'clock.started') story = { spentMs: 0, runningSince: moment }
    else if (event === 'clock.stopped' || event === 'clock.exhausted') story = undefined
    else if (event === 'clock.paused' && story) story = { spentMs: elapsedIn(story, moment) }
    else if (event === 'clock.resumed' && story) story = { spentMs: story.spentMs, runningSince: moment }
  }
  return story
}

/** The time charged so far at a moment. */
export function elapsedIn({ spentMs, runningSince }: TimerStory, now: number): number {
  return spentMs + (runningSince === undefined ? 0 : Math.max(0, now - runningSince))
}
