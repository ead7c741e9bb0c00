/** Time as clocks write it, exact to the millisecond: `1:30:00`, `-0:00:12.345`. */
export function clockTime(ms: number): string {
  const total = Math.abs(ms)
  const hours = Math.floor(total / 3_600_000)
  const minutes = Math.floor(total / 60_000) % 60
  const seconds = Math.floor(total / 1_000) % 60
  const rest = total % 1_000
  const two = (part: number) => String(part).padStart(2, '0')
  const fraction = rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`
  return `${ms < 0 ? '-' : ''}${hours}:${two(minutes)}:${two(seconds)}${fraction}`
}

/** A figure with its sign, as a change is told: `+10`, `-3`. */
export function signed(figure: number, text = String(figure)): string {
  return figure > 0 ? `+${text}` : text
}
