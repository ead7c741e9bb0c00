import { misuse } from '../failure.ts'
import { type Globals, noGlobals, styleOf, timeoutOf } from '../globals.ts'
import { checkSetting } from '../settings.ts'
import { nearest } from '../spelling.ts'
import type { Stage } from '../stage.ts'

/** The global flags that hold for every line of a script or a session. */
export type Standing = Partial<Globals>

/** The global flags of one line over those that stand for every line; what the line says itself wins. */
export function withStanding(typed: Globals, standing: Standing): Globals {
  const { json, output, ...others } = standing
  const says = Object.fromEntries(
    Object.entries(typed).filter(([name, value]) => value !== noGlobals[name as keyof Globals]),
  ) as Standing
  const isFormed = says.json !== undefined || says.output !== undefined
  const form = isFormed ? {} : { ...(json !== undefined && { json }), ...(output !== undefined && { output }) }
  return { ...noGlobals, ...others, ...form, ...says }
}

const texts = ['output', 'fields', 'context', 'url', 'timeout', 'color', 'tz', 'as']
const switches = ['quiet', 'yes', 'dry-run', 'verbose', 'ascii']

/** What can be set for the lines that follow. */
export const settable: readonly string[] = [...texts, ...switches]

/** The values of what can be set, where they are few. */
export const settableValues: Readonly<Record<string, readonly string[]>> = {
  output: ['table', 'plain', 'json', 'ndjson', 'csv'],
  color: ['auto', 'always', 'never'],
  ...Object.fromEntries(switches.map((name) => [name, ['on', 'off']])),
}

/** `set output json`: what stands for the lines that follow; without a value it does not any more. */
export function set([name = '', value, stray]: readonly string[], standing: Standing, stage: Stage): Standing {
  if (!settable.includes(name)) {
    const meant = nearest(name, settable)
    throw misuse(`"${name}" cannot be set.`, meant ? `Did you mean: set ${meant}` : `There is: ${settable.join(', ')}.`)
  }
  if (stray !== undefined) throw misuse(`"${stray}" is one word too many.`, `As in: set ${name} ${value}`)
  const choices = settableValues[name]
  if (value !== undefined && choices && !choices.includes(value)) {
    throw misuse(`${name} should be one of ${choices.join(', ')}.`)
  }
  const next: Record<string, unknown> = { ...standing }
  const key = name === 'dry-run' ? 'dryRun' : name
  if (name === 'output') delete next.json
  if (value === undefined || (switches.includes(name) && value === 'off')) delete next[key]
  else if (switches.includes(name)) next[key] = true
  else next[key] = name === 'fields' ? value.split(',').map((field) => field.trim()) : value
  check(next, stage)
  return next
}

/** What cannot stand is said at once, not at the next command. */
function check(standing: Standing, stage: Stage): void {
  const globals = withStanding(noGlobals, standing)
  if (globals.color !== undefined) checkSetting('color', globals.color)
  styleOf(globals, stage.settings, stage.terminal)
  timeoutOf(globals, stage.settings)
  stage.target(globals)
}

/** What stands, as it would be set. */
export function standingLines(standing: Standing): string[] {
  const { json, dryRun, ...others } = standing
  const held: Record<string, unknown> = {
    ...(json && { output: 'json' }),
    ...(dryRun && { 'dry-run': true }),
    ...others,
  }
  return settable.flatMap((name) => {
    const value = held[name]
    if (value === undefined || value === false) return []
    return [`set ${name} ${value === true ? 'on' : String(value)}`]
  })
}
