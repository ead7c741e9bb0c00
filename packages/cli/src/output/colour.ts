import type { Stream } from '../terminal.ts'

/** The colours and weights anything here is written in. */
export const tints = ['bold', 'dim', 'red', 'yellow', 'green', 'cyan'] as const
export type Tint = (typeof tints)[number]

/** Colours a text, or leaves it as it is where no colour may be written. */
export type Paint = Readonly<Record<Tint, (text: string) => string>>

/** No colour at all. */
export const unpainted = Object.fromEntries(tints.map((tint) => [tint, (text: string) => text])) as unknown as Paint

/**
 * Whether colour may be written to one stream. What is typed wins over the environment, NO_COLOR over FORCE_COLOR and
 * CLICOLOR_FORCE, these over TERM and over what the stream is; an empty variable says nothing.
 */
export function colourFor(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
  flag: 'auto' | 'always' | 'never',
): boolean {
  if (flag !== 'auto') return flag === 'always'
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== '0') return true
  if (env.TERM === 'dumb' || env.CLICOLOR === '0') return false
  return isTerminal
}

/** Colours fit for a stream; chalk is loaded only where colour may be written. */
export async function paint(stream: Pick<Stream, 'colour'>): Promise<Paint> {
  if (!stream.colour) return unpainted
  const { Chalk } = await import('chalk')
  // chalk looks at the wrong stream and not at NO_COLOR; the sixteen colours of level 1 follow the reader's own palette.
  const chalk = new Chalk({ level: 1 })
  return Object.fromEntries(tints.map((tint) => [tint, (text: string) => chalk[tint](text)])) as unknown as Paint
}
