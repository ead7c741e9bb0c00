import { leftTint } from '../output/amount.ts'
import type { Paint } from '../output/colour.ts'
import { visible } from '../output/sanitise.ts'
import { cut, type Measure } from '../output/width.ts'
import type { Picture } from './picture.ts'
import { elapsedAt, leftAt, type Timer } from './timer.ts'

/** How a prompt is written. */
export interface PromptStyle {
  paint: Paint
  ascii: boolean
  measure: Measure
}

/** A name is never the longest part of a prompt. */
const NAME_MAX = 20
/** What is typed needs room more than what is told. */
const TYPING_MIN = 24

interface Part {
  text: string
  shown: string
  /** What goes first where there is no room: the greatest. */
  rank: number
}

/** `ada@local ⏱ 01:12 (left 3h48) 42 cr › `, with what there is no room for in so many columns left out. */
export function promptOf(picture: Picture, now: number, columns: number, style: PromptStyle): string {
  const { paint, ascii, measure } = style
  const short = (text: string) => cut(visible(text), NAME_MAX, ascii ? '~' : '…', measure)
  const context = short(picture.context)
  const who = picture.name === undefined ? context : `${short(picture.name)}@${context}`
  const parts: Part[] = [{ text: who, shown: paint.bold(who), rank: 0 }]
  if (picture.isAway) parts.push(part('(away)', 1, paint.red))
  else {
    const { timer, credits } = picture
    if (timer) parts.push(...timerParts(timer, now, paint, ascii))
    if (credits !== undefined) parts.push(part(`${credits} cr`, 3))
  }
  const room = Math.max(columns / 2, columns - TYPING_MIN)
  const width = () => measure(parts.map(({ text }) => text).join(' ')) + 3
  while (parts.length > 1 && width() > room) {
    const least = Math.max(...parts.map(({ rank }) => rank))
    parts.splice(
      parts.findIndex(({ rank }) => rank === least),
      1,
    )
  }
  return `${parts.map(({ shown }) => shown).join(' ')} ${paint.cyan(ascii ? '>' : '›')} `
}

function part(text: string, rank: number, tint: (text: string) => string = (same) => same): Part {
  return { text, shown: tint(text), rank }
}

function timerParts(timer: Timer, now: number, paint: Paint, ascii: boolean): Part[] {
  const leftMs = leftAt(timer, now)
  const tint = leftTint(leftMs / 60_000)
  const parts: Part[] = []
  if (timer.state !== 'inactive') {
    const sign = timer.state === 'active' ? (ascii ? 'on' : '⏱') : ascii ? 'paused' : '⏸'
    const elapsedMs = elapsedAt(timer, now)
    parts.push(part(elapsedMs === undefined ? sign : `${sign} ${clockFace(elapsedMs)}`, 2))
  }
  if (leftMs > 0 || timer.state !== 'inactive') {
    // Where nothing runs down, a long time left is nothing to look at.
    const isQuiet = timer.state === 'inactive' && tint === 'green'
    parts.push(part(`(left ${shortly(leftMs)})`, 1, isQuiet ? undefined : paint[tint]))
  }
  return parts
}

/** Hours and minutes, as a clock shows them. */
export function clockFace(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** `3h48`, `48m`, under a minute `30s`. */
export function shortly(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes === 0) return `${Math.floor(ms / 1_000)}s`
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h${two(minutes % 60)}`
}

const two = (number: number) => String(number).padStart(2, '0')
