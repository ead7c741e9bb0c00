import { instruct } from '../perform.ts'
import type { SpecialCommand } from './command.ts'

/** Logs the active account out, and says who is active now. */
export const logout: SpecialCommand = {
  examples: ['ewallet logout'],
  dryRun: true,
  run: (given) => instruct(given, 'client action logout', {}),
}
