/** How many letters must be put in, left out, replaced or swapped to make one word of the other. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      let cost = Math.min(
        (rows[row - 1]?.[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (rows[row - 1]?.[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        cost = Math.min(cost, (rows[row - 2]?.[column - 2] ?? 0) + 1)
      }
      current.push(cost)
    }
    rows.push(current)
  }
  return rows[one.length]?.[other.length] ?? 0
}

/** The word that was probably meant, if one is near enough. */
export function nearest(typed: string, words: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(typed.length * 0.4)) + 1
  for (const word of words) {
    const away = word.startsWith(typed) && typed.length > 1 ? 1 : distance(typed.toLowerCase(), word.toLowerCase())
    if (away < least) {
      best = word
      least = away
    }
  }
  return best
}
