import { isRefusal, type Refusal, refuse } from '@ewallet/protocol'
import type { Awaitable } from '../store/store.ts'

/** The requests of one session that came on one connection with the same number. */
interface Pipeline {
  number: number
  session: string | undefined
  /** How many came so far. */
  count: number
  /** The place of the first that was refused. */
  brokenAt: number
}

/** A request's place in its pipeline. */
export interface Place {
  /** Whether one before it was refused, so that it must not be done. */
  readonly isBroken: boolean
  /** Whether the pipeline is that session's; the first request that can be read says whose it is. */
  isOf(session: string | undefined): boolean
  /** It was refused, or broke; nothing behind it is done. */
  fail(): void
  /** It was done after all: where work is done again, the last time counts. */
  succeed(): void
}

/**
 * Pipelines, of which a connection has one at a time: a higher number begins the next, and what comes late for one that ended is not
 * done. Within a pipeline places are given out as requests come, and kept in that order by the session's lane.
 */
export class Pipelines {
  private readonly newest = new WeakMap<object, Pipeline>()

  /** Gives a request its place; undefined where it names no pipeline. `connection` cannot push: it carries one request only. */
  enter(connection: { push?: unknown }, number: number | undefined): Place | undefined {
    if (number === undefined) return undefined
    let pipeline = this.newest.get(connection)
    if (!pipeline || pipeline.number < number) {
      pipeline = { number, session: undefined, count: 0, brokenAt: Number.POSITIVE_INFINITY }
      this.newest.set(connection, pipeline)
    }
    return new PlaceIn(pipeline, number === pipeline.number, connection.push !== undefined)
  }
}

class PlaceIn implements Place {
  private readonly pipeline: Pipeline
  private readonly isOpen: boolean
  private readonly canFollow: boolean
  private readonly at: number

  constructor(pipeline: Pipeline, isOpen: boolean, canFollow: boolean) {
    this.pipeline = pipeline
    this.isOpen = isOpen
    this.canFollow = canFollow
    // One that comes late stands nowhere.
    this.at = isOpen ? pipeline.count++ : Number.NEGATIVE_INFINITY
  }

  get isBroken(): boolean {
    return !this.isOpen || this.pipeline.brokenAt < this.at
  }

  isOf(session: string | undefined): boolean {
    if (!this.canFollow || session === undefined) return false
    if (!this.isOpen) return true
    this.pipeline.session ??= session
    return this.pipeline.session === session
  }

  fail(): void {
    if (this.isOpen) this.pipeline.brokenAt = Math.min(this.pipeline.brokenAt, this.at)
  }

  succeed(): void {
    if (this.pipeline.brokenAt === this.at) this.pipeline.brokenAt = Number.POSITIVE_INFINITY
  }
}

/** Does work unless something before it in its pipeline was refused; what it came to is known before the next one's turn. */
export function inPlace<Answer extends object>(
  place: Place,
  work: () => Awaitable<Answer>,
): Awaitable<Answer | Refusal<'pipeline_broken'>> {
  if (place.isBroken) return refuse('pipeline_broken')
  const broke = (error: unknown) => {
    place.fail()
    throw error
  }
  const settle = (answer: Answer) => {
    if (isRefusal(answer)) place.fail()
    else place.succeed()
    return answer
  }
  try {
    const answer = work()
    return answer instanceof Promise ? answer.then(settle, broke) : settle(answer)
  } catch (error) {
    return broke(error)
  }
}
