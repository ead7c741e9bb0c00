import { spawnSync } from 'node:child_process'
import type { Terminal } from '../terminal.ts'

/** Leaves at once what fits, keeps colours, and leaves the screen as it is. */
const LESS = 'FRX'

/**
 * Shows what is longer than the screen through the user's pager, `$PAGER` or less; false where there is none, or `$PAGER` is empty
 * or cat.
 */
export function showPaged(text: string, { env }: Terminal): boolean {
  const pager = env.PAGER ?? 'less'
  if (pager === '' || pager === 'cat') return false
  const { error, status } = spawnSync(pager, {
    shell: true,
    input: text,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...env, LESS: env.LESS ?? LESS },
  })
  // A shell says 127 where there is no such command. A pager left early broke a pipe; that is no fault.
  return (error === undefined || (error as NodeJS.ErrnoException).code === 'EPIPE') && status !== 127
}
