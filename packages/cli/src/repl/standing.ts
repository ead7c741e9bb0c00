import { type Globals, noGlobals } from '../globals.ts'

/** The global flags of a line in a script or a session, over those that stand for every line; what the line says itself wins. */
export function withStanding(typed: Globals, standing: Partial<Globals>): Globals {
  const { json, output, ...others } = standing
  const changed = Object.entries(typed).filter(([name, value]) => value !== noGlobals[name as keyof Globals])
  const says = Object.fromEntries(changed) as Partial<Globals>
  const isFormed = says.json !== undefined || says.output !== undefined
  return {
    ...noGlobals,
    ...others,
    ...(!isFormed && json !== undefined && { json }),
    ...(!isFormed && output !== undefined && { output }),
    ...says,
  }
}
