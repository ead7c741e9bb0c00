import { clockTime } from './clock-time.ts'
import { escapeHtml, figure } from './html.ts'

/** A day, or a longer stretch, of a chart. */
export interface ChartDay {
  /** As it is called among its neighbours: `5`, or `Feb` where each is a month. */
  label: string
  /** What it belongs to, told with the first of them: `Jan`, or the year. */
  within: string
  /** Credits held at its end. */
  credits: number
  /** Time charged on it, in ms. */
  milliseconds: number
}

const left = 64
const right = 952
const upper = { top: 16, bottom: 190 }
const lower = { top: 222, bottom: 300 }
const height = 330

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const timeSteps = [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR]

/** A chart as SVG: the credits held as a line, day by day, and under it the time charged as bars. */
export function dayChart(days: readonly ChartDay[], openingCredits: number): string {
  const room = (right - left) / Math.max(1, days.length)
  const x = (index: number) => left + index * room
  const credits = axis(Math.max(openingCredits, ...days.map((day) => day.credits)), decimalStep)
  const time = axis(Math.max(0, ...days.map(({ milliseconds }) => milliseconds)), timeStep)
  const held = (figure: number) => scaled(figure, credits.top, upper)
  const spent = (figure: number) => scaled(figure, time.top, lower)

  const steps = days.map((day, index) => `H${at(x(index))}V${at(held(day.credits))}H${at(x(index + 1))}`)
  const line = `M${left} ${at(held(openingCredits))}${steps.join('')}`
  const bars = days.map((day, index) => {
    const { milliseconds } = day
    if (milliseconds === 0) return ''
    const top = Math.min(spent(milliseconds), lower.bottom - 1)
    const gap = Math.min(3, room * 0.15)
    const box = `x="${at(x(index) + gap)}" y="${at(top)}" width="${at(room - 2 * gap)}" height="${at(lower.bottom - top)}"`
    return `<rect class="bar" ${box}><title>${escapeHtml(`${nameOf(day)}: ${clockTime(milliseconds)}`)}</title></rect>`
  })
  const every = Math.max(1, Math.ceil(days.length / 16))
  const labels = days.map((day, index) => {
    if (index % every !== 0) return ''
    const isNew = day.within !== days[index - every]?.within
    const text = isNew ? nameOf(day) : day.label
    return `<text x="${at(x(index) + room / 2)}" y="${height - 10}" text-anchor="middle">${escapeHtml(text)}</text>`
  })
  const says = `Credits held and time charged, ${nameOf(days[0])} to ${nameOf(days.at(-1))}`
  return [
    `<svg viewBox="0 0 960 ${height}" role="img" aria-label="${escapeHtml(says)}">`,
    ...credits.ticks.map((tick) => gridLine(held(tick), figure(tick))),
    ...time.ticks.map((tick) => gridLine(spent(tick), timeLabel(tick))),
    `<path class="area" d="${line}V${upper.bottom}H${left}Z"/>`,
    `<path class="balance" d="${line}"/>`,
    ...bars,
    ...labels,
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function nameOf(day: ChartDay | undefined): string {
  return day ? `${day.label} ${day.within}` : ''
}

interface Axis {
  top: number
  ticks: number[]
}

function axis(most: number, stepFor: (most: number) => number): Axis {
  const step = stepFor(most)
  const count = Math.max(1, Math.ceil(most / step))
  return { top: count * step, ticks: Array.from({ length: count + 1 }, (_, index) => index * step) }
}

/** A step of 1, 2 or 5 times a power of ten that makes at most five. */
function decimalStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most / 4)))
  return power * ([1, 2, 5, 10].find((factor) => most <= factor * power * 4) ?? 10)
}

function timeStep(most: number): number {
  return timeSteps.find((step) => most <= step * 3) ?? decimalStep(most / (24 * HOUR)) * 24 * HOUR
}

function timeLabel(ms: number): string {
  return ms >= HOUR || ms === 0 ? `${ms / HOUR} h` : `${ms / MINUTE} min`
}

function scaled(figure: number, top: number, box: { top: number; bottom: number }): number {
  return box.bottom - (figure / top) * (box.bottom - box.top)
}

function gridLine(y: number, label: string): string {
  const line = `<line class="grid" x1="${left}" x2="${right}" y1="${at(y)}" y2="${at(y)}"/>`
  return `${line}<text x="${left - 8}" y="${at(y + 4.5)}" text-anchor="end">${escapeHtml(label)}</text>`
}

function at(position: number): string {
  return String(Math.round(position * 10) / 10)
}
