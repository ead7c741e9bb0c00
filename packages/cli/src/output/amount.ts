import type { Tint } from './colour.ts'

/** `1 credit`, `10 credits`. */
export function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A number with its thousands apart, where it is read and not copied. */
export function grouped(count: number): string {
  const [whole = '', part] = String(count).split('.')
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return part === undefined ? apart : `${apart}.${part}`
}

/** Minutes as a person says them: `3 h 48 min`, `12 min 30 s`, `42 s`. */
export function duration(minutes: number): string {
  const seconds = Math.round(Math.abs(minutes) * 60)
  const hours = Math.floor(seconds / 3_600)
  const rest = Math.floor((seconds % 3_600) / 60)
  const parts = hours > 0 ? [`${grouped(hours)} h`, `${rest} min`] : [`${rest} min`, `${seconds % 60} s`]
  const told = parts.filter((part) => !part.startsWith('0 '))
  return `${minutes < 0 ? '-' : ''}${told.length > 0 ? told.join(' ') : '0 min'}`
}

/** The same in as few letters as will do: `3h48`, `12m`, `42s`. */
export function shortDuration(minutes: number): string {
  const seconds = Math.round(minutes * 60)
  if (seconds < 60) return `${seconds}s`
  const whole = Math.floor(seconds / 60)
  return whole < 60 ? `${whole}m` : `${Math.floor(whole / 60)}h${String(whole % 60).padStart(2, '0')}`
}

/** The colour of minutes left: red under 5, amber under 15. */
export function leftTint(minutes: number): Tint {
  if (minutes < 5) return 'red'
  return minutes < 15 ? 'yellow' : 'green'
}
