/** How often a figure was at most how large; cheap enough to count every instruction. */
export class Buckets {
  /** Ascending. */
  readonly bounds: readonly number[]
  /** How many lay in each and not in the one before; the last for what lies above all bounds. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(figure: number): void {
    let at = 0
    while (at < this.bounds.length && figure > (this.bounds[at] as number)) at += 1
    this.counts[at] = (this.counts[at] as number) + 1
    this.sum += figure
  }
}
