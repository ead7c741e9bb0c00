/** Milliseconds as minutes with at most two decimals, rounded half up, as answers tell them (decisions.md). */
export function minutesOf(ms: number): number {
  return Math.floor(ms / 600 + 0.5) / 100
}
