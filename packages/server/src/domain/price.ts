/** A price in ten-thousandths of its currency, from a decimal with at most four places. */
export function costE4Of(cost: number): number {
  // Adding zero turns the -0 that JSON can say into 0.
  return Math.round(cost * 10_000) + 0
}

/** A price as a decimal again. */
export function costOf(costE4: number): number {
  return costE4 / 10_000
}
