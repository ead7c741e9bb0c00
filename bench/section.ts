/** One figure of a run, and what it stands beside. */
export interface Figure {
  what: string
  value: number
  unit: string
  /** What was measured in the same run to compare with; the ratio is `value / baseline`. */
  baseline?: { what: string; value: number }
  /** What the ratio, or without a baseline the value, should at least or at most be. */
  target?: { atLeast?: number; atMost?: number }
}

/** How much a run does: a quick one tells only whether everything works. */
export interface Scale {
  rounds: number
  forMs: number
  /** Records of the large store. */
  records: number
}

/** A part of the benchmark that can be run alone. */
export interface Section {
  name: string
  measure(scale: Scale, say: (sentence: string) => void): Promise<Figure[]>
}

/** The ratio of a figure to its baseline. */
export function ratioOf({ value, baseline }: Figure): number | undefined {
  return baseline && value / baseline.value
}

/** Whether a figure is what it should be; undefined where nothing was set. */
export function isReached(figure: Figure): boolean | undefined {
  const { target, value } = figure
  if (!target) return undefined
  const measured = ratioOf(figure) ?? value
  return (
    measured >= (target.atLeast ?? Number.NEGATIVE_INFINITY) && measured <= (target.atMost ?? Number.POSITIVE_INFINITY)
  )
}
